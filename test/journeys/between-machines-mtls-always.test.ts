import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { createClient, showCertificate } from "#libs/client";
import { decodeJwt } from "jose";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { AppProcess } from "../../apps/sandbox/src/app-process.js";
import type { AskAnswer } from "../../apps/sandbox/src/ask.js";
import { accessOf, clientOf } from "../../apps/sandbox/src/client-files.js";
import { ministries, runningMinistries } from "../../apps/sandbox/src/compose-apps.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { type PersonaName, personas } from "../../apps/sandbox/src/personas.js";
import { type Question, questionsOf } from "../../apps/sandbox/src/questions.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { type Certified, certify } from "../../libs/server/src/certificates.fixture.js";
import { bundle, certifyEach, openCertificateFolder, rewrite, type Settings } from "./certificate-files.js";
import { type MisWatch, nothing, watchMisReads } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda, told, type Told } from "./orvanda.js";
import { askUncut, uncutToken } from "./own-issuer.js";
import { startSecondGateway } from "./second-gateway.js";

/**
 * To every ministry: between machines each side shows a certificate, and what was stolen from one of them is of no use without its
 * private key. Two authorities, as a country has them: one for those who ask, one for gateways, adapters, the log and the registers.
 */
const folder = openCertificateFolder();
const running: (() => Promise<unknown> | void)[] = [];
const names = ["caseworker", "programme", "clinic", "bank"] as const;
let callers: Certified;
let house: Certified;
let stranger: Certified;
let systems: Record<PersonaName, Certified>;
let settings: Record<"witness" | "log" | "issuer" | "consent" | "adapter" | "console" | "gateway", Settings>;
let orvanda: Orvanda;
let watch: MisWatch;
let questions: readonly Question[];

beforeAll(async () => {
  callers = await certify("callers' authority");
  house = await certify("authority of the house");
  stranger = await certify("stranger", await certify("another authority"));
  systems = await certifyEach(names, callers);
  const own = (name: string) => certify(name, house);
  settings = {
    witness: await folder.served(await own("witness"), house),
    log: { ...(await folder.served(await own("log"), house)), ...folder.calling(await own("log"), house) },
    issuer: await folder.served(await own("issuer"), callers),
    // Adapters read receipts here, officers' systems take consents down. A person's browser comes through a proxy of the house.
    consent: await folder.served(await own("consent"), house, callers),
    adapter: { ...(await folder.served(await own("adapter"), house)), ...folder.calling(await own("adapter"), house) },
    // Browsers come without one; the log is asked with one.
    console: {
      ...(await folder.served(await own("console"), callers)),
      WEFT_TLS_CLIENTS: "optional",
      ...folder.calling(await own("console"), house),
    },
    gateway: {
      ...(await folder.served(await own("gateway"), callers)),
      ...folder.calling(await own("gateway"), house),
    },
  };
  const certificates = Object.fromEntries(names.map((name) => [name, folder.shown(systems[name], house)]));
  orvanda = await startOrvanda({ console: true, settings, certificates: certificates as never });
  running.push(() => orvanda.stop());
  questions = Object.values(questionsOf(orvanda.country));
  watch = await watchMisReads(orvanda);
});
afterAll(async () => {
  for (const stop of running.toReversed()) await stop();
  folder.remove();
});

test("whoever shows its certificate to the token service and the gateway is answered, by all ministries", async () => {
  const answered = new Set<string>();
  for (const question of questions) {
    const answer = await orvanda.ask(question);
    expect(answer).toMatchObject({ status: 200, data: expect.anything() });
    for (const { provider, status } of answer.sources) if (status === "ok") answered.add(provider);
  }
  expect([...answered].sort()).toEqual(runningMinistries.map((name) => `org:${name}`).sort());
  expect((await watch.reads()).answered).toBeGreaterThan(0);
  for (const name of Object.keys(settings) as (keyof typeof settings)[]) expect(orvanda.urls[name]).toMatch(/^https:/);
});

