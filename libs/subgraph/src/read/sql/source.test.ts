import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CanonicalPerson, coordinate, parseAgreementId, parseOrgId, parseStrictYaml } from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest, RowIdentity } from "../port.js";
import { subgraphSchema } from "../schema.js";
import { schemes, sdl, tables, yaml } from "./health.fixture.js";
import { type LoggingServer, startLoggingServer } from "./postgres.fixture.js";

const config = adapterConfigSchema.parse(parseStrictYaml(yaml));
const schema = subgraphSchema(sdl);
let server: LoggingServer | undefined;
let ministry: Ministry;

function open(which: typeof config): Promise<Ministry> {
  const env = { DB: server?.url };
  const sealKey = { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) };
  return openMinistry({ config: which, schema, schemes, env, sealKey });
}

beforeAll(async () => {
  server = await startLoggingServer(tables);
  ministry = await open(config);
});

afterAll(async () => {
  await ministry?.close();
  await server?.stop();
});

const nid = (n: number) => `nid:10000000${String(n).padStart(2, "0")}` as CanonicalPerson;
const now = new Date("2026-11-21T22:00:00Z");

function request(persons: readonly CanonicalPerson[], more: Partial<ReadRequest> = {}): ReadRequest {
  return {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
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

/** How much the server has logged, once it has caught up. */
async function logged(): Promise<number> {
  await sleep(150);
  return server?.log.length ?? 0;
}

/** Statements of the adapter since `from`, with their parameters. The server's log arrives a moment later. */
async function statements(from: number): Promise<string[]> {
  await logged();
  return (server?.log ?? [])
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
  const before = await logged();
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
  const before = await logged();
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

test("sessions are read-only and statements are cut off; errors carry no value", async () => {
  const bad = adapterConfigSchema.parse(parseStrictYaml(yaml.replace("column: STS, codes", "column: NO_SUCH, codes")));
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
