import { writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { Agent, fetch as fetchOver } from "undici";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  ConsentReceipt,
  ConsentRegister,
  type ConsentStorage,
  HttpFeed,
  openFeedStore,
  openPostgresAsking,
  openPostgresConsents,
  signAssertion,
  verifyChain,
  verifyEvents,
} from "#libs/consent";
import { clientTls, createLogger, ownThumbprint } from "#libs/server";
import { type CanonicalPerson, digestOf, type OrgId, parseJws, type PartyId, Seals } from "#libs/terms";
import { bodyOf, callAs, refusalOf, sayAs } from "../../../apps/consent/src/officer.fixture.js";
import { Browser } from "../../../apps/consent/src/page/browser.fixture.js";
import { openRegisters, publicUrl, type Registers } from "../../../apps/consent/src/register.fixture.js";
import { type AppProcess, createApp } from "../../../apps/sandbox/src/app-process.js";
import { sandboxKey, sandboxPrivateJwk, sandboxSealMaster } from "../../../apps/sandbox/src/keys.js";
import { reservePort } from "../../../apps/sandbox/src/ports.js";
import { type Certified, certify } from "../../../libs/server/src/certificates.fixture.js";

/**
 * To whoever agreed or forbade: it does not matter which process of the register heard it, what stopped while it was written, which
 * ministry joins later, or who listens on the line.
 */
const evidence = digestOf("paper");
const until = "2029-01-01T00:00:00Z";
const level = "DisabilityEnrolment.assessedLevel";
/** Consents that one officer may ask for in a day. */
const ASKS = 10;

let registers: Registers;
let two: readonly [AppProcess, AppProcess];
let database: pg.Client;

beforeAll(async () => {
  registers = await openRegisters();
  await registers.postgres.createDatabase("two");
  two = await Promise.all([startProcess("one"), startProcess("other")]);
  database = new pg.Client({ connectionString: registers.postgres.superuserUrl("two") });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await Promise.all((two ?? []).map((one) => one.stop()));
  await registers?.stop();
});

let files = 0;
function file(text: string): string {
  const name = path.join(registers.folder, `file-${files++}`);
  writeFileSync(name, text, { mode: 0o600 });
  return name;
}

async function startProcess(name: string): Promise<AppProcess> {
  const master = { [sandboxSealMaster.kid]: Buffer.from(sandboxSealMaster.bytes).toString("base64url") };
  const port = await reservePort();
  const app = createApp({
    name,
    script: "bin/consent.js",
    port,
    ready: "/health/ready",
    logFile: path.join(registers.folder, `${name}.log`),
    env: {
      WEFT_PORT: String(port),
      WEFT_MODE: "sandbox",
      WEFT_PUBLIC_URL: publicUrl,
      WEFT_KEEPER: "org:registry",
      WEFT_SIGNING_KEY_FILE: file(JSON.stringify(sandboxPrivateJwk("registry-consent-1"))),
      WEFT_SEAL_MASTER_FILE: file(JSON.stringify(master)),
      WEFT_CONTRACTS: path.resolve("contracts"),
      WEFT_AUTHORITY_FILE: file(JSON.stringify(sandboxKey("authority-1").publicJwk)),
      WEFT_STATE_DIR: path.join(registers.folder, `state-${name}`),
      WEFT_ASK_OFFICER_DAY: String(ASKS),
      DATABASE_URL: registers.postgres.superuserUrl("two"),
    },
  });
  await app.start();
  return app;
}

/** At one of the two, and at the other the next time. */
let turns = 0;
const say = (where: string, body: unknown, officer?: string) => {
  const { url } = two[turns++ % 2]!;
  const at = { url, publicUrl, keyOf: (kid: string) => sandboxKey(kid).privateKey };
  return sayAs(at, where, body, { ...(officer !== undefined && { officer }) });
};

let people = 0;
const somebody = () => ({ scheme: "NATIONAL_ID", value: String(6_631_482_913 + people++) });
const give = () => {
  const consent = {
    kind: "consent",
    person: somebody(),
    purposes: ["referral"],
    coordinates: [level],
    until,
    evidence,
  };
  return say("/consents", { consents: [consent] });
};
const ask = (person = somebody(), officer?: string) =>
  say("/consent-requests", { person, purpose: "referral", coordinates: [level], until }, officer);

/** What an adapter shows; over TLS with the certificate of the connection. */
function assertionOf(ministry: string, certificate?: string): string {
  const signer = { kid: `${ministry}-adapter-1`, key: sandboxKey(`${ministry}-adapter-1`).privateKey };
  const call = { audience: publicUrl, call: "GET /feed", certificate } as const;
  return signAssertion({ id: `adapter:${ministry}` as PartyId, signer }, call, new Date());
}

