import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { editsIn, readChapter } from "../../../apps/sandbox/src/joining/chapter.js";
import { type Ground, openGround } from "../../../apps/sandbox/src/joining/ground.js";
import { type Audience, type Joining, type Told, walk, type Walked } from "../../../apps/sandbox/src/joining/walk.js";
import { reservePort } from "../../../apps/sandbox/src/ports.js";
import { copyOfCountry } from "../country.js";
import { insuranceMis } from "./insurance-mis.js";

/**
 * To a ministry whose system nobody here designed: the README's chapter is the script for you too. A PostgreSQL of some eighty mixed-case
 * tables with validity-dated rows, from its address to a first lawful answer through the gateway.
 */
const folder = mkdtempSync(path.join(tmpdir(), "weft-eighty-"));
const mis = insuranceMis(600);
const SOMEBODY = "4000000003";
const edits = editsIn(
  `--- schema.graphql
-  insuree: Insuree @personal(class: P3, category: "socio-economic") @release(purposes: [], bases: [])
+  insuree: Insuree @personal(class: P3, category: "socio-economic") @release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK])
-type Insuree implements Sourced @release(purposes: [], bases: []) {
+type Insuree implements Sourced @release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK]) {`.split("\n"),
);
let ground: Ground;
let owner: pg.Client;
let walked: Walked;
const shown: string[] = [];
const audience: Audience = {
  heading: () => undefined,
  command: (text) => shown.push(text),
  said: ({ said }) => shown.push(said),
  edits: () => undefined,
};

beforeAll(async () => {
  const people = 2000;
  ground = await openGround({ folder, people, consumer: "welfare", dataDir: await copyOfCountry(people) });
  const url = ground.network.superuserUrl("imis");
  const server = new pg.Client({ connectionString: ground.network.superuserUrl("postgres") });
  await server.connect();
  await server.query("create database imis");
  await server.end();
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(`begin; ${[...mis.ddl, ...mis.rows].join(";\n")}; commit; analyze`);
}, 120_000);
afterAll(async () => {
  await walked?.stop();
  await owner?.end();
  await ground?.stop();
  for (const left of [folder, ground?.network.dataDir]) if (left) rmSync(left, { recursive: true, force: true });
});

/** Runs what the draft printed, and makes the index that it asked for. */
async function administer(statements: string): Promise<string> {
  await owner.query(statements.replaceAll("'…'", "'chosen'"));
  await owner.query('create index concurrently on "tblClaim" ("InsureeID")');
  const url = new URL(ground.network.superuserUrl("imis"));
  [url.username, url.password] = ["weft_fund", "chosen"];
  return url.href;
}

async function joining(): Promise<Joining> {
  const port = await reservePort();
  const variables = {
    MINISTRY: "fund",
    NAME_EN: "Health Insurance Fund",
    NAME_FR: "Caisse d'assurance maladie",
    NAME_AR: "صندوق التأمين الصحي",
    DPO: "dpo@fund.orvanda.example",
    ADAPTER: `http://127.0.0.1:${port}/fund`,
    PORT: String(port),
    DATABASE: ground.network.superuserUrl("imis"),
    CONSUMER: "welfare",
    PURPOSE: "eligibility-assessment",
    PROVISION: "Social Benefits Act s. 12(3)",
    AGREEMENT: "dsa-fund-welfare",
    NID: SOMEBODY,
    QUESTION: "query First($who: PersonKey!) { person(key: $who) { insuree { lastName gender marital asOf source } } }",
    OUTSIDE: "query Outside($who: PersonKey!) { person(key: $who) { insuree { lastName } family { poverty } } }",
  };
  return { variables, edits, administer };
}

/** What the database is, whole: its shape and every row. */
async function dump(): Promise<string> {
  const { rows } = await owner.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
  );
  const counts = rows.map(
    ({ name }) =>
      `select '${name}' as t, count(*)::int as n, md5(string_agg(x::text, ',' order by x::text)) as h from ${name} x`,
  );
  const shape =
    "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2";
  return JSON.stringify([(await owner.query(shape)).rows, (await owner.query(counts.join(" union all "))).rows]);
}

const of = (beginning: string): readonly Told[] => walked.told.filter(({ command }) => command.startsWith(beginning));

test("by the chapter's commands alone, and under forty lines edited, it goes from its address to a first lawful answer", async () => {
  const before = await dump();
  expect(mis.tables).toBeGreaterThanOrEqual(80);
  walked = await walk(readChapter(), ground, await joining(), audience);
  expect(walked.edited).toBeLessThan(40);
  const [answer, refused] = of("ask ");
  expect(answer?.said).toMatch(/insuree › lastName +│ Surname3 /);
  expect(answer?.said).toMatch(/insuree › gender +│ Femmelike /);
  expect(answer?.said).toContain("dsa-fund-welfare@1");
  expect(refused?.said).toMatch(/family( › poverty)? +│ ✗ Not agreed for this purpose\. Its provider\b/);
  expect(of("weft join status").at(-1)?.said).toMatch(/org:fund has joined\.\s*$/);
  expect(await dump()).toBe(before);
}, 300_000);

test("no command that is given or printed holds the address of a database, and each change of the contracts was signed", () => {
  expect(shown.join("\n")).not.toMatch(/postgres(ql)?:\/\//);
  expect(readFileSync(path.join(ground.workshop, "served", "registry.yaml"), "utf8")).toMatch(/^version: 3$/m);
});
