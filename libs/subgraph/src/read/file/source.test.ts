import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import excel from "exceljs";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  type CanonicalPerson,
  coordinate,
  parseAgreementId,
  parseOrgId,
  parseStrictYaml,
  type Scheme,
} from "#libs/terms";
import { compileRead } from "../compile.js";
import { adapterConfigSchema, type AdapterConfig } from "../config.js";
import { openMinistry } from "../ministry.js";
import type { Ministry, ReadRequest } from "../port.js";
import { subgraphSchema } from "../schema.js";
import { readCsv } from "./csv.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft register "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contracts = new URL("../../../../../contracts/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, contracts), "utf8");
const scheme = (name: string, pattern: RegExp, from: string, to: string): readonly [string, Scheme] => [
  name,
  { name, pattern, normalise: ["trim"], decoys: { from, to } },
];
const schemes = new Map([
  scheme("nid", /^\d{10}$/, "0000000000", "0000999999"),
  scheme("food-no", /^F\d{7}$/, "F9990000", "F9999999"),
  scheme("farm-no", /^A\d{7}$/, "A9990000", "A9999999"),
]);
const schemaOf = (ministry: string) =>
  subgraphSchema(`${read("prelude.graphql")}\n${read(`subgraphs/${ministry}/schema.graphql`)}`);
const configOf = (ministry: string) =>
  adapterConfigSchema.parse(parseStrictYaml(read(`subgraphs/${ministry}/adapter.yaml`)));
const sealKey = { kid: "p1", party: parseOrgId("org:food"), bytes: Buffer.alloc(64, 7) };
const nid = (n: number) => `nid:${String(1_000_000_000 + n)}` as CanonicalPerson;

function open(
  ministry: string,
  env: Record<string, string>,
  config: AdapterConfig = configOf(ministry),
): Promise<Ministry> {
  return openMinistry({ config, schema: schemaOf(ministry), schemes, env, sealKey });
}

async function ask(
  at: Ministry,
  ministry: string,
  selection: string,
  persons: readonly CanonicalPerson[],
  more: Partial<ReadRequest> = {},
) {
  const plan = compileRead(
    `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
    schemaOf(ministry),
    configOf(ministry),
  );
  const result = await at.read(plan, {
    persons,
    variables: {},
    withhold: (rows) => rows.map(() => new Set()),
    consenting: null,
    refOf: (person) => person,
    binding: { consumer: parseOrgId("org:welfare"), agreement: parseAgreementId("dsa-1") },
    now: new Date("2026-11-21T12:00:00Z"),
    signal: AbortSignal.timeout(5000),
    ...more,
  });
  const { _entities: entities } = JSON.parse(JSON.stringify(result.data)) as { _entities: unknown[] };
  return { ...result, entities };
}

const csvHead =
  "Registrum Alimentarium;;;;;;\n;;;;;;\nNumerus Civis;Numerus Cartae;Status Cartae;Inscriptus Die;Emendatus Die;Fons;Vicus\n";
const csvRow = (n: number, status = "VALIDA") =>
  `${1_000_000_000 + n};F${String(n).padStart(7, "0")};${status};05.03.2024;17.09.2026;dictum;Caf\u00E9\n`;
const latin1 = (text: string) => Buffer.from(text, "latin1");
const food = "foodSupport { status since asOf quality programme source }";
const held = {
  status: "ACTIVE",
  since: "2024-03-05",
  asOf: "2026-09-17",
  quality: "DECLARED",
  programme: "Food support",
  source: "Food support register",
};

test("a CSV register is read in place, in its own encoding and from its own header row", async () => {
  const file = path.join(folder, "food.csv");
  writeFileSync(file, latin1(csvHead + csvRow(1) + csvRow(2, "???") + csvRow(3, "-")));
  const ministry = await open("food", { FOOD_REGISTER_CSV: file });
  const { entities, errors, withheld, aliases, asOf } = await ask(ministry, "food", food, [
    nid(1),
    nid(2),
    nid(3),
    nid(4),
    "food-no:F0000001" as CanonicalPerson,
  ]);
  expect(entities).toEqual([
    { foodSupport: held },
    { foodSupport: { ...held, status: null } },
    { foodSupport: { ...held, status: null } },
    { foodSupport: null },
    { foodSupport: held },
  ]);
  expect(errors.map((error) => `${error.path.join(".")} ${error.extensions.code}`)).toEqual([
    "_entities.1.foodSupport.status SOURCE_INVALID",
    "_entities.3.foodSupport NOT_AVAILABLE",
  ]);
  expect({ withheld, asOf, aliases: aliases.length }).toEqual({ withheld: 1, asOf: "2026-09-17", aliases: 2 });
  expect(await ministry.raw(nid(1), AbortSignal.timeout(2000))).toMatchObject([
    { row: { "Numerus Civis": "1000000001", "Status Cartae": "VALIDA" } },
  ]);
});

test("a register that changes is read again; one that breaks off, or lacks a column, leaves the last good one", async () => {
  const file = path.join(folder, "changing.csv");
  writeFileSync(file, latin1(csvHead + csvRow(1)));
  const ministry = await open("food", { FOOD_REGISTER_CSV: file });
  const status = async (n: number) => {
    const { entities } = await ask(ministry, "food", "foodSupport { status }", [nid(n)]);
    return (entities[0] as { foodSupport: { status: string } | null }).foodSupport?.status;
  };
  expect([await status(1), await status(2)]).toEqual(["ACTIVE", undefined]);
  writeFileSync(file, latin1(csvHead + csvRow(1, "CLAUSA") + csvRow(2)));
  expect([await status(1), await status(2)]).toEqual(["EXITED", "ACTIVE"]);
  writeFileSync(file, latin1(csvHead + csvRow(1, "PETITA") + csvRow(3).slice(0, 14)));
  expect([await status(1), await status(2), await status(3)]).toEqual(["EXITED", "ACTIVE", undefined]);
  writeFileSync(file, latin1(csvHead.replace("Status Cartae", "Status") + csvRow(3)));
  expect(await status(1)).toBe("EXITED");
  const beside = path.join(folder, "beside.csv");
  writeFileSync(beside, latin1(csvHead + csvRow(3)));
  renameSync(beside, file);
  expect([await status(1), await status(3)]).toEqual([undefined, "ACTIVE"]);
});

test("a register that its ministry takes away is not answered from memory; saved anew or put back, it is there again", async () => {
  const file = path.join(folder, "taken.csv");
  writeFileSync(file, latin1(csvHead + csvRow(1)));
  const ministry = await open("food", { FOOD_REGISTER_CSV: file });
  const entities = async () => (await ask(ministry, "food", "foodSupport { status }", [nid(1)])).entities;
  const held = [{ foodSupport: { status: "ACTIVE" } }];
  expect(await entities()).toEqual(held);
  renameSync(file, `${file}.away`);
  await expect(entities()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE", retryAfter: 30 });
  const asked = entities();
  setTimeout(() => renameSync(`${file}.away`, file), 50);
  expect(await asked).toEqual(held);
});

test("rows that cannot be used are counted and do not stop the others", async () => {
  const file = path.join(folder, "rows.csv");
  writeFileSync(file, latin1(`${csvHead + csvRow(1)}a;b;c;d;e;f;g;too many\n;;;;;;\n${csvRow(2)}`));
  const ministry = await open("food", { FOOD_REGISTER_CSV: file });
  const { entities } = await ask(ministry, "food", "foodSupport { status }", [nid(1), nid(2)]);
  expect(entities).toEqual([{ foodSupport: { status: "ACTIVE" } }, { foodSupport: { status: "ACTIVE" } }]);
  expect(await ministry.health(AbortSignal.timeout(2000))).toEqual({
    ok: true,
    detail: "2 rows, 1 that could not be used",
  });
});

test("a number held twice is withheld, and withheld fields are not shown", async () => {
  const file = path.join(folder, "twice.csv");
  writeFileSync(file, latin1(csvHead + csvRow(1) + csvRow(1, "CLAUSA") + csvRow(2)));
  const ministry = await open("food", { FOOD_REGISTER_CSV: file });
  const { entities, counts } = await ask(ministry, "food", "foodSupport { status since }", [nid(1), nid(2)], {
    withhold: (rows) => rows.map(() => new Set([coordinate("FoodSupportEnrolment", "since")])),
  });
  expect(entities).toEqual([{ foodSupport: null }, { foodSupport: { status: "ACTIVE", since: null } }]);
  expect(counts).toMatchObject({ duplicates: 1, restricted: 1 });
});

test("without a readable register the source is unavailable", async () => {
  const ministry = await open("food", { FOOD_REGISTER_CSV: path.join(folder, "none.csv") });
  await expect(ask(ministry, "food", "foodSupport { status }", [nid(1)])).rejects.toMatchObject({
    code: "SOURCE_UNAVAILABLE",
  });
  expect((await ministry.health(AbortSignal.timeout(2000))).ok).toBe(false);
});

async function workbook(file: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  const book = new excel.Workbook();
  book.addWorksheet("Notes").addRow(["not here"]);
  const sheet = book.addWorksheet("Register 2026");
  sheet.addRows([["Farm inputs"], [], []]);
  sheet.addRow(["Reg. No", "National ID", "Season status", "Registered on", "Last visit", "Seen by"]);
  for (const row of rows) sheet.addRow([...row]);
  await book.xlsx.writeFile(file);
}

test("an XLSX register is read from its sheet: Excel's dates, serial dates, numbers, rich text and formulas", async () => {
  const file = path.join(folder, "farm.xlsx");
  await workbook(file, [
    ["A0000001", 1_000_000_001, "A", new Date(Date.UTC(2024, 2, 5)), 46_282, "nobody"],
    [
      "A0000002",
      "1000000002",
      { richText: [{ text: "S" }] },
      "2024-03-06",
      { formula: "46283", result: 46_283 },
      "officer",
    ],
  ]);
  const ministry = await open("farm", { FARM_REGISTER_XLSX: file });
  const { entities } = await ask(ministry, "farm", "farmInputs { status since asOf quality }", [
    nid(1),
    nid(2),
    nid(3),
  ]);
  expect(entities).toEqual([
    { farmInputs: { status: "ACTIVE", since: "2024-03-05", asOf: "2026-09-17", quality: "DECLARED" } },
    { farmInputs: { status: "SUSPENDED", since: "2024-03-06", asOf: "2026-09-18", quality: "VERIFIED" } },
    { farmInputs: null },
  ]);
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length / 2));
  expect((await ask(ministry, "farm", "farmInputs { status }", [nid(1)])).entities).toEqual([
    { farmInputs: { status: "ACTIVE" } },
  ]);
  await workbook(file, [["A0000001", 1_000_000_001, "X", null, null, null]]);
  expect((await ask(ministry, "farm", "farmInputs { status since }", [nid(1)])).entities).toEqual([
    { farmInputs: { status: "EXITED", since: null } },
  ]);
});

const cell = fc.string({
  unit: fc.constantFrom("a", "Z", "7", " ", ";", '"', "\n", "\u00E9", ",", "'", "|"),
  maxLength: 6,
});

test("whatever a cell holds, quoted CSV gives it back", async () => {
  const file = path.join(folder, "cells.csv");
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }),
      fc.constantFrom("\n", "\r\n"),
      async (rows, newline) => {
        const used = rows.filter((row) => row.some((text) => text.trim() !== ""));
        writeFileSync(file, [["k", "v"], ...rows].map((row) => row.map(quoted).join(";")).join(newline));
        const form = { delimiter: ";", quote: '"', encoding: "utf-8", headerRow: 1 };
        const found = await readCsv(file, form, new Set(["k", "v"]));
        expect(found.rows).toEqual(used.map(([k, v]) => ({ k: k === "" ? null : k, v: v === "" ? null : v })));
      },
    ),
    { numRuns: 60 },
  );
});
