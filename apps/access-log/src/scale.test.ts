import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Candidate,
  entryOf,
  type Erasure,
  inclusionRanges,
  issueRecord,
  leafHash,
  memoryHighWater,
  noteSigner,
  noteVerifier,
  openEraser,
  openIndexer,
  openPostgresLog,
  openSearch,
  openSequencer,
  pinLogs,
  printProof,
  readRanges,
  type RecordDraft,
  type SearchQuery,
  type Section,
  verifyProof,
} from "#libs/access-log";
import {
  type AgreementId,
  type Coordinate,
  digestOf,
  type OrgId,
  parseJws,
  type PartyId,
  type PurposeCode,
  random16,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { sandboxKey } from "../../sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";
import { recordErasures } from "./access-log.js";

// The log's tables as they are when there are many records: by month, and what each role may do to them.

const origin = "log.orvanda.example/qv";
const key = sandboxKey("log-1").privateKey;
const gateway = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };
const folder = mkdtempSync(join(tmpdir(), "weft scale "));
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder, "postgres") });
});

afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const caller = {
  consumer: "org:welfare" as OrgId,
  client: "client:welfare-casework" as PartyId,
  officer: "officer:8c1" as PartyId,
  purpose: "eligibility-assessment" as PurposeCode,
};
const request = { operation: digestOf("o"), supergraph: digestOf("s"), policy: digestOf("p"), denied: [] };

function record(change: Partial<RecordDraft> = {}, now = new Date()) {
  const draft = { kind: "intent" as const, iss: "gateway:main", log: origin, sections: [] };
  const asked = change.outcome ? {} : { caller, request };
  return issueRecord({ ...draft, ...asked, ...change }, gateway, now);
}

function candidate(issued: ReturnType<typeof record>): Candidate {
  const { kind, parent } = parseJws(issued.jwt, "access-record+sd-jwt").payload as Pick<Candidate, "kind" | "parent">;
  const { jwt, jti, disclosures } = issued;
  const requestKey = parent === undefined ? digestOf(random16()) : undefined;
  const leaf = leafHash(entryOf(jwt));
  return { leaf, jti, kind, iss: "gateway:main", parent, exp: new Date(), jwt, disclosures, requestKey };
}

async function inDatabase<T extends pg.QueryResultRow>(
  database: string,
  statements: string,
  role?: string,
): Promise<T[]> {
  const options = role === undefined ? "" : `-c role=${role}`;
  const client = new pg.Client({ connectionString: postgres.superuserUrl(database), options });
  await client.connect();
  try {
    return (await client.query<T>(statements)).rows;
  } finally {
    await client.end();
  }
}

