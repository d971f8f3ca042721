import { createConnection, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CanonicalPerson, parseOrgId } from "#libs/terms";
import { compileRead } from "../../compile.js";
import type { Ministry, ReadRequest } from "../../port.js";
import { openMinistry } from "../../ministry.js";
import { subgraphSchema } from "../../schema.js";
import { schemes } from "../health.fixture.js";
import { configOf, request } from "../world.fixture.js";
import { mariadbKind, type MariadbServer, startLoggingMariadb } from "./mariadb.fixture.js";

const schema = subgraphSchema(`
extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key", "@shareable", "@inaccessible", "@composeDirective"])
  @link(url: "https://weft.example/weft/v1.0", import: ["@personal"]) @composeDirective(name: "@personal")
directive @personal(class: String!, category: String!) on FIELD_DEFINITION
scalar PersonRef
scalar Date
scalar Decimal
type Person @key(fields: "ref") { ref: PersonRef! row: Row @personal(class: "P2", category: "identity") }
type Query { everyone(first: Int!, after: String): RowPage }
type RowPage { nodes: [Row!]! pageInfo: PageInfo! }
type PageInfo @shareable { hasNextPage: Boolean! endCursor: String }
type Row { name: String city: String born: Date amount: Decimal active: Boolean count: String letter: String }
`);

const yaml = (more = "") => `
adapter: 1
provider: org:health
source: { kind: mariadb, url: env:DB${more} }
protect: { connections: 2, statementTimeout: PT2S, personsPerMinute: 600, queue: PT2S }
types:
  Person:
    from: orang
    identifiers: [ { scheme: nid, column: nik, pad: 10 }, { scheme: health-no, column: code } ]
    fields: { row: { type: Row } }
  Row:
    fields:
      name: { column: name }
      city: { column: city }
      born: { column: born }
      amount: { column: amount }
      active: { column: active }
      count: { column: count }
      letter: { column: letter }
lists:
  everyone: { of: Row, keyset: [no], maxRows: 50 }
`;

const created = [
  `create table orang (no int unsigned primary key auto_increment, nik bigint unsigned, code varchar(12) character set latin1 collate latin1_general_ci,
    name varchar(50) character set utf8mb4, city varchar(50) character set latin1, born date, amount decimal(30,4), active bit(1), count bigint unsigned,
    letter char(10) character set utf8mb4, key (nik), key (code))`,
  "set session sql_mode = ''",
  // What a program left that sent UTF-8 as if it were Latin-1: into a column of UTF-8, and into one of Latin-1.
  `insert into orang values
    (null, 7, 'H0007', convert(x'4A6F73C3A9' using latin1), convert(x'4D61CC8174C3A9' using latin1), '0000-00-00', 12345678901234567890.1200, b'1', 18446744073709551615, 'a  '),
    (null, 8, 'h0008', 'José', 'Rio', '2020-02-29', null, b'0', 0, ''),
    (null, 9, 'H0009', 'محمد', null, '2020-00-00', -0.5, null, null, null)`,
  "insert into orang (nik, code, name) select seq, concat('X', seq), 'n' from seq_1000_to_20999",
  "analyze table orang",
];