async function feedAt({ url }: AppProcess, ministry: string): Promise<{ receipts: string[]; total: number }> {
  const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${assertionOf(ministry)}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as { receipts: string[]; total: number };
}

test("a proof of possession is taken once by both together, whatever body it comes with", async () => {
  const keyOf = (kid: string) => sandboxKey(kid).privateKey;
  const question = (person: object) => ({ person, purpose: "referral", coordinates: [level], until });
  const call = callAs({ publicUrl, keyOf }, "/consent-requests", question(somebody()), { officer: "officer:once" });
  const [one, other] = two;
  expect((await fetch(`${one.url}/consent-requests`, call)).status).toBe(202);
  const again = { ...call, body: JSON.stringify(question(somebody())) };
  for (const { url } of [other, one]) {
    const answer = await fetch(`${url}/consent-requests`, again);
    expect([answer.status, await refusalOf(answer)]).toEqual([401, "POSSESSION_NOT_PROVEN"]);
  }
});

const inDatabase = async (text: string) => (await database.query(text)).rows as Record<string, unknown>[];

async function isWhole(): Promise<void> {
  const url = registers.postgres.superuserUrl("two");
  const [records, asking] = [await openPostgresConsents(url), await openPostgresAsking(url)];
  await verifyChain(records.entries(), await records.head());
  await verifyEvents(asking.entries(), await asking.head());
  await Promise.all([records.close(), asking.close()]);
}

test("two registers on one database write one chain and one feed, and count an officer's requests together", async () => {
  const given = await Promise.all(Array.from({ length: 24 }, give));
  const records = await Promise.all(given.map(bodyOf));
  const ids = records.map(({ records: [one] }) => one!.record_id);
  const work = [
    ...ids.slice(0, 12).flatMap((id) => [1, 2].map(() => say(`/consents/${id}/withdrawal`, { evidence }))),
    ...Array.from({ length: 12 }, give),
  ];
  const asked = Array.from({ length: ASKS * 2 }, () => ask(somebody(), "officer:busy"));
  const done = (await Promise.all(work)).map(({ status }) => status);
  expect(done.filter((status) => status === 200)).toHaveLength(12);
  expect(done.filter((status) => status === 409)).toHaveLength(12);
  expect(done.filter((status) => status === 201)).toHaveLength(12);
  const answers = (await Promise.all(asked)).map(({ status }) => status);
  expect(answers.filter((status) => status === 202)).toHaveLength(ASKS);
  await isWhole();
  const [head] = await inDatabase(
    "select size::int, (select max(entry)::int from record_version) as last from register_head",
  );
  expect(head).toEqual({ size: 48, last: 48 });
  const [positions] = await inDatabase(
    "select count(*)::int as n, count(distinct position)::int as once, max(position)::int as last from receipt where provider = 'org:disability'",
  );
  expect(positions).toEqual({ n: 36, once: 36, last: 36 });
  const [one, other] = [await feedAt(two[0], "disability"), await feedAt(two[1], "disability")];
  expect(one).toEqual(other);
  expect(one.total).toBe(36);
});

/** As another process would write it that does not know of a ministry yet. */
async function objectWithout(ministry: string, storage: ConsentStorage): Promise<string> {
  const masters = new Map([[sandboxSealMaster.kid, sandboxSealMaster.bytes]]);
  const kid = sandboxSealMaster.kid;
  const register = new ConsentRegister({
    storage,
    seals: new Seals({ seal: kid, open: [kid], masters }),
    signer: { kid: "registry-consent-1", key: sandboxKey("registry-consent-1").privateKey },
    keeper: "org:registry" as OrgId,
    statusUri: `${publicUrl}/status`,
  });
  const others = ["civil", "cash", "disability"].filter((one) => one !== ministry);
  const [record] = await register.give([
    {
      kind: "objection",
      person: `nid:${somebody().value}` as CanonicalPerson,
      purposes: [],
      recipient: "any",
      information: others.map((one) => ({ controller: `org:${one}` as OrgId, coordinates: [] })),
      everywhere: true,
      from: new Date(),
      until: new Date(until),
      act: {
        by: "data-subject",
        method: { how: "in-person", organisation: "org:welfare" as OrgId, officer: "officer:d31" as PartyId, evidence },
        at: new Date(),
      },
    },
  ]);
  return record!.record_id;
}

const about = (record: string, receipts: readonly string[]) =>
  receipts
    .map((jwt) => ConsentReceipt.parse(parseJws(jwt, "consent-receipt+jwt").payload))
    .filter(({ record_id }) => record_id === record);

