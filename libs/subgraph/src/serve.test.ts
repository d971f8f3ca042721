import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueRecord, noteVerifier, pinLogs, type RecordDraft, type Section } from "#libs/access-log";
import type { ConsentReceipt } from "#libs/consent";
import type { SignedAgreement } from "#libs/policy";
import {
  type CanonicalPerson,
  type Coordinate,
  deriveSealKey,
  digestOf,
  type OrgId,
  type PartyId,
  type Signer,
  toB64u,
  type WeftError,
} from "#libs/terms";
import { afterAll, beforeEach, expect, test } from "vitest";
import { argumentsDigest } from "./arguments.js";
import { ConsentUses } from "./consent-uses.js";
import { LogWatcher } from "./log-watcher.js";
import { type OpenedTerms, openTerms } from "./open-terms.js";
import { PauseSwitch } from "./pause.js";
import { PersonSeals } from "./person-seals.js";
import { Protection } from "./protect.js";
import {
  adapter,
  argsKey,
  entities,
  entityFields,
  feedOf,
  gateway,
  gateways,
  logKey,
  mapping,
  now,
  openLog,
  origin,
  person,
  provider,
  receipt,
  register,
  roster,
  rosterFields,
  rules,
  schemes,
  sdl,
  sealKey,
  seals,
  signed,
  stranger,
} from "./serve.fixture.js";
import { serveFetch } from "./serve.js";
import type { ServedMinistry } from "./served-ministry.js";
import { ServedTally } from "./served-tally.js";
import { AdapterStore } from "./store.js";

const dir = mkdtempSync(join(tmpdir(), "serve-"));
afterAll(() => rmSync(dir, { recursive: true }));
const csv = join(dir, "health.csv");
writeFileSync(csv, register);

let log: Awaited<ReturnType<typeof openLog>>;
let terms: OpenedTerms;
let ministry: ServedMinistry;
let receipts: ConsentReceipt[];
const storeFile = join(dir, "store.db");

beforeEach(async () => {
  rmSync(storeFile, { force: true });
  receipts = [];
  log = await openLog();
  terms = await termsUnder([signed("org:welfare"), signed("org:clinic")]);
  ministry = await openServed(new AdapterStore(storeFile));
  return () => ministry.store.close();
});

function termsUnder(agreements: readonly SignedAgreement[]): Promise<OpenedTerms> {
  const source = { provider, version: 1, sdl, adapter: mapping, schemes, rules, agreements };
  return openTerms(source, { env: { HEALTH_CSV: csv }, sealKey });
}

async function openServed(store: AdapterStore): Promise<ServedMinistry> {
  const watcher = new LogWatcher({ log, store });
  await watcher.look();
  return {
    name: "health",
    provider,
    adapter: { id: "adapter:health" as PartyId, signer: adapter },
    pins: { gateways, logs: pinLogs([noteVerifier(origin, logKey.key).vkey]) },
    seals,
    store,
    uses: new ConsentUses(store),
    protection: new Protection(terms.protect),
    pauses: new PauseSwitch(store),
    tally: new ServedTally(),
    feed: feedOf(() => receipts),
    receiptsSeen: 0,
    watcher,
    log,
    current: () => terms,
  };
}

interface Asked {
  query?: string;
  persons?: CanonicalPerson[];
  variables?: Record<string, unknown>;
  coordinates?: string[];
  consumer?: string;
  agreement?: SignedAgreement;
  section?: Partial<Section>;
  draft?: Partial<RecordDraft>;
  signer?: Signer;
  issued?: Date;
}

