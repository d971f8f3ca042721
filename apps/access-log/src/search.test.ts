import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  issueRecord,
  memorySearch,
  type AfterEnd,
  type EndedConsent,
  type MemorySearch,
  openIndexer,
  openPostgresLog,
  openSearch,
  type PostgresSearch,
  readEntry,
  type RecordDraft,
  type RecordKind,
  type ReviewScope,
  type SearchQuery,
  type Section,
} from "#libs/access-log";
import {
  type AgreementId,
  type B64u,
  type CaseId,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  random16,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";

// The index on PostgreSQL against the one in memory: the same records, the same questions, the same answers.

const RECORDS = 400;
const folder = mkdtempSync(join(tmpdir(), "weft search "));
const signer = { kid: "k", key: generateKeyPairSync("ed25519").privateKey };
let postgres: PostgresServer;
let oracle: MemorySearch;
let search: PostgresSearch;

const orgs = ["org:welfare", "org:civil", "org:health"] as OrgId[];
const officers = ["officer:1", "officer:2", "officer:3"] as PartyId[];
const purposes = ["eligibility-assessment", "vital-interest"] as PurposeCode[];
const cases = ["c-1", "c-2"] as CaseId[];
const coordinates = ["A.b", "A.c", "B.d"] as Coordinate[];
const agreements = ["dsa-one", "dsa-two"] as AgreementId[];
const refs = Array.from({ length: 5 }, (_, n) => `p1.${toB64u(Buffer.alloc(16, n + 1))}` as SubjectRef);
const kinds: RecordKind[] = ["intent", "rows", "outcome", "refusal", "heartbeat"];
const statuses = ["answered", "partial", "refused", "interrupted"] as const;

const section = fc.record({
  agreement: fc.constantFrom(...agreements),
  coordinates: fc.uniqueArray(fc.constantFrom(...coordinates), { maxLength: 3 }),
  subjects: fc.uniqueArray(fc.constantFrom(...refs), { maxLength: 2 }),
});
const someRecord = fc.record({
  kind: fc.constantFrom(...kinds, "intent" as const, "outcome" as const),
  iss: fc.constantFrom("gateway:main", "gateway:main", "adapter:civil", "log.example"),
  /** How many records back the parent is; beyond the first, none is there. */
  back: fc.option(fc.nat({ max: 12 })),
  caller: fc.record({
    consumer: fc.constantFrom(...orgs),
    officer: fc.constantFrom(...officers),
    purpose: fc.constantFrom(...purposes),
    case: fc.option(fc.constantFrom(...cases), { nil: undefined }),
  }),
  sections: fc.dictionary(fc.constantFrom(...orgs), section, { maxKeys: 3 }),
  status: fc.constantFrom(...statuses),
  denied: fc.uniqueArray(fc.constantFrom(...coordinates), { maxLength: 2 }),
  /** Seconds since the record before. */
  after: fc.oneof(fc.nat({ max: 40_000 }), fc.constant(0)),
});
type SomeRecord = typeof someRecord extends fc.Arbitrary<infer T> ? T : never;

function sectionOf(aud: string, { agreement, coordinates: names, subjects }: SomeRecord["sections"][string]): Section {
  const fetch = { n: 0, text: digestOf("t"), args: toB64u(Buffer.alloc(32)), inputs: [] };
  const rest = {
    version: 1,
    digest: digestOf("a"),
    basis: agreement === "dsa-two" ? "CONSENT" : "PUBLIC_TASK",
    scope: null,
    consents: [],
    callerProof: null,
  };
  return { aud: aud as OrgId, agreement, fetches: [{ ...fetch, coordinates: names }], subjects, ...rest };
}

function draftOf(it: SomeRecord, jtis: readonly B64u[]): RecordDraft {
  const parent = it.back === null ? undefined : (jtis.at(-1 - it.back) ?? random16());
  const base = { kind: it.kind, iss: it.iss, log: "log.example", sections: [], ...(parent && { parent }) };
  const sections = Object.entries(it.sections);
  if (it.kind === "heartbeat") return base;
  if (it.kind === "outcome") {
    const sources = sections.map(([provider, { subjects }]) => ({
      provider: provider as OrgId,
      persons: subjects.length,
      withheld: Math.min(subjects.length, it.denied.length),
      aliases: subjects,
    }));
    return { ...base, outcome: { status: it.status, sources } };
  }
  const { case: given, ...caller } = it.caller;
  const denied = it.denied.map((coordinate) => ({ coordinate, code: "PURPOSE_NOT_ALLOWED" as const }));
  return {
    ...base,
    caller: { ...caller, client: "client:a" as PartyId, ...(given && { case: given }) },
    request: { operation: null, supergraph: digestOf("s"), policy: digestOf("p"), denied },
    sections: sections.map(([aud, one]) => sectionOf(aud, one)),
  };
}

async function fill(database: string, given: readonly SomeRecord[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl(database) });
  await client.connect();
  await client.query("begin");
  const jtis: B64u[] = [];
  let at = Date.parse("2026-07-03T10:00:00.123Z");
  for (const [index, it] of given.entries()) {
    const draft = draftOf(it, jtis);
    const { jwt, jti, disclosures } = issueRecord(draft, signer, new Date(0));
    jtis.push(jti);
    at += it.after * 1000;
    const texts = disclosures.join("~");
    await client.query("insert into record (index, jwt, at) values ($1, $2, $3)", [index, jwt, new Date(at)]);
    await client.query("insert into disclosure (index, texts, at) values ($1, $2, $3)", [index, texts, new Date(at)]);
    oracle.add(readEntry({ index, jwt, disclosures: [...disclosures], at: new Date(at) }));
  }
  await client.query("commit");
  await client.query("update log_head set size = $1", [given.length]);
  await client.end();
}

