import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseOrgId } from "#libs/terms";
import { compileRead } from "../../compile.js";
import type { Ministry } from "../../port.js";
import { openMinistry } from "../../ministry.js";
import { schemes, tables, yamlOn } from "../health.fixture.js";
import type { FixtureServer } from "../kind.fixture.js";
import { configOf, nid, request, schema } from "../world.fixture.js";
import { sqliteKind } from "./sqlite.fixture.js";

const config = configOf(yamlOn(sqliteKind.source).replace("PT0.5S", "PT5S"));
const plan = compileRead(
  "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { identity { fullName } } } }",
  schema,
  config,
);
let made: FixtureServer;
let folder: string;
let file: string;
let ministry: Ministry;

const open = (which = config) =>
  openMinistry({
    config: which,
    schema,
    schemes,
    env: { FILE: file },
    sealKey: { kid: "p1", party: parseOrgId("org:health"), bytes: Buffer.alloc(64, 7) },
  });

beforeEach(async () => {
  made = await sqliteKind.start(tables);
  folder = mkdtempSync(path.join(tmpdir(), "weft-sqlite-file-"));
  file = path.join(folder, "mis.db");
  copyFileSync(made.env["FILE"] ?? "", file);
  ministry = await open();
});

afterEach(async () => {
  await ministry.close();
  await made.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function nameOf(n: number): Promise<unknown> {
  const { data } = await ministry.read(plan, request([nid(n)]));
  return (JSON.parse(JSON.stringify(data)) as { _entities: { identity: { fullName: string } | null }[] })._entities[0]
    ?.identity?.fullName;
}

function change(statement: string, to = file): void {
  const db = new DatabaseSync(to);
  db.exec("pragma synchronous = off");
  db.exec(statement);
  db.close();
}

test("a file that changes, or is replaced by another, is noticed; one that is gone is not answered from memory", async () => {
  expect(await nameOf(1)).toBe("Amina Dawar");
  change(`update PASIEN_MST set NM1 = 'Changed' where NO = 1`);
  expect(await nameOf(1)).toBe("Changed Dawar");
  const other = path.join(folder, "other.db");
  copyFileSync(made.env["FILE"] ?? "", other);
  change(`update PASIEN_MST set NM1 = 'Replaced' where NO = 1`, other);
  renameSync(other, file);
  expect(await nameOf(1)).toBe("Replaced Dawar");
  rmSync(file);
  await expect(nameOf(1)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
});

test("nothing is written beside a file with a write-ahead log, whether or not its MIS has it open", async () => {
  change("pragma journal_mode = wal");
  expect(readdirSync(folder)).toEqual(["mis.db"]);
  expect(await nameOf(1)).toBe("Amina Dawar");
  expect(readdirSync(folder)).toEqual(["mis.db"]);
  const mis = new DatabaseSync(file);
  mis.exec(`update PASIEN_MST set NM1 = 'Logged' where NO = 1`);
  const beside = readdirSync(folder).sort();
  expect(beside).toContain("mis.db-wal");
  expect(await nameOf(1)).toBe("Logged Dawar");
  expect(readdirSync(folder).sort()).toEqual(beside);
  mis.close();
  expect(await nameOf(1)).toBe("Logged Dawar");
  expect(readdirSync(folder)).toEqual(["mis.db"]);
});

test("a slow statement holds up neither the adapter nor the other connection", async () => {
  const person = { ...config.types["Person"]!, where: sqliteKind.slow };
  const protect = { ...config.protect, statementTimeout: "PT0.2S" };
  const slow = await open({ ...config, protect, types: { ...config.types, Person: person } });
  const refused = expect(slow.read(plan, request([nid(1)]))).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  let turns = 0;
  const turning = setInterval(() => turns++, 5);
  expect(await nameOf(1)).toBe("Amina Dawar");
  await refused;
  clearInterval(turning);
  expect(turns).toBeGreaterThan(5);
  await slow.close();
});

test("no condition reaches beyond reading this file", async () => {
  const wheres = [
    "load_extension('x') is null",
    "(select count(*) from pragma_database_list) > 0",
    "readfile('x') is null",
  ];
  for (const where of wheres) {
    const reaching = await open({
      ...config,
      types: { ...config.types, Person: { ...config.types["Person"]!, where } },
    });
    await expect(reaching.read(plan, request([nid(1)]))).rejects.toMatchObject({
      code: expect.stringMatching(/^SOURCE_(REFUSED|INVALID)$/) as unknown,
    });
    await reaching.close();
  }
});

test("a look-up without an index is told with the statement that makes one, and once made it is well", async () => {
  const scans = async () =>
    (await ministry.account(AbortSignal.timeout(5000))).filter(({ what }) => what === "tableScan");
  expect(await scans()).toEqual([]);
  change(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) insert into "KEMATIAN" ("NO_PS") select i from n`,
  );
  expect(await scans()).toEqual([
    {
      what: "tableScan",
      wrong: "each look-up in KEMATIAN by NO_PS reads the whole table",
      remedy: 'create index "weft_NO_PS" on "KEMATIAN" ("NO_PS");',
    },
  ]);
  change('create index "of_some" on "KEMATIAN" ("NO_PS") where "NO_PS" > 5');
  expect(await scans()).toHaveLength(1);
  change('create index "weft_NO_PS" on "KEMATIAN" ("NO_PS");');
  expect(await scans()).toEqual([]);
});
