import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppProcess } from "../../apps/sandbox/src/app-process.js";
import { ask, type AskAnswer } from "../../apps/sandbox/src/ask.js";
import { ministries } from "../../apps/sandbox/src/network.js";
import type { PersonaName } from "../../apps/sandbox/src/personas.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { type Question, questionsOf } from "../../apps/sandbox/src/questions.js";
import { type Certified, certify } from "../../libs/server/src/certificates.fixture.js";
import { type MisWatch, nothing, watchMisReads } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda, told, type Told } from "./orvanda.js";
import { uncutToken } from "./own-issuer.js";
import { startSecondGateway } from "./second-gateway.js";

/**
 * To every ministry: between machines each side shows a certificate, and what was stolen from one of them is of no use without its
 * private key. Two authorities, as a country has them: one for those who ask, one for gateways, adapters and the log.
 */
const folder = mkdtempSync(path.join(tmpdir(), "weft mtls "));
const running: (() => Promise<unknown> | void)[] = [];
let callers: Certified;
let house: Certified;
let stranger: Certified;
const systems = new Map<PersonaName, Certified>();
let orvanda: Orvanda;
let watch: MisWatch;
let questions: readonly Question[];

beforeAll(async () => {
  callers = await certify("callers' authority");
  house = await certify("authority of the house");
  stranger = await certify("stranger", await certify("another authority"));
  for (const name of ["caseworker", "programme", "clinic", "bank"] as const)
    systems.set(name, await certify(name, callers));
  orvanda = await startOrvanda({
    settings: {
      log: await served("log", house),
      adapter: { ...(await served("adapter", house)), ...calling(await certify("adapter", house)) },
      gateway: { ...(await served("gateway", callers)), ...calling(await certify("gateway", house)) },
    },
  });
  running.push(() => orvanda.stop());
  questions = Object.values(questionsOf(orvanda.country));
  watch = await watchMisReads(orvanda);
});
afterAll(async () => {
  for (const stop of running.toReversed()) await stop();
  rmSync(folder, { recursive: true });
});

test("whoever shows the certificate that its token names is answered, by all six ministries", async () => {
  const answered = new Set<string>();
  for (const question of questions) {
    const system = systems.get(question.persona)!;
    const answer = await askAs(system, question, tokenOf(system, question));
    expect(answer).toMatchObject({ status: 200, data: expect.anything() });
    for (const { provider, status } of answer.sources) if (status === "ok") answered.add(provider);
  }
  expect([...answered].sort()).toEqual(ministries.map((name) => `org:${name}`).sort());
  expect((await watch.reads()).answered).toBeGreaterThan(0);
  for (const name of ["log", "adapter", "gateway"] as const) expect(orvanda.urls[name]).toMatch(/^https:/);
});

test.each([
  ["no certificate", () => undefined],
  ["a certificate of another authority", () => stranger],
  ["a certificate of the house's own machines", () => certify("gateway", house)],
])("with %s a caller is not let in, and nothing is read", async (_what, certificate) => {
  const [question, shown] = [questions[0]!, await certificate()];
  const stolen = tokenOf(systems.get(question.persona)!, question);
  await expectUnread(async () => {
    await expect(askAs(shown, question, stolen)).rejects.toThrow("fetch failed");
  });
});

test("a token that names another's certificate is of no use to a neighbour, and one for DPoP of none without a proof", async () => {
  const question = questions[0]!;
  const stolen = tokenOf(systems.get(question.persona)!, question);
  const { privateKey } = generateKeyPairSync("ed25519");
  const forDpop = uncutToken(question, orvanda.urls.gateway, { key: privateKey });
  await expectUnread(async () => {
    for (const token of [stolen, forDpop])
      for (const scheme of ["Bearer", "DPoP"] as const) {
        const answer = await askAs(systems.get("bank"), question, token, scheme);
        expect(answer).toMatchObject({ status: 401, data: undefined, record: undefined });
        expect(codesOf(answer)).toEqual(["POSSESSION_NOT_PROVEN"]);
      }
  });
});

test("neither adapter nor log opens its door to a caller's certificate, to a stranger's, or to none", async () => {
  const ours = await certify("gateway", house);
  await expectUnread(async () => {
    for (const address of [`${orvanda.urls.adapter}/civil/graphql`, `${orvanda.urls.log}/append`]) {
      for (const shown of [undefined, stranger, systems.get("caseworker")])
        await expect(post(address, shown, "{}")).rejects.toThrow("fetch failed");
      // It is the certificate that was refused: with the right one a bad request gets its answer.
      expect((await post(address, ours, "{}")).status).toBe(400);
    }
  });
});