test("the kit's token names its certificate, and what a person agreed to arrives over certificates too", async () => {
  const token = await kitOf("clinic", "clinic").accessToken();
  const { "x5t#S256": named } = decodeJwt<{ cnf: Record<string, string> }>(token).cnf;
  expect(named).toBe(await thumbprintOf(systems.clinic));
  const readable = async () => {
    const { data } = await orvanda.ask(questionsOf(orvanda.country).referral);
    const { persons } = data as { persons: { disability: object | null }[] };
    expect(persons.filter(({ disability }) => disability !== null)).toHaveLength(1);
  };
  // The database was started anew for the watch: receipts may have to be asked for again.
  await vi.waitFor(readable, patience);
});

test.each([
  ["no certificate", () => undefined],
  ["a certificate of another authority", () => stranger],
  ["a certificate of the house's own machines", () => certify("gateway", house)],
])("with %s a caller is not let in, and nothing is read", async (_what, certificate) => {
  const [question, shown] = [questions[0]!, await certificate()];
  const stolen = tokenOf(systems[question.persona], question);
  await expectUnread(async () => {
    await expect(askAs(shown, question, stolen)).rejects.toThrow("fetch failed");
    await expect(post(`${orvanda.urls.issuer}/welfare/token`, shown, "{}")).rejects.toThrow("fetch failed");
  });
});

test("a token that names another's certificate is of no use to a neighbour, and one for DPoP of none without a proof", async () => {
  const question = questions[0]!;
  const stolen = tokenOf(systems[question.persona], question);
  const { privateKey } = generateKeyPairSync("ed25519");
  const forDpop = uncutToken(question, orvanda.urls.gateway, { key: privateKey });
  await expectUnread(async () => {
    for (const token of [stolen, forDpop])
      for (const scheme of ["Bearer", "DPoP"] as const) {
        const answer = await askAs(systems.bank, question, token, scheme);
        expect(answer).toMatchObject({ status: 401, data: undefined, record: undefined });
        expect(codesOf(answer)).toEqual(["POSSESSION_NOT_PROVEN"]);
      }
  });
});

test("a neighbour who stole a system's key gets no token with it, nor with its token into the consent register", async () => {
  await expect(kitOf("caseworker", "bank").accessToken()).rejects.toMatchObject({
    status: 400,
    error: "invalid_grant",
  });
  const { consent } = orvanda.urls;
  const stolen = tokenOf(systems.clinic, { ...questions[0]!, persona: "clinic" }, consent);
  const headers = { authorization: `Bearer ${stolen}` };
  const body = JSON.stringify({ person: orvanda.who("Amara Tessel") });
  const answer = await post(`${consent}/consents/search`, systems.bank, body, headers);
  expect(codesOf(told(answer))).toEqual(["POSSESSION_NOT_PROVEN"]);
  // It is the certificate that was refused.
  expect((await post(`${consent}/consents/search`, systems.clinic, body, headers)).status).toBe(200);
});

test("neither adapter, log nor consent register opens its door to a stranger's certificate or to none, nor the first two to a caller's", async () => {
  const ours = await certify("gateway", house);
  const { adapter, log, consent } = orvanda.urls;
  await expectUnread(async () => {
    for (const address of [`${adapter}/civil/graphql`, `${log}/append`, `${consent}/consents`]) {
      const shut = [undefined, stranger, ...(address.startsWith(consent) ? [] : [systems.caseworker])];
      for (const shown of shut) await expect(post(address, shown, "{}")).rejects.toThrow("fetch failed");
      // It is the certificate that was refused: with the right one a bad request gets its answer.
      expect((await post(address, ours, "{}")).body).toMatchObject({ errors: [expect.anything()] });
    }
    for (const shown of [undefined, stranger])
      await expect(post(`${consent}/feed?after=0&wait=0`, shown)).rejects.toThrow("fetch failed");
    // A certificate is no assertion: which ministry reads is told by that.
    expect((await post(`${consent}/feed?after=0&wait=0`, ours)).status).toBe(401);
  });
});