async function inDatabase(...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl("search") });
  await client.connect();
  const answers = [];
  for (const statement of statements) answers.push(...(await client.query<Record<string, unknown>>(statement)).rows);
  await client.end();
  return answers;
}

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "postgres") });
  await postgres.createDatabase("search");
  const url = postgres.superuserUrl("search");
  await (await openPostgresLog(url)).close();
  // Of the months that the records span, one lies in the default partition.
  await inDatabase(
    ...["2026-07-15", "2026-08-15", "2026-10-15"].map((day) => `select log_open_month('${day} 00:00Z')`),
  );
  oracle = memorySearch();
  await fill("search", fc.sample(someRecord, { numRuns: RECORDS, seed: 4 }));
  const indexer = await openIndexer(url, { atOnce: 37 });
  search = await openSearch(url);
  expect((await search.status()).behind).toBe(RECORDS);
  // Days are counted while outcomes of their records are still to come, and before some of their records are forgotten and read anew.
  const follow = async () => {
    while ((await indexer.step()) > 0) while (await indexer.countDay());
  };
  await follow();
  await inDatabase("select log_forget_in_search('{1,2,3,57,58,59,60,211,212,390}')");
  await follow();
  expect(await search.status()).toEqual({ indexed: RECORDS, behind: 0, seconds: 0 });
  await indexer.close();
});

afterAll(async () => {
  await search?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const some = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: 2 });
const moment = fc.date({ min: new Date("2026-07-01"), max: new Date("2026-12-01"), noInvalidDate: true });
const query: fc.Arbitrary<SearchQuery> = fc.record(
  {
    subjects: fc.uniqueArray(fc.constantFrom(...refs, `p1.${"x".repeat(22)}` as SubjectRef), { maxLength: 4 }),
    officer: fc.constantFrom(...officers),
    client: fc.constantFrom("client:a" as PartyId, "client:b" as PartyId),
    consumer: fc.constantFrom(...orgs),
    provider: fc.constantFrom(...orgs),
    purposes: some(purposes),
    coordinates: some(coordinates),
    agreement: fc.constantFrom(...agreements),
    case: fc.constantFrom(...cases),
    kinds: some(kinds),
    outcomes: some([...statuses, "open" as const]),
    from: moment,
    until: moment,
    access: fc.nat({ max: RECORDS }),
  },
  { requiredKeys: [] },
);
/** Most questions ask for one or two things: with all of them nothing is ever found. */
const fewer = fc.tuple(query, fc.array(fc.nat({ max: 13 }), { minLength: 1, maxLength: 3 })).map(([whole, kept]) => {
  const entries = Object.entries(whole);
  return Object.fromEntries(kept.flatMap((n) => (entries.length ? [entries[n % entries.length]!] : []))) as SearchQuery;
});
const scope: fc.Arbitrary<ReviewScope> = fc.oneof(
  fc.constant({ all: true as const }),
  fc.constantFrom(...orgs, "org:nobody" as OrgId).map((organisation) => ({ organisation })),
);

test("every page of every question is the same as in memory", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      scope,
      fewer,
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: RECORDS + 10 }),
      async (who, what, limit, from) => {
        const page = { limit, ...(from < RECORDS && { before: from }) };
        const [ours, theirs] = await Promise.all([search.find(who, what, page), oracle.find(who, what, page)]);
        expect(ours).toEqual(theirs);
        found += theirs.hits.length;
      },
    ),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(200);
});

const facets = ["consumer", "provider", "officer", "purpose", "coordinate", "kind", "outcome"] as const;
const every = fc.constantFrom("hour" as const, "day" as const, "month" as const, undefined);