/** A gateway's call, recorded in the log. What is sent can be altered afterwards. */
async function call(asked: Asked = {}) {
  const {
    query = entities,
    persons = [person(1)],
    variables = {},
    coordinates = entityFields,
    consumer = "org:welfare",
  } = asked;
  const consent = consumer === "org:clinic";
  const { agreement, digest } = asked.agreement ?? signed(consumer);
  const fetch = { n: 0, text: digestOf(query), args: argumentsDigest(argsKey, variables), coordinates, inputs: [] };
  const section = {
    aud: provider,
    agreement: agreement.agreement,
    version: agreement.version,
    digest,
    basis: consent ? "CONSENT" : "PUBLIC_TASK",
    fetches: [fetch],
    subjects: persons.map((one) => seals.seal(one)),
    scope: null,
    consents: [],
    callerProof: null,
    ...asked.section,
  } as unknown as Section;
  const purpose = consent ? "referral" : "eligibility-assessment";
  const caller = { consumer, client: "client:c", officer: "officer:o", purpose };
  const request = { operation: null, supergraph: digestOf(""), policy: digestOf(""), denied: [] };
  const draft = {
    kind: "intent",
    iss: "gateway:main",
    log: origin,
    caller,
    request,
    sections: [section],
    ...asked.draft,
  };
  const record = issueRecord(draft as unknown as RecordDraft, asked.signer ?? gateway, asked.issued ?? now);
  const proof = asked.signer || asked.issued ? "" : (await log.append(record)).text;
  const representations = persons.map((one) => ({ __typename: "Person", ref: seals.seal(one) }));
  return {
    query,
    variables: persons.length > 0 ? { ...variables, representations } : variables,
    extensions: { weft: { record: record.presentationFor(section.aud), proof, fetch: 0, argsKey: toB64u(argsKey) } },
  };
}

const list = (first: number, maxRows = first, asked: Asked = {}) =>
  call({
    query: roster,
    persons: [],
    variables: { n: first },
    coordinates: rosterFields,
    section: { scope: { entry: "Query.healthRoster" as Coordinate, maxRows }, subjects: [] },
    ...asked,
  });
type Call = Awaited<ReturnType<typeof call>>;
const serve = (body: unknown) => serveFetch(body, ministry, now);
const codeOf = (body: unknown) =>
  serve(body).then(
    () => "answered",
    (error: WeftError) => error.code,
  );
const withWeft = (body: Call, changes: object) => ({
  ...body,
  extensions: { weft: { ...body.extensions.weft, ...changes } },
});

test("a recorded fetch is answered", async () => {
  expect(await serve(await call())).toEqual({
    data: { _entities: [{ health: { level: "level 1", source: "Health", asOf: "2026-01-01" } }] },
    extensions: {
      weft: {
        asOf: "2026-01-01",
        quality: null,
        withheld: 0,
        aliases: [seals.seal("health-no:H0001" as CanonicalPerson)],
        rowsProof: null,
      },
    },
  });
});

