import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CanonicalPerson, coordinate } from "#libs/terms";
import { compileRead } from "../compile.js";
import type { AdapterConfig } from "../config.js";
import type { RowIdentity } from "../port.js";
import { yamlOn } from "./health.fixture.js";
import { kinds } from "./kinds.fixture.js";
import { configOf, nid, request, schema, startWorld, type World } from "./world.fixture.js";

const entities = (selection: string, variables = "", under: AdapterConfig = configOf(yamlOn(kinds[0]!.source))) =>
  compileRead(
    `query($representations: [_Any!]!${variables}) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
    schema,
    under,
  );

const threePersons = {
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
      health: {
        status: "ACTIVE",
        amount: "1234.50",
        m3: "YES",
        m12: "YES",
        asOf: "2026-05-01",
        quality: "DECLARED",
      },
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
};

const withWhere = (config: AdapterConfig, where: string): AdapterConfig => ({
  ...config,
  types: { ...config.types, Person: { ...config.types["Person"]!, where } },
});

for (const kind of kinds)
  describe.skipIf(kind.missing !== undefined)(kind.missing ?? kind.name, () => {
    let world: World;

    beforeAll(async () => {
      world = await startWorld(kind);
    });

    afterAll(() => world?.stop());

    /** What reads of persons came to; codes are read when they are old. */
    const asked = async (since: number) =>
      (await world.server.statements(since)).filter(({ text }) => !text.includes("district_ref"));

    test("a person is read as the mapping says", async () => {
      const plan = entities(
        "ref identity { fullName born old: ageAtLeast(years: Y60) adult: ageAtLeast(years: Y18) source asOf quality } vital { finding asOf } health { status amount m3: visitedWithin(months: M3) m12: visitedWithin(months: M12) asOf quality }",
      );
      const result = await world.ministry.read(plan, request([nid(1), nid(2), nid(6)]));
      expect(JSON.parse(JSON.stringify(result.data))).toEqual(threePersons);
      expect(result.errors.map(({ path: at, extensions }) => [at.join("."), extensions.code])).toEqual([
        ["_entities.2.health.status", "SOURCE_INVALID"],
        ["_entities.2.health.amount", "SOURCE_INVALID"],
      ]);
      expect(result).toMatchObject({ asOf: "2026-05-01", quality: "DECLARED", withheld: 0, counts: { persons: 3 } });
      expect([...result.counts.unreadable.keys()]).toEqual(["Health.status", "Health.amount"]);
      expect(result.aliases).toEqual(["health-no:H0001", "health-no:H0002", "health-no:H0006"]);
    });

    test("absent, deleted, held twice and withheld persons give one uniform answer", async () => {
      const plan = entities("identity { fullName } vital { finding source asOf quality }");
      const persons = [
        nid(99),
        nid(3),
        nid(4),
        nid(1),
        "nid:0000000000" as CanonicalPerson,
        "food:1" as CanonicalPerson,
      ];
      const result = await world.ministry.read(
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

    test("restrictions are judged on every identifier of the row, before its columns are read", async () => {
      const rows: RowIdentity[] = [];
      await world.ministry.read(
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

    test("strings that would be SQL are keys and filters like any other", async () => {
      const evil = [
        '\'; drop table "VISIT"; --',
        "{a,b}",
        "\\",
        "%",
        '" or 1=1',
        "$1",
        "?",
        "` or 1=1 -- ",
        "\ud800",
        "\\' or 1=1 -- ",
      ];
      const plan = entities("identity { fullName } match(claimed: $c) { fullName }", ", $c: Claim!");
      const list = compileRead(
        "query($d: String!) { roster(district: $d, first: 5) { nodes { status } } }",
        schema,
        world.config,
      );
      for (const text of evil) {
        const answer = await world.ministry.read(
          plan,
          request([`nid:${text}` as CanonicalPerson, nid(1)], { variables: { c: { fullName: text } } }),
        );
        expect(JSON.parse(JSON.stringify(answer.data))).toMatchObject({
          _entities: [{ identity: null }, { identity: { fullName: "Amina Dawar" }, match: { fullName: "MISMATCH" } }],
        });
        expect((await world.ministry.read(list, request([], { variables: { d: text } }))).data).toMatchObject({
          roster: { nodes: [] },
        });
      }
      const more = evil.flatMap((a) => evil.flatMap((b) => ["", "0", " ", "\n", "\t", "'"].map((c) => `${a}${c}${b}`)));
      const persons = more.map((text) => `nid:${text}` as CanonicalPerson);
      const { released, counts } = await world.ministry.read(plan, request(persons, { variables: { c: {} } }));
      expect([released, counts.persons]).toEqual([[], 10 * 10 * 6]);
      expect(
        (await world.ministry.read(entities("visits(first: 50) { nodes { day } }"), request([nid(1)]))).data,
      ).toMatchObject({
        _entities: [{ visits: { nodes: { length: 9 } } }],
      });
    });

    test("claims are compared, and no value of the register is in the answer", async () => {
      const plan = entities("match(claimed: $c) { fullName dateOfBirth }", ", $c: Claim!");
      const ask = async (claimed: object) =>
        JSON.parse(
          JSON.stringify((await world.ministry.read(plan, request([nid(1)], { variables: { c: claimed } }))).data),
        )._entities[0].match as unknown;
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
        const result = await world.ministry.read(
          plan,
          request([nid(1), nid(2)], { variables: { from: "2026-09-02", after } }),
        );
        const [first] = JSON.parse(JSON.stringify(result.data))._entities as {
          visits: { nodes: { day: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        }[];
        seen.push(...(first?.visits.nodes.map((each) => each.day) ?? []));
        after = first?.visits.pageInfo.endCursor;
        if (!first?.visits.pageInfo.hasNextPage) break;
        await expect(
          world.ministry.read(plan, request([nid(2)], { variables: { from: "2026-09-02", after } })),
        ).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
        await expect(
          world.ministry.read(plan, request([nid(1)], { variables: { from: "2026-09-01", after } })),
        ).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
        expect(String(after)).not.toContain("2026");
      }
      expect(seen).toEqual(["09", "08", "07", "06", "05", "04", "03", "02"].map((day) => `2026-09-${day}`));
    });

    if (kind.logs)
      test("N persons are two statements, with the same text and as many keys whoever is withheld; withheld keys are not in the second", async () => {
        const plan = entities("identity { fullName }");
        const persons = Array.from({ length: 20 }, (_, i) => nid(i + 10));
        const before = await world.server.logged();
        await world.ministry.read(plan, request(persons));
        await world.ministry.read(
          plan,
          request(persons, {
            withhold: (rows) =>
              rows.map((row) => (row.person === nid(12) || row.person === nid(13) ? "everything" : new Set())),
          }),
        );
        await world.ministry.read(
          plan,
          request(persons, { withhold: (rows) => rows.map(() => "everything" as const) }),
        );
        const [identify1, values1, identify2, values2, , values3, ...rest] = await asked(before);
        expect(rest).toEqual([]);
        expect(identify1?.text).toBe(identify2?.text);
        expect(values1?.text).toBe(values2?.text);
        expect(values1?.text).toBe(values3?.text);
        for (const values of [values1, values2, values3])
          expect(new Set(values?.executed.match(/\d{3}-\d{3}-\d{4}/g)).size).toBe(20);
        expect(values1?.executed).toContain("100-000-0012");
        expect(values2?.executed).not.toMatch(/100-000-001[23]|H001[23]/);
        expect(values2?.executed).toContain("100-000-0014");
        expect(values3?.executed).not.toContain("100-000");
        expect(values1?.executed).not.toMatch(/LAHIR|SUMBER/);
      });

    test("a person's withheld coordinates are masked in the statement, and every way to them", async () => {
      const plan = entities("identity { fullName born } health { status amount }");
      const withheld = new Set([
        coordinate("Identity", "born"),
        coordinate("Health", "status"),
        coordinate("Health", "amount"),
      ]);
      const before = await world.server.logged();
      const result = await world.ministry.read(
        plan,
        request([nid(1), nid(2)], { withhold: () => [withheld, new Set()] }),
      );
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
      if (kind.logs) expect(await asked(before)).toHaveLength(2);
    });

    test("names may be words of SQL, of mixed case and with spaces; rows whose validity ended are not read, one that holds a key twice is one row, and a join may take two columns", async () => {
      await world.server.add([
        {
          name: "Order",
          columns: { select: "number", Group: "short", "Old Group": "short", "Full Name": "text", ValidityTo: "day" },
          rows: [
            [1, "1000000001", null, "Old", "2020-01-01"],
            [1, "1000000001", "1000000001", "New", null],
            [2, "1000000002", null, "Ended", "2020-01-01"],
          ],
        },
        {
          name: "Where",
          columns: { From: "number", Group: "short", limit: "text", ValidityTo: "day" },
          rows: [
            [1, "1000000001", "1.5", "2020-01-01"],
            [1, "1000000001", "2.5", null],
            [1, "1000000002", "3.5", null],
          ],
        },
      ]);
      const named = configOf(`
adapter: 1
provider: org:health
source: ${kind.source}
protect: { connections: 1, statementTimeout: PT2S, personsPerMinute: 600, queue: PT2S }
types:
  Person:
    from: Order
    identifiers: [ { scheme: nid, column: Group }, { scheme: nid, column: Old Group } ]
    where: { ValidityTo: { "null": true } }
    fields: { identity: { type: Identity }, health: { type: Health }, visits: { list: { of: Visit, keyset: [limit], maxRows: 5 } } }
  Visit: { from: Where, on: { From: Order.select, Group: Order.Group }, fields: { place: { column: limit }, source: { value: S } } }
  Identity: { fields: { fullName: { column: Full Name }, source: { value: S } } }
  Health: { from: Where, on: { From: Order.select, Group: Order.Group }, where: "\\"ValidityTo\\" is null", fields: { amount: { column: limit } } }
`);
      const other = await world.open(named);
      const plan = entities("identity { fullName } health { amount } visits(first: 5) { nodes { place } }", "", named);
      const { data } = await other.read(plan, request([nid(1), nid(2)]));
      expect(JSON.parse(JSON.stringify(data))).toEqual({
        _entities: [
          {
            identity: { fullName: "New" },
            health: { amount: "2.5" },
            visits: { nodes: [{ place: "1.5" }, { place: "2.5" }] },
          },
          { identity: null, health: null, visits: null },
        ],
      });
      await other.close();
    });

    test("statements are cut off; errors carry no value", async () => {
      const bad = configOf(world.yaml.replace("column: STS, codes", "column: NO_SUCH, codes"));
      const broken = await world.open(bad);
      await expect(broken.read(entities("health { status }", "", bad), request([nid(1)]))).rejects.toMatchObject({
        code: "SOURCE_INVALID",
        detail: expect.stringMatching(kind.noColumn) as unknown,
      });
      await broken.close();
      const slow = await world.open(withWhere(world.config, kind.slow));
      await expect(slow.read(entities("health { status }"), request([nid(1)]))).rejects.toMatchObject({
        code: "SOURCE_UNAVAILABLE",
        detail: kind.tooSlow,
      });
      await slow.close();
      expect(await world.ministry.health(AbortSignal.timeout(1000))).toEqual({
        ok: true,
        detail: "the database answers",
      });
      expect(await world.ministry.raw(nid(1), AbortSignal.timeout(1000))).toMatchObject([
        { table: "PASIEN_MST", row: { NO_KTP: "100-000-0001", NM1: "Amina" } },
      ]);
    });

    if (kind.writing)
      test("sessions are read-only", async () => {
        const { where = "", detail } = kind.writing ?? {};
        const writing = await world.open(withWhere(world.config, where));
        await expect(writing.read(entities("health { status }"), request([nid(1)]))).rejects.toMatchObject({
          code: "SOURCE_REFUSED",
          detail,
        });
        await writing.close();
      });
  });
