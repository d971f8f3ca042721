import { readFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Candidate,
  entryOf,
  issueRecord,
  leafHash,
  memoryHighWater,
  noteSigner,
  openPostgresLog,
  openSequencer,
  type RecordDraft,
} from "#libs/access-log";
import { type Digest, digestOf, type OrgId, parseJws, type PartyId, type PurposeCode, random16 } from "#libs/terms";
import { sandboxKey } from "../../sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";

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
  const draft = { kind: "intent" as const, iss: "gateway:main", log: origin, caller, request, sections: [] };
  return issueRecord({ ...draft, ...change }, gateway, now);
}

function candidate(
  issued: ReturnType<typeof record>,
  requestKey: Digest | undefined = digestOf(random16()),
): Candidate {
  const { kind, parent } = parseJws(issued.jwt, "access-record+sd-jwt").payload as Pick<Candidate, "kind" | "parent">;
  const { jwt, jti, disclosures } = issued;
  return {
    leaf: leafHash(entryOf(jwt)),
    jti,
    kind,
    iss: "gateway:main",
    parent,
    exp: new Date(),
    jwt,
    disclosures,
    requestKey,
  };
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
      insert into disclosure values (${index}, '${disclosures.join("~")}')`,
    );
  }
  const log = await openPostgresLog(postgres.superuserUrl("older"));
  expect(await log.record(0)).toMatchObject({
    jti: october.jti,
    kind: "intent",
    disclosures: [...october.disclosures],
  });
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
  const sequencer = await openSequencer({ storage, signer: noteSigner(origin, key), highWater: memoryHighWater() });
  const before = new Date();
  await Promise.all(Array.from({ length: 3 }, () => sequencer.append(candidate(record()))));
  const { at } = (await storage.record(2))!;
  expect(Math.abs(at.getTime() - before.getTime())).toBeLessThan(60_000);
  const month = at.toISOString().slice(0, 7).replace("-", "");
  for (const table of ["record", "disclosure"])
    expect(await inDatabase("months", `select distinct tableoid::regclass::text as part from ${table}`)).toEqual([
      { part: `${table}_${month}` },
    ]);
  await storage.close();
});