test("every count is the same as in memory", async () => {
  await fc.assert(
    fc.asyncProperty(scope, fewer, some(facets), every, async (who, what, by, bucket) => {
      const how = { facets: by, ...(bucket && { every: bucket }) };
      const [ours, theirs] = await Promise.all([search.count(who, what, how), oracle.count(who, what, how)]);
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 80 },
  );
});

test("what is counted by the day is the same too, from and until any moment", async () => {
  const [{ days } = {}] = await inDatabase("select count(*)::int as days from search_counted");
  expect(days).toBeGreaterThan(30);
  const when = fc.record({ from: moment, until: moment }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(scope, when, some(facets), every, async (who, what, by, bucket) => {
      const how = { facets: by, ...(bucket && { every: bucket }) };
      const [ours, theirs] = await Promise.all([search.count(who, what, how), oracle.count(who, what, how)]);
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 80 },
  );
});

test("every summary is the same as in memory, and the lot falls the same way", async () => {
  let [drawn, silent] = [0, 0];
  const lot = fc.record({ size: fc.integer({ min: 1, max: 9 }), seed: fc.string({ minLength: 1, maxLength: 20 }) });
  await fc.assert(
    fc.asyncProperty(scope, moment, moment, lot, async (who, one, other, sample) => {
      const [from = one, until = other] = [one, other].sort((a, b) => a.getTime() - b.getTime());
      const asked = { from, until, sample };
      const [ours, theirs] = await Promise.all([search.summarise(who, asked), oracle.summarise(who, asked)]);
      expect(ours).toEqual(theirs);
      drawn += theirs.sample.length;
      silent += theirs.sources.reduce((sum, source) => sum + source.silent, 0);
    }),
    { numRuns: 60 },
  );
  expect(drawn).toBeGreaterThan(50);
  expect(silent).toBeGreaterThan(10);
});

const ended: fc.Arbitrary<EndedConsent> = fc.record({
  provider: fc.constantFrom(...orgs),
  recipient: fc.constantFrom(...orgs),
  refs: fc.tuple(fc.constantFrom(...refs)),
  purposes: fc.uniqueArray(fc.constantFrom(...purposes), { minLength: 1 }),
  coordinates: fc.uniqueArray(fc.constantFrom(...coordinates), { minLength: 1 }),
  after: fc
    .date({ min: new Date("2026-07-01"), max: new Date("2026-08-15"), noInvalidDate: true })
    .map((it) => it.toISOString()),
});

/** One by one, out of what the memory finds. */
async function afterEndOf({ provider, recipient, refs: subjects, after, ...asked }: EndedConsent): Promise<AfterEnd[]> {
  const page = { limit: 500 };
  const query = { ...asked, subjects, provider, consumer: recipient, from: new Date(after) } as never;
  const { hits } = await oracle.find({ all: true }, query, page);
  const { hits: all } = await oracle.find({ all: true }, {}, page);
  const counts = new Map<string, { asked: number; released: number; mixed: number }>();
  for (const { caller, sections, at, access } of hits) {
    const isOn = sections.some(
      (one) =>
        one.provider === provider &&
        one.basis === "CONSENT" &&
        one.subjects.length > 0 &&
        one.coordinates.some((name) => asked.coordinates.includes(name)),
    );
    if (!isOn || at <= new Date(after)) continue;
    const sources = all.find(({ index }) => index === access)?.outcome?.sources ?? [];
    const { persons = 0, withheld = 0 } = sources.find((source) => source.provider === provider) ?? {};
    const before = counts.get(caller!.purpose) ?? { asked: 0, released: 0, mixed: 0 };
    counts.set(caller!.purpose, {
      asked: before.asked + 1,
      released: before.released + Number(persons > 0 && withheld === 0),
      mixed: before.mixed + Number(withheld > 0 && withheld < persons),
    });
  }
  return [...counts]
    .map(([purpose, figures]) => ({ provider, recipient, purpose: purpose as PurposeCode, ...figures }))
    .sort((a, b) => (a.purpose < b.purpose ? -1 : 1));
}

test("whoever was read on a consent that had ended is counted, and nobody else", async () => {
  const found = { asked: 0, released: 0, mixed: 0 };
  await fc.assert(
    fc.asyncProperty(ended, async (one) => {
      const [ours, theirs] = await Promise.all([search.afterEnd([one]), afterEndOf(one)]);
      expect(ours).toEqual(theirs);
      for (const row of theirs) for (const name of ["asked", "released", "mixed"] as const) found[name] += row[name];
    }),
    { numRuns: 250 },
  );
  expect(found.asked).toBeGreaterThan(20);
  expect(found.released + found.mixed).toBeGreaterThan(0);
});

test("a day that is counted is not looked through again", async () => {
  const until = new Date("2026-08-01");
  const wanted = await oracle.count({ all: true }, { until }, { facets });
  await inDatabase("delete from search_record where at < '2026-08-01 00:00Z' and index > 0");
  expect(await search.count({ all: true }, { until }, { facets })).toEqual(wanted);
  expect(wanted.total).toBeGreaterThan(20);
});