test("what the ministry paused is not read, and its record can be used once it goes on", async () => {
  const paused = await call();
  await ministry.pauses.set({ scope: "consumer org:welfare", from: now.toISOString() }, now);
  await expect(serve(paused)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE", retryAfter: 300, status: 429 });
  await ministry.pauses.end("consumer org:welfare", now);
  expect(await codeOf(paused)).toBe("answered");
});

const refusals: [name: string, body: () => Promise<unknown>, code: string][] = [
  ["no proof", async () => withWeft(await call(), { proof: "" }), "REQUEST_MALFORMED"],
  ["a proof that is none", async () => withWeft(await call(), { proof: "index 0" }), "PROOF_REJECTED"],
  [
    "the proof of another record",
    async () => withWeft(await call(), { proof: (await call()).extensions.weft.proof }),
    "PROOF_REJECTED",
  ],
  [
    "another person",
    async () => ({ ...(await call()), variables: (await call({ persons: [person(2)] })).variables }),
    "NOT_RECORDED",
  ],
  [
    "one person more",
    async () => ({ ...(await call()), variables: (await call({ persons: [person(1), person(2)] })).variables }),
    "NOT_RECORDED",
  ],
  [
    "a person sealed for another ministry",
    async () => {
      const body = await call();
      const other = new PersonSeals([deriveSealKey("p1", Buffer.alloc(32, 3), "org:other" as OrgId)], "p1");
      return { ...body, variables: { representations: [{ __typename: "Person", ref: other.seal(person(1)) }] } };
    },
    "NOT_RECORDED",
  ],
  ["another argument", async () => ({ ...(await list(2, 5)), variables: { n: 3 } }), "NOT_RECORDED"],
  [
    "another key for the arguments",
    async () => withWeft(await call(), { argsKey: toB64u(Buffer.alloc(16)) }),
    "NOT_RECORDED",
  ],
  ["another fetch", async () => withWeft(await call(), { fetch: 1 }), "NOT_RECORDED"],
  ["an altered text", async () => ({ ...(await call()), query: entities.replace("level", "status") }), "NOT_RECORDED"],
  ["a text with more fields than were recorded", () => call({ coordinates: entityFields.slice(1) }), "NOT_RECORDED"],
  [
    "an input that was not recorded",
    async () => ({
      ...(await call()),
      variables: { representations: [{ __typename: "Person", ref: seals.seal(person(1)), health: { level: "x" } }] },
    }),
    "NOT_RECORDED",
  ],
  [
    "an expired record",
    async () =>
      call({ draft: { lifetime: 1 }, issued: new Date(now.getTime() - 10_000) }).then((body) =>
        withWeft(body, { proof: "x" }),
      ),
    "RECORD_REJECTED",
  ],
  ["another audience", async () => call({ section: { aud: "org:civil" as OrgId } }), "RECORD_REJECTED"],
  [
    "another key under the gateway's name",
    async () => withWeft(await call({ signer: stranger }), { proof: "x" }),
    "RECORD_REJECTED",
  ],
  [
    "an adapter's key",
    async () => withWeft(await call({ signer: adapter, draft: { iss: "adapter:health" } }), { proof: "x" }),
    "RECORD_REJECTED",
  ],
  [
    "an outcome for an intent",
    async () => {
      const outcome = { status: "answered", sources: [] };
      return call({ draft: { kind: "outcome", outcome, parent: toB64u(Buffer.alloc(16)) } as Partial<RecordDraft> });
    },
    "RECORD_REJECTED",
  ],
  ["more rows than recorded", () => list(5, 4), "NOT_RECORDED"],
  [
    "another list than recorded",
    () => list(2, 2, { section: { scope: { entry: "Query.other" as Coordinate, maxRows: 9 }, subjects: [] } }),
    "NOT_RECORDED",
  ],
  ["a list recorded as persons", () => list(2, 2, { section: { scope: null } }), "NOT_RECORDED"],
  ["more rows than the agreement's persons", () => list(21), "LIMIT_EXCEEDED"],
  ["another version of the agreement", () => call({ section: { version: 2 } }), "AGREEMENT_INACTIVE"],
  ["another basis than agreed", () => call({ section: { basis: "CONSENT" } }), "AGREEMENT_INACTIVE"],
  ["a consumer without an agreement", () => call({ consumer: "org:bank" }), "AGREEMENT_INACTIVE"],
];

test.each(refusals)("refused: %s", async (_name, body, code) => {
  expect(await codeOf(await body())).toBe(code);
});

test("a captured gateway gets no field, no list and no agreement beyond the ministry's own copy", async () => {
  const narrow = signed("org:welfare", {}, ["status"]);
  terms = await termsUnder([narrow]);
  expect(await codeOf(await call({ agreement: narrow }))).toBe("FIELD_NOT_IN_AGREEMENT");
  const suspended = signed("org:welfare", { state: "suspended" });
  terms = await termsUnder([suspended]);
  expect(await codeOf(await call({ agreement: suspended }))).toBe("AGREEMENT_INACTIVE");
  const proven = signed("org:welfare", {
    options: { discloseConsentState: false, callerProof: "required", listRecording: "provider" },
  });
  terms = await termsUnder([proven]);
  expect(await codeOf(await call({ agreement: proven }))).toBe("RECORD_REJECTED");
});

test("a record is answered once, and a restart does not make it new", async () => {
  const body = await call();
  expect(await codeOf(body)).toBe("answered");
  expect(await codeOf(body)).toBe("REPLAYED");
  ministry.store.close();
  ministry = await openServed(new AdapterStore(storeFile));
  expect(await codeOf(body)).toBe("REPLAYED");
});

test("an officer's persons of the day are counted over requests and lists", async () => {
  expect(await codeOf(await call({ persons: [person(1), person(2)] }))).toBe("answered");
  expect(await codeOf(await call({ persons: [person(2), person(1), person(5), person(6)] }))).toBe("answered");
  expect(await codeOf(await call({ persons: [person(7)] }))).toBe("LIMIT_EXCEEDED");
  expect(await codeOf(await list(3))).toBe("LIMIT_EXCEEDED");
});

test("the persons that a list finds are in the log before it answers; without the log it does not answer", async () => {
  const reply = await serve(await list(2));
  const nodes = [1, 2].map((n) => ({ level: `level ${n}`, person: { ref: seals.seal(person(n)) } }));
  expect(reply.data).toEqual({ healthRoster: { nodes, pageInfo: { hasNextPage: true } } });
  expect(reply.extensions.weft.rowsProof).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 1\n/);
  const body = await list(2);
  log.append = () => Promise.reject(Object.assign(new Error(), { code: "RECORD_UNAVAILABLE" }));
  expect(await codeOf(body)).toBe("RECORD_UNAVAILABLE");
});