test.each([
  ["with a certificate of another authority", () => folder.calling(stranger, house)],
  ["with a certificate that is for callers", () => folder.calling(systems.bank, house)],
  ["that takes any other for the log", async () => folder.calling(await certify("gateway", house), callers)],
])("a gateway %s records nothing, so nothing is read", async (_what, calling) => {
  const gateway = await startGateway(await calling());
  await expectUnread(async () => {
    const answer = told(await askUncut(gateway.url, questions[0]!, orvanda.urls.gateway));
    expect(answer).toMatchObject({ status: 503, data: undefined, record: undefined });
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
  });
  await gateway.stop();
});

test("a gateway that only found a way to the log gets nothing from any adapter", async () => {
  const log = await openDoor(orvanda.urls.log, await certify("gateway", house));
  const gateway = await startGateway({ ...folder.calling(stranger, house), WEFT_LOG_URL: log });
  await watch.reads();
  const answer = told(await askUncut(gateway.url, questions[0]!, orvanda.urls.gateway));
  expect(answer).toMatchObject({ status: 200, record: expect.any(Number) as number });
  expect(answer.sources.filter(({ status }) => status === "ok")).toEqual([]);
  expect(answer.sources.length).toBeGreaterThan(3);
  expect(await watch.reads()).toEqual(nothing);
  await gateway.stop();
});

test("weft shows a certificate wherever it calls: as its options say, or the client's file", async () => {
  const { cert, key } = await certify("dpo", house);
  const shown = ["--tls-cert", folder.file(cert), "--tls-key", folder.file(key), "--tls-ca", folder.file(house.cert)];
  const [verified, token] = await Promise.all([
    weft("log", "verify", "0", "--log", orvanda.urls.log, "--contracts", defaultContracts, ...shown),
    weft("token", "--client", `${orvanda.dataDir}/clients/bank.client.json`, "--purpose", "identity-verification"),
  ]);
  expect(verified.stdout).toContain("Entry 0 of a tree");
  const named = decodeJwt<{ cnf: object }>(token.stdout.trim()).cnf;
  expect(named).toEqual({ "x5t#S256": await thumbprintOf(systems.bank) });
});

test("certificates and their authority are renewed under running machines, and nobody who asks notices", async () => {
  const next = await certify("renewed authority of the house");
  const ours = await certify("gateway", next);
  // A list: the gateway and the adapter each record persons.
  const { roster } = questionsOf(orvanda.country);
  const asked: Promise<Told>[] = [];
  const askMeanwhile = () => asked.push(orvanda.ask(roster));
  await vi.waitFor(async () => expect(unanswered(await orvanda.ask(roster))).toEqual([]), patience);
  askMeanwhile();
  // First everybody believes both, then everybody shows the new, then nobody believes the old.
  for (const name of ["log", "adapter"] as const) rewrite(settings[name]["WEFT_TLS_CA_FILE"]!, bundle([house, next]));
  rewrite(settings.consent["WEFT_TLS_CA_FILE"]!, bundle([house, next, callers]));
  for (const name of ["adapter", "gateway"] as const)
    rewrite(settings[name]["WEFT_CLIENT_TLS_CA_FILE"]!, bundle([house, next]));
  await untilLetIn(ours, house);
  for (const name of ["log", "adapter", "consent"] as const) await renew(settings[name], "WEFT_TLS", name, next);
  for (const name of ["adapter", "gateway"] as const) await renew(settings[name], "WEFT_CLIENT_TLS", name, next);
  askMeanwhile();
  await untilLetIn(ours, next);
  for (const name of ["log", "adapter"] as const) rewrite(settings[name]["WEFT_TLS_CA_FILE"]!, bundle([next]));
  rewrite(settings.consent["WEFT_TLS_CA_FILE"]!, bundle([next, callers]));
  for (const name of ["adapter", "gateway"] as const)
    rewrite(settings[name]["WEFT_CLIENT_TLS_CA_FILE"]!, bundle([next]));
  await untilShutTo(await certify("gateway", house), next);
  askMeanwhile();
  expect((await Promise.all(asked)).flatMap(unanswered)).toEqual([]);
  // With all connections to the log cut, gateway and adapters must show it what they hold now.
  await orvanda.stopApp("log");
  await orvanda.startApp("log");
  await vi.waitFor(async () => expect(unanswered(await orvanda.ask(roster))).toEqual([]), patience);
});

