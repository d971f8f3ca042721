import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CanonicalPerson, coordinate } from "#libs/terms";
import { compileRead } from "../compile.js";
import type { AdapterConfig } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { configOf, members, nid, request, schema, schemes, sealKey, type Service, ssn } from "./insurance.fixture.js";
import { kinds } from "./kinds.fixture.js";

const memberFields = "member { status since wage source asOf quality }";
const read = (n: number) => ({
  member: {
    status: n % 2 === 1 ? "ACTIVE" : "EXITED",
    since: "2024-03-05",
    wage: `120${n}.50`,
    source: "Insurance",
    asOf: "2026-09-17",
    quality: n === 1 ? "DECLARED" : "VERIFIED",
  },
});

for (const kind of kinds)
  describe(kind.name, () => {
    const config: AdapterConfig = configOf(kind.yaml);
    let service: Service;
    let ministry: Ministry;

    beforeAll(async () => {
      service = await kind.start();
      ministry = await openMinistry({ config, schema, schemes, env: service.env, sealKey });
    });
    beforeEach(() => {
      service.asked.splice(0);
      service.trouble = undefined;
      service.pageSize = 100;
    });
    afterAll(async () => {
      await ministry?.close();
      service?.stop();
    });

    const compiled = (selection: string, variables = "") =>
      compileRead(
        `query($representations: [_Any!]!${variables}) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
        schema,
        config,
      );

    async function ask(
      selection: string,
      persons: readonly CanonicalPerson[],
      more: Partial<ReadRequest> = {},
      variables = "",
    ) {
      const result = await ministry.read(compiled(selection, variables), request(persons, more));
      return { ...result, entities: (JSON.parse(JSON.stringify(result.data)) as { _entities: unknown[] })._entities };
    }

    const keysOf = (what: string) => service.asked.filter((one) => one.what === what).map(({ keys }) => keys);

    test("N persons are one question, with keys of every person and no column that is not needed", async () => {
      const { entities, aliases } = await ask(memberFields, [nid(1), ssn(2), nid(9)]);
      expect(entities).toEqual([read(1), read(2), { member: null }]);
      expect(aliases).toEqual([ssn(1), nid(2)]);
      expect(service.asked).toHaveLength(kind.calls(3));
      for (const { keys } of service.asked) expect(keys).toHaveLength(6);
      const columns = service.asked.at(-1)?.columns;
      if (columns) expect(columns).not.toContain("district");
    });

    test("whoever is withheld is not asked for, and neither the calls nor their keys are fewer", async () => {
      const persons = [nid(1), nid(2), nid(3)];
      await ask(`${memberFields} contributions(first: 3) { nodes { month } }`, persons);
      const calls = () => service.asked.map(({ what, keys }) => `${what} ${keys.length}`).toSorted();
      const everybody = calls();
      service.asked.splice(0);
      const { entities } = await ask(`${memberFields} contributions(first: 3) { nodes { month } }`, persons, {
        withhold: (rows) => rows.map((row) => (row.person === nid(2) ? "everything" : new Set())),
      });
      expect(entities[1]).toEqual({ member: null, contributions: null });
      expect(calls()).toEqual(everybody);
      const [, ...later] = service.asked;
      expect(JSON.stringify(later.map(({ keys }) => keys))).not.toMatch(/1000000002|S0000002/);
      expect(JSON.stringify(later.map(({ keys }) => keys))).toMatch(/1000000003/);
    });

    test("a field that is withheld from one is not asked for that one, and is no other's loss", async () => {
      const wage = coordinate("Member", "wage");
      const { entities } = await ask("member { status wage }", [nid(1), nid(2), nid(3)], {
        withhold: (rows) => rows.map((row) => (row.person === nid(2) ? new Set([wage]) : new Set())),
      });
      expect(entities.map((one) => (one as ReturnType<typeof read>).member.wage)).toEqual(["1201.50", null, "1203.50"]);
      const values = service.asked.filter(({ columns, what }) => columns !== null && what !== "numbers");
      for (const { keys, columns } of values.filter(({ columns: some }) => some!.length > 0)) {
        expect(keys).toHaveLength(6);
        expect(columns?.includes("wage")).toBe(!keys.includes("1000000002"));
      }
    });

    if (kind.pages)
      test("answers of several pages are one answer, and never a shorter one", async () => {
        service.pageSize = 2;
        const { entities } = await ask("member { wage }", [nid(1), nid(2), nid(3), nid(4)]);
        expect(entities).toEqual([1, 2, 3, 4].map((n) => ({ member: { wage: `120${n}.50` } })));
        service.pageSize = 0;
        await expect(ask("member { wage }", [nid(1)])).rejects.toMatchObject({
          code: "SOURCE_INVALID",
          detail: "more than 5 pages",
        });
      });

    test("a person who is held twice is withheld; what nobody can read is said of that field alone", async () => {
      const { entities, errors, counts } = await ask("member { status since wage }", [nid(5), nid(7)]);
      expect(entities).toEqual([{ member: null }, { member: { status: null, since: "2024-03-05", wage: null } }]);
      expect(errors.map(({ path, extensions }) => [path.slice(1).join("."), extensions.code])).toEqual([
        ["0.member", "NOT_AVAILABLE"],
        ["1.member.status", "SOURCE_INVALID"],
        ["1.member.wage", "SOURCE_INVALID"],
      ]);
      expect(counts.duplicates).toBe(1);
      expect([...counts.unreadable]).toEqual([
        ["Member.status", 1],
        ["Member.wage", 1],
      ]);
    });

    test("a person's own list is newest first, filtered and in pages", async () => {
      interface Page {
        readonly contributions: {
          readonly nodes: readonly object[];
          readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
        };
      }
      const selection =
        "contributions(from: $from, first: 2, after: $after) { nodes { month amount } pageInfo { hasNextPage endCursor } }";
      const page = async (persons: readonly CanonicalPerson[], after: string | null) =>
        (await ask(selection, persons, { variables: { from: "2026-03-01", after } }, ", $from: Date!, $after: String"))
          .entities as readonly Page[];
      const [first, nobody] = await page([nid(1), nid(2)], null);
      expect(first?.contributions.nodes).toEqual([
        { month: "2026-05-01", amount: "105.5" },
        { month: "2026-04-01", amount: "104.5" },
      ]);
      expect(nobody?.contributions).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
      const [next] = await page([nid(1)], first?.contributions.pageInfo.endCursor ?? null);
      expect(next?.contributions.nodes).toEqual([{ month: "2026-03-01", amount: "103.5" }]);
      expect(next?.contributions.pageInfo.hasNextPage).toBe(false);
    });

    test("strings that would be something else are keys like any other", async () => {
      const evil = [
        "\"'`;--",
        "</nid><nid>1000000001",
        "<![CDATA[x]]></nid><nid>1000000001</nid><nid><![CDATA[x]]>",
        "&amp;",
        "a|b,c",
        "\u{0}\ud800",
        "$nid",
        "{}",
      ];
      const { entities } = await ask("member { wage }", [
        ...evil.map((one) => `nid:${one}` as CanonicalPerson),
        nid(1),
      ]);
      expect(entities).toEqual([...evil.map(() => ({ member: null })), { member: { wage: "1201.50" } }]);
      for (const { keys, what } of service.asked)
        if (what === "numbers") expect(keys).toHaveLength(2 * (evil.length + 1));
    });

    const roster = () =>
      compileRead(
        'query($first: Int!, $after: String) { roster(district: "07", first: $first, after: $after) { nodes { wage } pageInfo { hasNextPage endCursor } } }',
        schema,
        config,
      );
    const listed = async (variables: object, more: Partial<ReadRequest> = {}) => {
      const { data } = await ministry.read(roster(), request([], { variables: { ...variables }, ...more }));
      return (JSON.parse(JSON.stringify(data)) as { roster: { nodes: object[]; pageInfo: { endCursor: string } } })
        .roster;
    };
    test("a list is read in pages, and its values afterwards", async () => {
      const first = await listed({ first: 2, after: null });
      expect(first).toMatchObject({
        nodes: [{ wage: "1201.50" }, { wage: "1202.50" }],
        pageInfo: { hasNextPage: true },
      });
      expect(keysOf("roster")).toHaveLength(1);
      // 5 and 6 share a number, and nobody can read what 7 earns.
      expect(await listed({ first: 9, after: first.pageInfo.endCursor })).toMatchObject({
        nodes: [{ wage: "1203.50" }, { wage: "1204.50" }, { wage: null }],
        pageInfo: { hasNextPage: false },
      });
    });

    test("a list on consent shows who consented and nobody else", async () => {
      const consenting = [nid(2), ssn(4)].map((person) => ({ person, withheld: new Set<never>() }));
      const withhold: ReadRequest["withhold"] = (rows) =>
        rows.map(({ person }) => (person === nid(2) || person === nid(4) ? new Set() : "everything"));
      const only = { first: 9, after: null };
      expect((await listed(only, { consenting, withhold })).nodes).toEqual([{ wage: "1202.50" }, { wage: "1204.50" }]);
      expect((await listed(only, { consenting: [], withhold: (rows) => rows.map(() => "everything") })).nodes).toEqual(
        [],
      );
    });

    test("for the ministry's own eyes whole rows are read", async () => {
      const raw = await ministry.raw(nid(1), AbortSignal.timeout(5000));
      const numbers = raw.map(({ table, row }) => `${table} ${JSON.stringify(row)}`).join("\n");
      expect(numbers).toContain(members[0]!.nid);
      expect(numbers).toContain("1201.50");
      expect(raw.filter(({ table }) => table === "contributions")).toHaveLength(5);
      expect(numbers).not.toContain(members[1]!.nid);
      expect(await ministry.health(AbortSignal.timeout(5000))).toEqual({ ok: true, detail: "the service answers" });
    });

    const failures: readonly (readonly [string, Service["trouble"], object])[] = [
      [
        "busy",
        (response) => response.writeHead(429, { "retry-after": "30" }).end("1000000001"),
        { code: "SOURCE_UNAVAILABLE", detail: "HTTP 429", retryAfter: 30 },
      ],
      [
        "broken",
        (response) => response.writeHead(503).end("stack"),
        { code: "SOURCE_UNAVAILABLE", detail: "HTTP 503" },
      ],
      ["refusing", (response) => response.writeHead(403).end(), { code: "SOURCE_REFUSED", detail: "HTTP 403" }],
      [
        "redirecting",
        (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
        { code: "SOURCE_REFUSED", detail: "HTTP 302" },
      ],
      ["answering nonsense", (response) => response.end(kind.nonsense), { code: "SOURCE_INVALID" }],
      ["answering nothing", (response) => response.end(), { code: "SOURCE_INVALID" }],
      [
        "answering without end",
        (response) => response.writeHead(200).end("x".repeat(5 * 1024 * 1024)),
        { code: "SOURCE_INVALID", detail: "too large, or not HTTP" },
      ],
      ["hanging up", (response) => response.destroy(), { code: "SOURCE_UNAVAILABLE" }],
    ];
    test.each(failures)("a MIS that is %s is said to be so, without a word of its own", async (_how, trouble, want) => {
      service.trouble = trouble;
      const said: unknown = await ask("member { wage }", [nid(1)]).catch((error: unknown) => error);
      expect(said).toMatchObject(want);
      expect(String((said as { detail?: string }).detail)).not.toContain("1000000001");
    });

    test("a deadline ends the call", async () => {
      service.trouble = () => undefined;
      await expect(ask("member { wage }", [nid(1)], { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
        code: "SOURCE_UNAVAILABLE",
      });
    });
  });
