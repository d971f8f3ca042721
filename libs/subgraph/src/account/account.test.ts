import { expect, test } from "vitest";
import { parseStrictYaml } from "#libs/terms";
import { adapterConfigSchema } from "../read/config.js";
import { yamlOn } from "../read/sql/health.fixture.js";
import { grantStatements } from "./grants.js";
import { judgeAccount, untolerated } from "./judge.js";
import { keysOfMapping, neededColumns } from "./needed.js";
import type { AccountReport } from "./report.js";

const configOn = (source: string) => adapterConfigSchema.parse(parseStrictYaml(yamlOn(source)));
const config = configOn("{ kind: postgres, url: env:DB }");
const mapped = [...neededColumns(config)].map(([table, reads]) => ({ table, reads, writes: false }));
const indexed = keysOfMapping(config).map(({ table, columns, isExpression }) => ({
  table,
  first: isExpression ? [""] : columns,
  rows: null,
}));
const merged = [...Map.groupBy(indexed, ({ table }) => table)].map(([table, all]) => ({
  table,
  first: all.flatMap(({ first }) => first),
  rows: null,
}));
const sound: AccountReport = { powers: [], tables: mapped, indexes: merged };

test("what a mapping needs holds the columns that its conditions in SQL name", () => {
  expect(neededColumns(config).get("PASIEN_MST")).toEqual([
    "ID",
    "LAHIR",
    "NM1",
    "NM2",
    "NO",
    "NO_KTP",
    "STS_REC",
    "SUMBER",
    "UBAH",
  ]);
  expect(neededColumns(config).get("VISIT")).toEqual(["NO", "NO_PS", "TEMPAT", "TGL"]);
});

test("an account that reads what is mapped, with an index for each key, is as it should be", () => {
  expect(judgeAccount(config, sound)).toEqual([]);
});

test("each right more is told: powers, writing, a column and a table that nothing maps", () => {
  const [first, ...rest] = mapped;
  const tables = [
    { ...first!, writes: true },
    ...rest,
    { table: "PASIEN_MST", reads: ["NM1", "ALAMAT"], writes: false },
    { table: "other.SECRET", reads: ["a", "b"], writes: false },
  ];
  const said = judgeAccount(config, { ...sound, powers: ["is a superuser"], tables }).map(({ wrong }) => wrong);
  expect(said).toEqual([
    "the account is a superuser",
    `the account may write in ${first!.table}`,
    "the account may read PASIEN_MST: ALAMAT, which nothing maps",
    "the account may read other.SECRET: a, b, which nothing maps",
  ]);
});

test("a key without an index is told with the statement that makes one; not where the table is small, nor where it is tolerated", () => {
  const without = (rows: number | null) =>
    merged.map((each) => (each.table === "STATUS" ? { ...each, first: ["UBAH"], rows } : each));
  const problems = judgeAccount(config, { ...sound, indexes: without(null) });
  expect(problems).toEqual([
    {
      what: "tableScan",
      wrong: "each look-up in STATUS by NO_PS reads the whole table",
      remedy: 'create index concurrently on "STATUS" ("NO_PS");',
    },
  ]);
  expect(judgeAccount(config, { ...sound, indexes: without(20) })).toEqual([]);
  expect(judgeAccount(config, { ...sound, indexes: without(20_000) })).toHaveLength(1);
  const tolerant = { ...config, protect: { ...config.protect, tolerates: ["tableScan" as const] } };
  expect(untolerated(tolerant, problems)).toEqual([]);
});

test("grants name exactly the mapped columns, in each database's own words", () => {
  const postgres = grantStatements(config, "health").join("\n");
  expect(postgres).toContain("connection limit 3 ");
  expect(postgres).toContain("alter role weft_health set default_transaction_read_only = on;");
  expect(postgres).toContain("grant select (code, label) on public.district_ref to weft_health;");
  expect(postgres).toContain('grant select ("BATAL", "NO_PS") on public."KEMATIAN" to weft_health;');
  const mariadb = grantStatements(configOn("{ kind: mariadb, url: env:DB }"), "health").join("\n");
  expect(mariadb).toContain("with max_user_connections 3;");
  expect(mariadb).toContain("grant select (`BATAL`, `NO_PS`) on `KEMATIAN` to 'weft_health'@'…';");
  expect(grantStatements(configOn("{ kind: sqlite, file: env:DB }"), "health").join("\n")).toContain(
    "SQLite has no accounts",
  );
});