test.each([
  ["with a certificate of another authority", () => calling(stranger)],
  ["with a certificate that is for callers", () => calling(systems.get("bank")!)],
  ["that takes any other for the log", async () => calling(await certify("gateway", house), callers)],
])("a gateway %s records nothing, so nothing is read", async (_what, settings) => {
  const gateway = await startGateway(await settings());
  await expectUnread(async () => {
    const answer = told(await askAt(gateway, questions[0]!));
    expect(answer).toMatchObject({ status: 503, data: undefined, record: undefined });
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
  });
  await gateway.stop();
});

test("a gateway that only found a way to the log gets nothing from any adapter", async () => {
  const log = await openDoor(orvanda.urls.log, await certify("gateway", house));
  const gateway = await startGateway({ ...calling(stranger), WEFT_LOG_URL: log });
  await watch.reads();
  const answer = told(await askAt(gateway, questions[0]!));
  expect(answer).toMatchObject({ status: 200, record: expect.any(Number) as number });
  expect(answer.sources.filter(({ status }) => status === "ok")).toEqual([]);
  expect(answer.sources.length).toBeGreaterThan(3);
  expect(await watch.reads()).toEqual(nothing);
  await gateway.stop();
});

/** The settings of an app that is called: its own certificate, and whose authority vouches for its callers. */
async function served(name: string, authority: Certified): Promise<Record<string, string>> {
  const { cert, key } = await certify(name, house);
  return {
    WEFT_TLS_CERT_FILE: file(cert),
    WEFT_TLS_KEY_FILE: file(key),
    WEFT_TLS_CA_FILE: file(authority.cert),
    WEFT_TLS_CLIENTS: "required",
    WEFT_OPERATIONS_PORT: String(await reservePort()),
  };
}

/** The settings of an app that calls others. */
function calling({ cert, key }: Certified, believed = house): Record<string, string> {
  return {
    WEFT_CLIENT_TLS_CERT_FILE: file(cert),
    WEFT_CLIENT_TLS_KEY_FILE: file(key),
    WEFT_CLIENT_TLS_CA_FILE: file(believed.cert),
  };
}

let files = 0;
function file(text: string): string {
  const name = path.join(folder, `${files++}.pem`);
  writeFileSync(name, text, { mode: 0o600 });
  return name;
}

/** What the question's own organisation gives to a system with this certificate. */
function tokenOf({ certificate }: Certified, question: Question): string {
  return uncutToken(question, orvanda.urls.gateway, { certificate: new Uint8Array(certificate.rawData) });
}

async function askAs(
  shown: Certified | undefined,
  question: Question,
  token: string,
  scheme: "Bearer" | "DPoP" = "Bearer",
): Promise<Told> {
  const { query, variables } = question;
  const headers = { authorization: `${scheme} ${token}`, accept: "application/graphql-response+json" };
  return told(await post(`${orvanda.urls.gateway}/graphql`, shown, JSON.stringify({ query, variables }), headers));
}

/** A connection of its own for each call: no certificate is remembered from another's. */
async function post(
  url: string,
  shown: Certified | undefined,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Promise<AskAnswer> {
  const dispatcher = new Agent({
    connect: { ca: house.cert, ...(shown && { cert: shown.cert, key: shown.key }) },
  });
  try {
    const headers = { "content-type": "application/json", ...more };
    const response = await fetch(url, { method: "POST", headers, body, dispatcher });
    return { status: response.status, headers: new Headers([...response.headers]), body: await response.json() };
  } finally {
    await dispatcher.close();
  }
}

/** Neither a ministry's system nor the log has more to tell than before. */
async function expectUnread(attempt: () => Promise<void>): Promise<void> {
  await watch.reads();
  const before = await orvanda.metric("log", "weft_log_appends_total");
  await attempt();
  expect(await watch.reads()).toEqual(nothing);
  expect(await orvanda.metric("log", "weft_log_appends_total")).toBe(before);
}

/** One more gateway, with the house's signing key, on this machine: it lives, whether it gets through to anybody or not. */
async function startGateway(settings: Readonly<Record<string, string>>): Promise<AppProcess> {
  const adapters = Object.fromEntries(ministries.map((name) => [`org:${name}`, `${orvanda.urls.adapter}/${name}`]));
  const gateway = await startSecondGateway(
    orvanda,
    { WEFT_ADAPTERS: JSON.stringify(adapters), ...settings },
    "/health/live",
  );
  running.push(() => gateway.stop());
  return gateway;
}

/** Plain bytes in; out goes TLS with this certificate. */
async function openDoor(to: string, { cert, key }: Certified): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: Number(new URL(to).port), ca: house.cert, cert, key });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  running.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A replica: known to callers by the address of the first. */
function askAt({ url }: AppProcess, question: Question): Promise<AskAnswer> {
  return ask({ urls: { ...orvanda.urls, gateway: url }, audience: orvanda.urls.gateway }, question);
}