test("a ministry that joins later hears who objected to everybody in its first page, from either register, once", async () => {
  const storage = await openPostgresConsents(registers.postgres.superuserUrl("two"));
  const record = await objectWithout("food", storage);
  const [one, other] = await Promise.all(two.map((at) => feedAt(at, "food")));
  expect(about(record, one!.receipts)).toMatchObject([{ kind: "objection", aud: "org:food", record_version: 2 }]);
  expect(about(record, other!.receipts)).toHaveLength(1);
  expect(about(record, (await feedAt(two[0], "civil")).receipts)).toMatchObject([{ record_version: 1 }]);
  expect((await storage.history(record)).map(({ event }) => event.event_type)).toEqual(["given", "extended"]);
  await storage.close();
  await isWhole();
});

test("a register that dies between the decision and the record leaves a request that the other one answers", async () => {
  const person = somebody();
  const { code } = await bodyOf(await ask(person));
  const browser = new Browser(two[0].url);
  expect((await browser.open(code, person)).status).toBe(200);
  const form = { decision: "give", field: [level], ticket: browser.ticket };
  const { cookie } = browser;
  // Nobody writes a receipt now: the answer is under way, its events are written, and its transaction waits.
  const lock = new pg.Client({ connectionString: registers.postgres.superuserUrl("two") });
  await lock.connect();
  await lock.query("begin");
  await lock.query("lock table receipt in share row exclusive mode");
  const lost = browser.go("/answer/decision", form).catch(() => "no answer");
  await vi.waitFor(
    async () => {
      const waiting =
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into receipt%'";
      expect(await inDatabase(waiting)).toHaveLength(1);
    },
    { timeout: 4_000, interval: 20 },
  );
  await two[0].kill();
  await lock.end();
  expect(await lost).toBe("no answer");
  const next = new Browser(two[1].url);
  next.cookie = cookie;
  expect((await next.go("/answer/decision", form)).status).toBe(200);
  expect((await next.go("/answer/decision", form)).status).toBe(409);
  const { records } = await bodyOf(
    await sayAs(
      { ...two[1], publicUrl, keyOf: (kid) => sandboxKey(kid).privateKey },
      "/consents/search",
      { person },
      {},
    ),
  );
  expect(records).toHaveLength(1);
  await isWhole();
});

interface Shown {
  readonly tls: Certified | undefined;
  readonly assertion: string;
}

test("over TLS an assertion opens the feed on the connection that it names, and on no other", async () => {
  const house = await certify("authority of the house");
  const [register, own, neighbour, stranger] = [
    await certify("consent", house),
    await certify("adapter of civil", house),
    await certify("adapter of pay", house),
    await certify("stranger", await certify("another authority")),
  ];
  const server = await registers.start("tls", {
    WEFT_TLS_CERT_FILE: file(register.cert),
    WEFT_TLS_KEY_FILE: file(register.key),
    WEFT_TLS_CA_FILE: file(house.cert),
    WEFT_TLS_CLIENTS: "optional",
  });
  const look = async (where: string, { tls, assertion }: Shown) => {
    const shown = tls && { cert: tls.cert, key: tls.key };
    const dispatcher = new Agent({ connect: { ca: house.cert, ...shown } });
    const response = await fetchOver(server.url + where, {
      headers: { authorization: `Bearer ${assertion}` },
      dispatcher,
    });
    await response.text();
    await dispatcher.close();
    return response.status;
  };
  const bound = (to: Certified) => assertionOf("civil", ownThumbprint(to));
  expect(await look("/feed", { tls: own, assertion: bound(own) })).toBe(200);
  for (const shown of [
    { tls: own, assertion: assertionOf("civil") },
    { tls: neighbour, assertion: bound(own) },
    { tls: undefined, assertion: bound(own) },
    { tls: stranger, assertion: bound(stranger) },
  ])
    expect(await look("/feed", shown)).toBe(401);
  expect(await look("/status/1", { tls: undefined, assertion: "" })).toBe(200);
  expect(await look("/answer", { tls: undefined, assertion: "" })).toBe(200);
  const feed = new HttpFeed({
    url: server.url,
    audience: "org:civil" as OrgId,
    keys: () => undefined,
    store: openFeedStore(":memory:"),
    assertion: (certificate) => assertionOf("civil", certificate),
    tls: clientTls(
      {
        WEFT_CLIENT_TLS_CERT_FILE: file(own.cert),
        WEFT_CLIENT_TLS_KEY_FILE: file(own.key),
        WEFT_CLIENT_TLS_CA_FILE: file(house.cert),
      },
      createLogger({ name: "adapter", level: "silent" }),
    )!,
  });
  await feed.start();
  expect(feed.problems().filter((one) => one.startsWith("receipts"))).toEqual([]);
  feed.close();
  await server.close();
});