test("a log from before months keeps its records, their order, their disclosures and what it knows", async () => {
  await postgres.createDatabase("older");
  const source = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../../../libs/access-log/src/postgres/${name}.sql`, import.meta.url)), "utf8");
  await inDatabase("older", "create table log_migration (name text primary key, at timestamptz default now())");
  for (const name of ["001-log", "002-roles", "003-conclusions"])
    await inDatabase("older", `${source(name)}; insert into log_migration (name) values ('${name}')`);
  const october = record({}, new Date("2026-10-31T23:59:59Z"));
  const late = record({}, new Date("2026-10-31T23:59:58Z"));
  const recent = record();
  for (const [index, { jti, jwt, disclosures }] of [october, late, recent].entries()) {
    await inDatabase(
      "older",
      `insert into record values (${index}, '${jti}', 'intent', null, '${jwt}');
      insert into tree_hash values (0, ${index}, '\\x${leafHash(entryOf(jwt)).toString("hex")}');
      insert into disclosure values (${index}, '${disclosures.join("~")}')`,
    );
  }
  const log = await openPostgresLog(postgres.superuserUrl("older"));
  expect(await log.record(0)).toMatchObject({
    jti: october.jti,
    kind: "intent",
    disclosures: [...october.disclosures],
  });
  expect(await log.hashes(0, 1, 3)).toEqual([late, recent].map(({ jwt }) => leafHash(entryOf(jwt))));
  // No record is older than one before it, whatever the gateway's clock said.
  expect((await log.record(1))?.at).toEqual(new Date("2026-10-31T23:59:59Z"));
  expect(await inDatabase("older", "select tableoid::regclass::text as part from record where index < 2")).toEqual([
    { part: "record_202610" },
    { part: "record_202610" },
  ]);
  const head = await log.head();
  const entries = [{ ...candidate(recent), index: 0 }];
  expect(await log.append({ from: head, to: { ...head, size: 1 }, entries, tileHashes: [] })).toEqual({
    status: "known",
    jtis: new Set([recent.jti]),
  });
  await log.close();
});

test("records and disclosures go to the partition of the month in which the log took them", async () => {
  await postgres.createDatabase("months");
  const storage = await openPostgresLog(postgres.superuserUrl("months"));
  const sequencer = await openSequencer({
    storage,
    signer: noteSigner(origin, key),
    highWater: memoryHighWater(),
    maxBatch: 2,
  });
  const before = new Date();
  const given = Array.from({ length: 5 }, () => candidate(record()));
  await Promise.all(given.map(sequencer.append));
  for (const [from, to] of [
    [0, 5],
    [1, 4],
    [3, 9],
    [5, 6],
  ] as const)
    expect(await storage.hashes(0, from, to)).toEqual(given.slice(from, to).map(({ leaf }) => leaf));
  const { at } = (await storage.record(2))!;
  expect(Math.abs(at.getTime() - before.getTime())).toBeLessThan(60_000);
  const month = at.toISOString().slice(0, 7).replace("-", "");
  for (const table of ["record", "disclosure"])
    expect(await inDatabase("months", `select distinct tableoid::regclass::text as part from ${table}`)).toEqual([
      { part: `${table}_${month}` },
    ]);
  await storage.close();
});

/** A log whose index has followed, a person who erases, and a reviewer who may see everything. */
async function trial(database: string) {
  await postgres.createDatabase(database);
  const url = postgres.superuserUrl(database);
  const storage = await openPostgresLog(url);
  const sequencer = await openSequencer({ storage, signer: noteSigner(origin, key), highWater: memoryHighWater() });
  const [indexer, search, eraser] = [await openIndexer(url), await openSearch(url), await openEraser(url, 3_000)];
  const follow = async () => {
    while ((await indexer.step()) > 0);
  };
  const append = async (change: Partial<RecordDraft>) => {
    const issued = record(change);
    const { index } = await sequencer.append(candidate(issued));
    await follow();
    return { ...issued, index };
  };
  const logSigner = { kid: "log-1", key };
  const erase = async (erasure: Erasure): Promise<number> => {
    const done = eraser.erase(erasure);
    const log = { origin, sequencer };
    const recording = setInterval(
      () => void recordErasures(log, storage, logSigner, new Date()).then(follow, () => undefined),
      300,
    );
    try {
      return await done;
    } finally {
      clearInterval(recording);
      await follow();
    }
  };
  const find = async (what: SearchQuery) => (await search.find({ all: true }, what, { limit: 50 })).hits;
  const isProven = async (index: number, jwt: string) => {
    const { size, note } = sequencer.checkpoint();
    const hashes = await readRanges(inclusionRanges(index, size), storage.hashes);
    const text = printProof({ index, hashes, checkpoint: note });
    return verifyProof(text, entryOf(jwt), pinLogs([noteVerifier(origin, key).vkey])).index === index;
  };
  const close = () => Promise.all([indexer.close(), search.close(), eraser.close(), storage.close()]);
  return { storage, sequencer, append, erase, eraser, find, follow, isProven, close };
}

const ref = (name: string) => `p1.${toB64u(Buffer.from(name.padEnd(16, ".")))}` as SubjectRef;

function section(provider: string, subjects: SubjectRef[]): Section {
  const fetches = [
    { n: 0, text: digestOf("t"), args: toB64u(Buffer.alloc(32)), coordinates: ["A.b" as Coordinate], inputs: [] },
  ];
  const agreement = { agreement: "dsa-one" as AgreementId, version: 1, digest: digestOf("a"), basis: "PUBLIC_TASK" };
  return { aud: provider as OrgId, ...agreement, fetches, subjects, scope: null, consents: [], callerProof: null };
}

test("a person is erased from every record, also as an alias, and the others of a record stay", async () => {
  const log = await trial("person");
  const [amara, bela, oldNumber] = [ref("amara"), ref("bela"), ref("amara before")];
  const both = await log.append({ sections: [section("org:civil", [amara, bela])] });
  const alone = await log.append({ sections: [section("org:civil", [amara])] });
  const other = await log.append({ sections: [section("org:civil", [bela])] });
  const sources = [{ provider: "org:civil" as OrgId, persons: 1, withheld: 0, aliases: [oldNumber] }];
  const outcome = { kind: "outcome" as const, outcome: { status: "answered" as const, sources }, parent: other.jti };
  const told = await log.append(outcome);
  expect((await log.find({ subjects: [oldNumber] })).map(({ index }) => index)).toEqual([other.index]);
  expect(await log.erase({ class: "person", subjects: [amara, oldNumber] })).toBe(3);

  expect(await log.find({ subjects: [amara, oldNumber] })).toEqual([]);
  expect((await log.find({ subjects: [bela] })).map(({ index }) => index)).toEqual([other.index, both.index]);
  const left = await log.storage.record(both.index);
  const read = (text: string) => Buffer.from(text, "base64url").toString();
  const spoken = left!.disclosures!.map(read).join();
  expect([spoken.includes(amara), spoken.includes(bela), spoken.includes(caller.officer)]).toEqual([false, true, true]);
  for (const { index } of [alone, told]) expect((await log.storage.record(index))?.disclosures).toBeUndefined();
  const [access] = await log.find({ access: other.index });
  expect(access).toMatchObject({ index: other.index, outcome: { status: "erased", index: told.index } });
  for (const { index, jwt } of [both, alone, other, told]) {
    expect((await log.storage.record(index))?.jwt).toBe(jwt);
    expect(await log.isProven(index, jwt)).toBe(true);
  }
  const runs = await log.find({ kinds: ["erasure"] });
  const run = await log.storage.record(runs[0]!.index);
  expect(run!.disclosures!.map(read).join()).toContain('{"run":1,"class":"person","records":3}');
  expect(run!.disclosures!.map(read).join()).not.toMatch(/p1\.|org:|officer:/);
  await expect(log.erase({ class: "record", indexes: [run!.index] })).rejects.toThrow("own use");
  await log.close();
});

test("nothing is erased that the log did not record before", async () => {
  const log = await trial("unrecorded");
  const { index } = await log.append({});
  await expect(log.eraser.erase({ class: "record", indexes: [index] })).rejects.toThrow("nothing was erased");
  expect((await log.storage.record(index))?.disclosures).toBeDefined();
  const asRetention = (statement: string) => inDatabase("unrecorded", statement, "weft_log_retention");
  await expect(asRetention(`select log_erase_records(1, '{${index}}')`)).rejects.toThrow("no such run is recorded");
  await expect(asRetention("update erasure_run set record_index = 0")).rejects.toThrow("permission denied");
  // A run that is recorded serves once, for its class, and for no more than it says.
  await inDatabase("unrecorded", "update erasure_run set record_index = 1");
  await expect(asRetention(`select log_erase_records(1, '{0,1}')`)).rejects.toThrow("no such run is recorded");
  await expect(asRetention("select log_erase_before(1, '2026-01-01')")).rejects.toThrow("no such run is recorded");
  await asRetention(`select log_erase_records(1, '{${index}}')`);
  await expect(asRetention(`select log_erase_records(1, '{${index}}')`)).rejects.toThrow("no such run is recorded");
  await log.close();
});

test("a person is not erased while the index is behind: who is not found could not be erased", async () => {
  const log = await trial("behind");
  await log.sequencer.append(candidate(record({ sections: [section("org:civil", [ref("amara")])] })));
  await expect(log.eraser.erase({ class: "person", subjects: [ref("amara")] })).rejects.toThrow("index is behind");
  await log.close();
});

test("months go whole: what they disclosed is gone, what the tree commits to stays", async () => {
  const log = await trial("retention");
  const amara = ref("amara");
  const [first, second, kept] = [
    await log.append({ sections: [section("org:civil", [amara])] }),
    await log.append({ sections: [section("org:civil", [amara])] }),
    await log.append({ sections: [section("org:civil", [amara])] }),
  ];
  // As if the one had been taken in a month that was opened, and the other in one that was not.
  await inDatabase("retention", "select log_open_month('2026-03-05T00:00:00Z')");
  for (const table of ["record", "disclosure", "search_record", "search_person"])
    await inDatabase(
      "retention",
      `update ${table} set at = case index when 0 then timestamptz '2026-03-07 00:00:00+00'
      else timestamptz '2026-02-07 00:00:00+00' end where index < 2`,
    );
  await expect(log.erase({ class: "retention", before: "2027-01-01" })).rejects.toThrow("month is not over");
  expect(await log.erase({ class: "retention", before: "2026-04-01" })).toBe(2);
  expect((await log.find({ subjects: [amara] })).map(({ index }) => index)).toEqual([kept.index]);
  expect(await inDatabase("retention", "select to_regclass('disclosure_202603') as part")).toEqual([{ part: null }]);
  for (const { index, jwt } of [first, second]) {
    expect(await log.storage.record(index)).toMatchObject({ jwt, disclosures: undefined });
    expect(await log.isProven(index, jwt)).toBe(true);
  }
  await log.close();
});

test("an agreement's own duty takes its sections and their persons, and no other agreement's", async () => {
  const log = await trial("duty");
  const [amara, bela] = [ref("amara"), ref("bela")];
  const of = (agreement: string, provider: string, person: SubjectRef) => ({
    ...section(provider, [person]),
    agreement: agreement as AgreementId,
  });
  const [both, one, kept] = [
    await log.append({ sections: [of("dsa-one", "org:civil", amara), of("dsa-two", "org:health", bela)] }),
    await log.append({ sections: [of("dsa-one", "org:civil", amara)] }),
    await log.append({ sections: [of("dsa-one", "org:civil", amara)] }),
  ];
  const told = { kind: "outcome" as const, outcome: { status: "answered" as const, sources: [] }, parent: one.jti };
  const outcome = await log.append(told);
  // As if the first two had been taken in March.
  for (const table of ["record", "disclosure", "search_record", "search_person"])
    await inDatabase("duty", `update ${table} set at = '2026-03-07 12:00:00+00' where index < 2`);
  expect(await log.erase({ class: "retention", agreement: "dsa-one", before: "2026-03-07" })).toBe(0);
  expect(await log.erase({ class: "retention", agreement: "dsa-one", before: "2026-03-08" })).toBe(2);

  expect((await log.find({ subjects: [amara] })).map(({ index }) => index)).toEqual([kept.index]);
  expect((await log.find({ subjects: [bela] })).map(({ sections }) => sections.length)).toEqual([1]);
  const left = (await log.storage.record(both.index))!.disclosures!.map((text) =>
    Buffer.from(text, "base64url").toString(),
  );
  expect([left.join().includes("dsa-one"), left.join().includes(amara)]).toEqual([false, false]);
  expect([left.join().includes("dsa-two"), left.join().includes(caller.officer)]).toEqual([true, true]);
  for (const { index } of [one, outcome]) expect((await log.storage.record(index))?.disclosures).toBeUndefined();
  for (const { index, jwt } of [both, one, outcome]) expect(await log.isProven(index, jwt)).toBe(true);
  const [run] = await log.find({ kinds: ["erasure"] });
  const recorded = (await log.storage.record(run!.index))!.disclosures!.map((text) =>
    Buffer.from(text, "base64url").toString(),
  );
  expect(recorded.join()).toContain('"class":"retention","records":2,"before":"2026-03-08","agreement":"dsa-one"');
  await log.close();
});

const statements = {
  "append a record": "insert into record (index, jwt, at) values (9, 'x', now())",
  "move the head": "update log_head set size = 9",
  "write the index": "insert into search_person values ('x', 9, now(), 'org:a', false)",
  "move the index": "update search_position set next = 0",
  search: "select * from search_record",
  "read disclosures": "select * from disclosure",
  "ask for an erasure": "insert into erasure_run (class, records) values ('record', 1)",
  "say that an erasure is recorded": "update erasure_run set record_index = 1",
  "find whom an erasure concerns": "select log_records_naming('{}')",
  "count whom an erasure concerns": "select log_count_naming('{}')",
  "open a month": "select log_open_month(now())",
  "take a run without a record": "select log_take_run(1, 'record', 1)",
  "delete disclosures": "delete from disclosure",
  "change disclosures": "update disclosure set texts = ''",
  "change a record": "update record set jwt = ''",
  "delete a leaf": "delete from leaf_run",
  "delete a hash": "delete from tree_hash",
} as const;
const allowed: Record<string, readonly (keyof typeof statements)[]> = {
  weft_log_append: ["append a record", "move the head", "say that an erasure is recorded", "open a month"],
  weft_log_index: ["write the index", "move the index", "search", "read disclosures"],
  weft_log_search: ["search", "read disclosures"],
  weft_log_retention: ["ask for an erasure", "count whom an erasure concerns"],
};

test("each role does its own work and none of another's", async () => {
  await postgres.createDatabase("roles");
  await (await openPostgresLog(postgres.superuserUrl("roles"))).close();
  for (const role of Object.keys(allowed)) {
    const may: string[] = [];
    for (const [what, statement] of Object.entries(statements)) {
      const tried = inDatabase("roles", `begin; ${statement}; rollback`, role);
      const error = await tried.then(
        () => undefined,
        (refusal: unknown) => String(refusal),
      );
      if (error === undefined) may.push(what);
      else expect(error, `${role}: ${what}`).toContain("permission denied");
    }
    expect(may, role).toEqual(allowed[role]);
  }
});