describe.skipIf(mariadbKind.missing !== undefined)(mariadbKind.missing ?? "MariaDB", () => {
  let server: MariadbServer;
  let ministry: Ministry;

  const open = (more = "") => openWith(yaml(more));

  const openWith = (mapping: string) =>
    openMinistry({
      config: configOf(mapping),
      schema,
      schemes,
      env: server.env,
      sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
    });

  const plan = compileRead(
    "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { row { name city born amount active count letter } } } }",
    schema,
    configOf(yaml()),
  );

  /** How the server goes about a statement of ours. */
  const explain = async (executed: string) => {
    const db = await createConnection({ uri: server.env["DB"] ?? "", charset: "UTF8MB4_BIN" });
    await db.query("set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'");
    const [steps] = await db.query<RowDataPacket[]>(`explain ${executed}`);
    await db.end();
    const text = (value: unknown) => (typeof value === "string" ? value : "");
    return steps.map((step) => ({
      table: text(step["table"]),
      type: text(step["type"]),
      key: text(step["key"]),
      extra: text(step["Extra"]),
    }));
  };

  /** How it reads the persons' table. */
  const stepsOf = async (executed: string) =>
    (await explain(executed)).filter(({ table }) => table === "orang").map(({ type, key }) => ({ type, key }));

  const rowsOf = async (of: Ministry, persons: readonly string[]) => {
    const result = await of.read(plan, request(persons as readonly CanonicalPerson[]));
    const { _entities } = JSON.parse(JSON.stringify(result.data)) as { _entities: { row: object | null }[] };
    return { rows: _entities.map(({ row }) => row), codes: result.errors.map(({ extensions }) => extensions.code) };
  };

  beforeAll(async () => {
    server = await startLoggingMariadb([]);
    await server.execute(created);
    ministry = await open();
  });

  afterAll(async () => {
    await ministry?.close();
    await server?.stop();
  });

  test("zero dates are nothing, half dates are not a day; bits, unsigned and decimal numbers come exactly", async () => {
    const { rows, codes } = await rowsOf(ministry, ["nid:0000000007", "nid:0000000008", "nid:0000000009"]);
    expect(rows).toMatchObject([
      { born: null, amount: "12345678901234567890.1200", active: true, count: "18446744073709551615", letter: "a" },
      { born: "2020-02-29", amount: null, active: false, count: "0", letter: null },
      { name: "محمد", born: null, amount: "-0.5000", active: null, count: null, letter: null },
    ]);
    expect(codes).toEqual(["SOURCE_INVALID"]);
  });

  test("text that was written as if the tables had another character set is read as meant, beside text that was not", async () => {
    const persons = ["nid:0000000007", "nid:0000000008", "nid:0000000009"];
    expect((await rowsOf(ministry, persons)).rows).toMatchObject([
      { name: "JosÃ©" },
      { name: "José" },
      { name: "محمد" },
    ]);
    const latin = await open(", charset: { declared: utf8mb4, bytes: latin1 }");
    expect((await rowsOf(latin, persons)).rows).toMatchObject([{ name: "José" }, { name: "José" }, { name: "محمد" }]);
    await latin.close();
    const utf = await open(", charset: { declared: latin1, bytes: utf8mb4 }");
    expect((await rowsOf(utf, persons)).rows).toMatchObject([
      { city: "Má".normalize("NFD") + "té" },
      { city: "Rio" },
      {},
    ]);
    await utf.close();
  });

  test("a collation that does not tell case or spaces apart finds nobody else's row", async () => {
    const { rows } = await rowsOf(ministry, [
      "health-no:H0007",
      "health-no:H0008",
      "health-no:H0007 ",
      "nid:0000000000",
    ]);
    expect(rows.map((row) => row !== null)).toEqual([true, false, false, false]);
  });

  test("keys are found by the index of their column, whatever its type and character set", async () => {
    const since = await server.logged();
    const persons = Array.from({ length: 50 }, (_, i) =>
      i % 2 === 0 ? `nid:000000${5000 + i}` : `health-no:X${6000 + i}`,
    );
    const { rows } = await rowsOf(ministry, persons);
    expect(rows.filter((row) => row !== null).length).toBeGreaterThanOrEqual(25);
    const asked = await server.statements(since);
    expect(asked).toHaveLength(2);
    for (const { executed } of asked) {
      const types = (await stepsOf(executed)).map(({ type }) => type);
      expect(types.length).toBeGreaterThan(0);
      expect(types.filter((type) => type !== "ref")).toEqual([]);
    }
  });

  test("where no index serves, the table is read once, and its rows are looked up among the keys", async () => {
    const trimmed = await openWith(yaml().replace("column: code }", "column: code, normalise: [trim] }"));
    const since = await server.logged();
    const { rows } = await rowsOf(trimmed, ["health-no:H0007", "health-no:X6000"]);
    expect(rows.map((row) => row !== null)).toEqual([true, false]);
    for (const { executed } of await server.statements(since)) {
      const steps = await explain(executed);
      expect(steps.filter(({ table, type }) => table === "orang" && type === "ALL")).toHaveLength(1);
      expect(steps.filter(({ table, key }) => table.startsWith("<derived") && key === "key0")).toHaveLength(1);
      expect(steps.filter(({ extra }) => extra.includes("join buffer"))).toEqual([]);
    }
    await trimmed.close();
  });

  test("a page by law is read in the order of its key, and one on consent by the keys of those who consented", async () => {
    const page = compileRead(
      "query($after: String) { everyone(first: 3, after: $after) { nodes { name } pageInfo { endCursor } } }",
      schema,
      configOf(yaml()),
    );
    const consenting = ["nid:0000005000", "nid:0000006000"].map((person) => ({
      person: person as CanonicalPerson,
      withheld: new Set<never>(),
    }));
    const byKeys = [
      { type: "ref", key: "nik" },
      { type: "ref", key: "code" },
    ];
    const stepsFor = async (more: Partial<ReadRequest>) => {
      const since = await server.logged();
      const { data } = await ministry.read(page, request([], more));
      const { everyone } = JSON.parse(JSON.stringify(data)) as { everyone: { pageInfo: { endCursor: string } } };
      await ministry.read(page, request([], { ...more, variables: { after: everyone.pageInfo.endCursor } }));
      const pages = (await server.statements(since)).filter(({ text }) => text.includes("union all select * from"));
      return stepsOf(pages.at(-1)?.executed ?? "");
    };
    // There are no keys to be looked up by law, and the other half is not read on consent.
    expect(await stepsFor({ consenting: null })).toEqual([{ type: "range", key: "PRIMARY" }, ...byKeys]);
    expect(await stepsFor({ consenting })).toEqual(byKeys);
  });

  test("what the server is asked is the same text whatever the keys, and nothing of them is in it", async () => {
    const since = await server.logged();
    for (const key of ["nid:0000000007", "nid:' or 1=1 -- ", 'nid:"; drop table orang; --', "nid:\\' or 1=1 -- "])
      await rowsOf(ministry, [key]);
    const texts = new Set((await server.statements(since)).map(({ text }) => text));
    expect(texts.size).toBe(2);
    for (const text of texts) expect(text).not.toMatch(/or 1=1|drop table|0000000007/);
  });

  test("an account that may not read a column is refused, by number alone", async () => {
    await server.execute([
      "create user narrow@'127.0.0.1'",
      "grant select (nik, code) on mis.orang to narrow@'127.0.0.1'",
    ]);
    const url = (server.env["DB"] ?? "").replace("weft@", "narrow@");
    const narrow = await openMinistry({
      config: configOf(yaml()),
      schema,
      schemes,
      env: { DB: url },
      sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
    });
    await expect(rowsOf(narrow, ["nid:0000000007"])).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
      detail: expect.stringMatching(/^SQLSTATE 42000, error 1143$/) as unknown,
    });
    await narrow.close();
  });

  test("a URL that brings options of its own is not opened", async () => {
    const env = { DB: `${server.env["DB"]}?multipleStatements=true` };
    const opened = openMinistry({
      config: configOf(yaml()),
      schema,
      schemes,
      env,
      sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
    });
    await expect(opened).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