/** Codes of an answer that is none, and the sources that gave nothing. */
function unanswered(answer: Told): string[] {
  const silent = answer.sources.filter(({ status }) => status !== "ok").map(({ provider }) => provider);
  return answer.data === undefined ? codesOf(answer) : silent;
}

async function renew(of: Settings, prefix: string, name: string, authority: Certified): Promise<void> {
  const { cert, key } = await certify(name, authority);
  rewrite(of[`${prefix}_CERT_FILE`]!, cert);
  rewrite(of[`${prefix}_KEY_FILE`]!, key);
}

const doors = () => [
  `${orvanda.urls.log}/append`,
  `${orvanda.urls.adapter}/civil/graphql`,
  `${orvanda.urls.consent}/consents`,
];
const patience = { timeout: 30_000, interval: 200 };

async function untilLetIn(shown: Certified, believed: Certified): Promise<void> {
  for (const door of doors()) await vi.waitFor(() => post(door, shown, "{}", {}, believed), patience);
}

async function untilShutTo(shown: Certified, believed: Certified): Promise<void> {
  const isShut = async (door: string) =>
    expect(await post(door, shown, "{}", {}, believed).catch((error: Error) => error)).toBeInstanceOf(Error);
  for (const door of doors()) await vi.waitFor(() => isShut(door), patience);
}

const weft = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["dist/bin/weft.js", ...args], { cwd: repository });

/** A persona's system with the client kit, behind a certificate that may be another's. */
function kitOf(name: PersonaName, shown: PersonaName) {
  const files = orvanda.certificates![shown];
  const agent = showCertificate(files);
  running.push(() => agent.close());
  const options = { ...clientOf(personas[name], orvanda.urls), mutualTls: agent };
  return createClient(options).for(accessOf(personas[name]));
}

async function thumbprintOf({ certificate }: Certified): Promise<string> {
  return Buffer.from(await certificate.getThumbprint("SHA-256")).toString("base64url");
}

/** What the question's own organisation gives to a system with this certificate. */
function tokenOf({ certificate }: Certified, question: Question, audience = orvanda.urls.gateway): string {
  return uncutToken(question, audience, { certificate: new Uint8Array(certificate.rawData) });
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

/** A connection of its own for each call: no certificate is remembered from another's. Without a body it only reads. */
async function post(
  url: string,
  shown: Certified | undefined,
  body?: string,
  more: Settings = {},
  believed = house,
): Promise<AskAnswer> {
  const dispatcher = new Agent({ connect: { ca: believed.cert, ...(shown && { cert: shown.cert, key: shown.key }) } });
  try {
    const sent = body === undefined ? {} : { method: "POST", body };
    const headers = { ...(body !== undefined && { "content-type": "application/json" }), ...more };
    const response = await fetch(url, { ...sent, headers, dispatcher });
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
async function startGateway(more: Settings): Promise<AppProcess> {
  const adapters = Object.fromEntries(ministries.map((name) => [`org:${name}`, `${orvanda.urls.adapter}/${name}`]));
  const gateway = await startSecondGateway(
    orvanda,
    { WEFT_ADAPTERS: JSON.stringify(adapters), ...more },
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
