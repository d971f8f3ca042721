import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { CanonicalPerson } from "#libs/terms";
import { checkSource } from "../check-source.js";
import { compileRead } from "../compile.js";
import { openMinistry } from "../ministry.js";
import type { ReadRequest } from "../port.js";
import {
  configOf,
  contributions,
  head,
  members,
  memberTypes,
  nid,
  request,
  rosterList,
  schema,
  schemes,
  sealKey,
  ssn,
} from "../rest/insurance.fixture.js";

/** A ministry whose system nothing reads but a module of its own. What the module gives is never more than what was asked. */
const folder = mkdtempSync(path.join(tmpdir(), "weft-module-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const data = path.join(folder, "data.json");
writeFileSync(data, JSON.stringify({ members, contributions }));
const otherFile = path.join(folder, "other.mjs");
writeFileSync(otherFile, "export const join = () => 1;\n");

/** What a ministry would write. Each question is kept in a file, so that a test can look at it. */
const honest = `
import { appendFileSync, readFileSync } from "node:fs";
import type { ReadRows, Row } from "./hook.js";

export const read: ReadRows = async ({ resource, question, keys, columns, filters }, { settings }) => {
  appendFileSync(settings["asked"]!, JSON.stringify({ resource, question, keys, columns, filters }) + "\\n");
  const all = JSON.parse(readFileSync(settings["data"]!, "utf8"))[resource] as Record<string, string>[];
  const isAsked = (row: Record<string, string>) =>
    keys === null || Object.entries(keys).some(([column, some]) => some.includes(row[column]!));
  const fits = (row: Record<string, string>) =>
    Object.entries(filters).every(([name, values]) => values === null || values.includes(row[name]!));
  return all.filter((row) => isAsked(row) && fits(row)) as readonly Row[];
};
`;
/** Members, whoever is asked for, with what nobody asked for. */
const leaky = `
import { readFileSync } from "node:fs";
const { members } = JSON.parse(readFileSync(${JSON.stringify(data)}, "utf8"));
export const read = async () => members;
`;

let written = 0;
function moduleOf(text: string, extension = "mjs"): { readonly file: string; readonly sha256: string } {
  const file = path.join(folder, `module-${++written}.${extension}`);
  writeFileSync(file, text);
  return { file, sha256: createHash("sha256").update(text).digest("hex") };
}

function configWith(sha256: string, lists = true) {
  const source = `{ kind: module, file: "env:MODULE", sha256: "${sha256}", lists: ${lists}, settings: { data: "env:DATA", asked: "env:ASKED" } }`;
  const protect = "protect: { connections: 2, statementTimeout: PT0.3S, queue: PT0.2S, personsPerMinute: 600 }";
  return configOf(`${head(` ${source}`).replace(/protect: .*/, protect)}${memberTypes}${lists ? rosterList : ""}`);
}

async function opened(text: string, extension?: string) {
  const { file, sha256 } = moduleOf(text, extension);
  const config = configWith(sha256);
  const env = { MODULE: file, DATA: data, ASKED: `${file}.asked` };
  const ministry = await openMinistry({ config, schema, schemes, env, sealKey });
  const ask = async (selection: string, persons: readonly CanonicalPerson[], more: Partial<ReadRequest> = {}) => {
    const plan = compileRead(
      `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { ${selection} } } }`,
      schema,
      config,
    );
    const { data: read } = await ministry.read(plan, request(persons, more));
    return (JSON.parse(JSON.stringify(read)) as { _entities: unknown[] })._entities;
  };
  const asked = () =>
    readFileSync(`${file}.asked`, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { question: string; keys: Record<string, string[]>; columns: string[] });
  const health = async () => (await ministry.health(AbortSignal.timeout(1000))).detail;
  return { config, ministry, file, ask, asked, health };
}

test("a module of the ministry's own, in TypeScript, is asked once for all persons, and only for columns that are needed", async () => {
  const { ask, asked } = await opened(honest, "ts");
  expect(await ask("member { status wage }", [nid(1), ssn(2), nid(9)])).toEqual([
    { member: { status: "ACTIVE", wage: "1201.50" } },
    { member: { status: "EXITED", wage: "1202.50" } },
    { member: null },
  ]);
  const [identify, values, more] = asked();
  expect(more).toBeUndefined();
  expect([identify?.question, identify?.columns]).toEqual(["identify", ["nid", "ssn"]]);
  expect(values?.columns.toSorted()).toEqual(["changed", "nid", "ssn", "status", "wage"]);
  expect(Object.values(values!.keys).map((keys) => keys.length)).toEqual([3, 3]);
});

test("whoever is withheld is not asked for, and neither the calls nor their keys are fewer", async () => {
  const { ask, asked } = await opened(honest, "ts");
  const withhold: ReadRequest["withhold"] = (rows) =>
    rows.map(({ person }) => (person === nid(2) ? "everything" : new Set()));
  expect(await ask("member { wage }", [nid(1), nid(2)], { withhold })).toEqual([
    { member: { wage: "1201.50" } },
    { member: null },
  ]);
  const [, values] = asked();
  expect(JSON.stringify(values)).not.toMatch(/1000000002|S0000002/);
  expect(values?.keys["nid"]).toHaveLength(2);
});

test("a person's own list and a list of everybody are filtered, ordered and cut by Weft", async () => {
  const { ask, config, ministry } = await opened(honest, "ts");
  expect(await ask("contributions(first: 2) { nodes { month } }", [nid(1)])).toEqual([
    { contributions: { nodes: [{ month: "2026-05-01" }, { month: "2026-04-01" }] } },
  ]);
  const roster = compileRead('{ roster(district: "07", status: EXITED, first: 1) { nodes { wage } } }', schema, config);
  const { data: read } = await ministry.read(roster, request([]));
  expect(JSON.parse(JSON.stringify(read))).toEqual({ roster: { nodes: [{ wage: "1202.50" }] } });
});

test("rows of persons who were not asked are dropped and counted, and columns that were not asked are dropped", async () => {
  const { ask, health, ministry } = await opened(leaky);
  expect(await ask("member { wage }", [nid(1)])).toEqual([{ member: { wage: "1201.50" } }]);
  expect(await health()).toBe("the module is loaded; 2 calls, 12 rows of nobody who was asked were dropped");
  const raw = JSON.stringify(await ministry.raw(nid(1), AbortSignal.timeout(1000)));
  expect(raw).not.toContain("S0000002");
});

const unsaid = "secret of 1000000001";
test.each([
  ["throws", `throw new Error("${unsaid}")`, { code: "SOURCE_UNAVAILABLE", detail: "the module failed" }],
  ["throws what is no error", `throw "${unsaid}"`, { code: "SOURCE_UNAVAILABLE", detail: "the module failed" }],
  [
    "throws an error as ours are",
    `throw Object.assign(new Error("x"), { name: "WeftError", code: "NOT_AVAILABLE", detail: "${unsaid}" })`,
    { code: "SOURCE_UNAVAILABLE", detail: "the module failed" },
  ],
  ["never ends", "await new Promise(() => undefined)", { code: "SOURCE_UNAVAILABLE", detail: "deadline" }],
  [
    "gives no list",
    `return { rows: ["${unsaid}"] }`,
    { code: "SOURCE_INVALID", detail: "the module's answer is no list of rows" },
  ],
  [
    "gives rows that are none",
    `return ["${unsaid}"]`,
    { code: "SOURCE_INVALID", detail: "the module's answer is no list of rows" },
  ],
  ["gives nothing", "", { code: "SOURCE_INVALID", detail: "the module's answer is no list of rows" }],
  [
    "gives a circle",
    "const row = {}; row.row = row; return [row]",
    { code: "SOURCE_INVALID", detail: "the module's answer is no list of rows" },
  ],
  [
    "gives without end",
    'return [{ nid: "x".repeat(5 * 1024 * 1024) }]',
    { code: "SOURCE_INVALID", detail: "too large" },
  ],
])("a module that %s is said to fail, without a word of its own", async (_how, body, want) => {
  const { ask } = await opened(`export const read = async () => { ${body} };`);
  const said: unknown = await ask("member { wage }", [nid(1)]).catch((error: unknown) => error);
  expect(said).toMatchObject(want);
  expect(JSON.stringify([said, String(said), (said as Error).stack])).not.toContain(unsaid);
});

test("a module that does not end is asked no more than `protect` allows", async () => {
  const { ask } = await opened("export const read = () => new Promise(() => undefined);");
  const said = await Promise.all(
    [1, 2, 3].map((n) => ask("member { wage }", [nid(n)]).catch((error: unknown) => error)),
  );
  expect(said.map((error) => (error as { detail: string }).detail).toSorted()).toEqual([
    "deadline",
    "deadline",
    "no free turn",
  ]);
});

test("what it is given is its own: it cannot change what is asked or what settings say", async () => {
  const { ask } = await opened(`
    import { readFileSync } from "node:fs";
    export const read = async ({ keys, columns, question }, { settings }) => {
      for (const some of Object.values(keys)) some.push("1000000002");
      columns.push("district");
      try { question = "page"; settings.data = "elsewhere"; } catch {}
      return JSON.parse(readFileSync(settings.data, "utf8")).members;
    };`);
  expect(await ask("member { wage }", [nid(1)])).toEqual([{ member: { wage: "1201.50" } }]);
});

const openWith = (file: string, sha256: string) =>
  openMinistry({
    config: configWith(sha256),
    schema,
    schemes,
    env: { MODULE: file, DATA: data, ASKED: data },
    sealKey,
  });
const refusal = (detail: string) => ({ code: "CONFIG_INVALID", detail: `the module of adapter.yaml: ${detail}` });

test("a file that is not the one that was signed is refused, and one that changes later does not run", async () => {
  const { ask, file, config } = await opened(leaky);
  appendFileSync(file, "export const more = 1;\n");
  expect(await ask("member { wage }", [nid(1)])).toEqual([{ member: { wage: "1201.50" } }]);
  const { sha256 } = config.source as { sha256: string };
  await expect(openWith(file, sha256)).rejects.toMatchObject(
    refusal("its file is not the one whose SHA-256 adapter.yaml says"),
  );
});

test.each([
  ["brings other files along", 'import "./other.js"; export const read = async () => [];', "mjs", "it does not load"],
  [
    "brings a package along",
    'import axios from "axios"; export const read = async () => [axios];',
    "mjs",
    "it does not load",
  ],
  [
    "brings a file along by its whole address",
    `import { join } from "${pathToFileURL(otherFile).href}"; export const read = async () => [join];`,
    "mjs",
    "it does not load",
  ],
  [
    "brings a text along",
    'import "data:text/javascript,export default 1"; export const read = async () => [];',
    "mjs",
    "it does not load",
  ],
  ["exports something else", "export default async () => [];", "mjs", "it exports no function `read`"],
  ["does not parse", "export const read = (", "mjs", "it does not load"],
  [
    "is TypeScript with code of its own",
    "enum A { B } export const read = async () => [A];",
    "ts",
    "TypeScript that does more than name types",
  ],
])("a module that %s is refused", async (_how, text, extension, detail) => {
  const { file, sha256 } = moduleOf(text, extension);
  await expect(openWith(file, sha256)).rejects.toMatchObject(refusal(detail));
});

test("what a module would bring along later is not loaded either", async () => {
  const address = JSON.stringify(pathToFileURL(otherFile).href);
  const { ask } = await opened(`export const read = async () => { await import(${address}); return []; };`);
  const read = ask("member { wage }", [nid(1)]);
  await expect(read).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE", detail: "the module failed" });
});

test("what a module cannot be asked is said before it is asked", () => {
  const sha256 = "0".repeat(64);
  const problems = (config: ReturnType<typeof configWith>) =>
    checkSource(config).map(({ at, wrong }) => `${at.join(".")}: ${wrong}`);
  expect(problems(configWith(sha256))).toEqual([]);
  const unlisted = { ...configWith(sha256), source: configWith(sha256, false).source };
  expect(problems(unlisted)).toEqual(["source.lists: `lists` of a module that answers no `page`"]);
});