const persons = (data: unknown) => (data as Record<string, unknown[]>)["_entities"] ?? [];
const clinic = () => call({ consumer: "org:clinic", persons: [person(1), person(2), person(9)] });

test("no consent, withdrawn consent, protection and no such person are one answer", async () => {
  receipts = [receipt({ sub: seals.seal(person(1)) })];
  const { data, errors, extensions } = await serve(await clinic());
  const [first, ...others] = persons(data);
  expect(first).toEqual({ health: { level: "level 1", source: "Health", asOf: "2026-01-01" } });
  expect(others[0]).toEqual(others[1]);
  const byPerson = (at: number) =>
    errors
      ?.filter(({ path }) => path[1] === at)
      .map(({ message, path, extensions: { code } }) => [message, path.slice(2), code]);
  expect([byPerson(0), byPerson(1)?.length, extensions.weft.withheld]).toEqual([[], 1, 2]);
  expect(byPerson(1)).toEqual(byPerson(2));
  receipts.push(
    receipt({
      sub: seals.seal("health-no:H0001" as CanonicalPerson),
      kind: "protection",
      recipient: "any",
      purposes: [],
      coordinates: [],
    }),
  );
  const later = await serve(await clinic());
  expect(persons(later.data)).toEqual([others[0], others[0], others[0]]);
});

test("a consent that is withdrawn while the machine is read releases nothing", async () => {
  receipts = [receipt({ sub: seals.seal(person(1)) })];
  const statuses = ["invalid", "valid", "valid"] as const;
  let left = 3;
  ministry = { ...ministry, feed: { ...ministry.feed, statusOf: () => statuses[Math.max(0, --left)]! } };
  expect([await codeOf(await clinic()), left < 1]).toEqual(["SOURCE_UNAVAILABLE", true]);
});

test("a protected person is not in a list", async () => {
  const all = { kind: "protection", recipient: "any", purposes: [], coordinates: [] };
  receipts = [receipt({ sub: seals.seal(person(1)), ...all })];
  const reply = await serve(await list(3));
  expect(JSON.stringify(reply.data)).not.toContain("level 1");
  expect(JSON.stringify(reply.data)).toContain("level 2");
});

test("a consent for one use gives one request, also when two come at once", async () => {
  receipts = [receipt({ sub: seals.seal(person(1)), frequency: { uses: 1 } })];
  const bodies = await Promise.all([clinic(), clinic()]);
  const replies = await Promise.all(bodies.map(serve));
  expect(replies.filter(({ data }) => JSON.stringify(data).includes("level 1"))).toHaveLength(1);
  expect(JSON.stringify((await serve(await clinic())).data)).not.toContain("level 1");
});

test("without a sound log or a sound feed nothing is answered", async () => {
  const body = await call();
  const sound = ministry;
  ministry = { ...sound, feed: { ...sound.feed, problems: () => ["status list: older than ten seconds"] } };
  expect(await codeOf(body)).toBe("NOT_READY");
  ministry = { ...sound, receiptsSeen: 1 };
  expect(await codeOf(body)).toBe("NOT_READY");
  ministry = sound;
  expect(await codeOf(body)).toBe("answered");
});
