import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { loadContracts } from "#libs/contracts";
import { adapterTry, openTerms, PersonSeals } from "#libs/subgraph";
import { canonicalPerson, parseOrgId } from "#libs/terms";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkAccount, grantsInWords } from "../../../apps/cli/src/account.js";
import { draftAdapter } from "../../../apps/cli/src/draft.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../../apps/sandbox/src/postgres.js";
import { signSandboxContracts } from "../../../apps/sandbox/src/sign-contracts.js";
import { insuranceMis } from "./insurance-mis.js";
import { agreementOf, nid, noConsents, organisation, provider, sealKey } from "./joined.js";

/** A system that nobody here designed, from its address to a ministry's files. */
const folder = mkdtempSync(path.join(tmpdir(), "weft-joining-"));
const contracts = path.join(folder, "contracts");
const home = path.join(contracts, "subgraphs", "fund");
const mis = insuranceMis(600);
/** What the two sides sign. */
const agreement = agreementOf("{ Insuree: [lastName, gender, marital] }");
let server: PostgresServer;
let owner: pg.Client;
/** Everything that any command printed. */
let printed = "";

beforeAll(async () => {
  cpSync("contracts", contracts, { recursive: true });
  server = await startPostgres({ dataDir: path.join(folder, "pg"), settings: { fsync: "off" } });
  await server.createDatabase("imis");
  owner = new pg.Client({ connectionString: server.superuserUrl("imis") });
  process.env["INSURANCE"] = server.superuserUrl("imis");
  await owner.connect();
  await owner.query(`begin; ${[...mis.ddl, ...mis.rows].join(";\n")}; commit`);
});
afterAll(async () => {
  await owner?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a command prints, and its exit code. */
async function weft(command: () => Promise<number>): Promise<{ readonly said: string; readonly code: number }> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const code = await command();
  const said = [...log.mock.calls, ...errors.mock.calls].flat().join("\n");
  printed += said;
  vi.restoreAllMocks();
  return { said, code };
}

const draft = async () =>
  (await weft(() => draftAdapter({ from: "env:INSURANCE", name: "fund", into: contracts, yes: true }))).said;
const file = (name: string) => readFileSync(path.join(home, name), "utf8");
const files = () => Object.fromEntries(readdirSync(home).map((name) => [name, file(name)]));
const edit = (name: string, from: string, to: string) => {
  expect(file(name)).toContain(from);
  writeFileSync(
    path.join(home, name),
    file(name).replace(from, () => to),
  );
};

/** The whole of what the database is, but for its rows' places on the disk. */
async function dump(): Promise<string> {
  const { rows } = await owner.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
  );
  const { rows: shape } = await owner.query(
    "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'public' order by 1, 2",
  );
  const counts = rows.map(
    ({ name }) =>
      `select '${name}' as t, count(*)::int as n, md5(string_agg(x::text, ',' order by x::text)) as h from ${name} x`,
  );
  return JSON.stringify([shape, (await owner.query(counts.join(" union all "))).rows]);
}

test("a database of eighty tables becomes files that pass the check at once", async () => {
  const before = await dump();
  expect(await draft()).toContain("passes `weft contract check --unsigned`");
  expect(await dump()).toBe(before);
});

test("it finds the persons, their number, what counts, what hangs on them, and what is not to be served", () => {
  const adapter = file("adapter.yaml");
  expect(adapter).toContain("from: tblInsuree");
  expect(adapter).toContain("- { scheme: nid, column: passport }");
  expect(adapter).toContain("# ask: CHFID numbers persons too (999999999)");
  expect(adapter).toContain('where: { ValidityTo: { "null": true } }');
  expect(adapter).toContain("family: { type: Family }");
  expect(adapter).toContain("claims: { list: { of: Claim, newest: DateFrom, keyset: [ClaimID], maxRows: 50 } }");
  expect(adapter).toContain("orders: { list: { of: Order, newest: when, keyset: [from, group], maxRows: 50 } }");
  expect(adapter).toContain("# ask: no index on InsureeID");
  expect(adapter).toMatch(/what the person shares with others[^]*from: tblPolicy\n/);
  expect(adapter).toContain("gender: { from: tblGender, code: Code, label: Gender }");
  expect(adapter).toMatch(/not mapped \(free text[^)]*\): Remarks/);
  expect(adapter).toMatch(/not mapped \(a picture[^)]*\): Photo/);
  const schema = file("schema.graphql");
  expect(schema).toMatch(/claimStatus: ClaimClaimStatus @personal\(class: P4, category: "health"\)/);
  expect(schema).toMatch(/dob: Date @personal\(class: P2, category: "identity"\)/);
  expect([...schema.matchAll(/@release\(([^)]*)\)/g)].every(([, rule]) => rule === "purposes: [], bases: []")).toBe(
    true,
  );
});

/** An account as the draft's own statements make it. */
async function makeAccount(): Promise<string> {
  const grants = grantsInWords("fund", { own: new Map(Object.entries(files())) });
  printed += grants;
  await owner.query(grants.replaceAll("'…'", "'chosen'"));
  const url = new URL(server.superuserUrl("imis"));
  [url.username, url.password] = ["weft_fund", "chosen"];
  return url.href;
}

async function problemsOf(url: string): Promise<readonly string[]> {
  const { value, terms } = await opened(url);
  await terms.ministry.close();
  return value.map(({ what, wrong }) => `${what}: ${wrong}`);
}

async function opened(url: string) {
  const loaded = await loadContracts(contracts, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
  const { sdl, adapter } = loaded.subgraphs.get(provider)!;
  const { version, schemes, rules, agreements } = loaded;
  const terms = await openTerms(
    { provider, version, sdl, adapter, schemes, rules: rules.values(), agreements },
    { env: { FUND_DB_URL: url }, sealKey },
  );
  return { terms, value: await terms.ministry.account(AbortSignal.timeout(5000)) };
}

test("with under forty lines edited, a consumer gets a first answer, and its agreement opens nothing else", async () => {
  const drafted = files();
  for (const opens of [
    'insuree: Insuree @personal(class: P3, category: "socio-economic") ',
    "type Insuree implements Sourced ",
  ])
    edit(
      "schema.graphql",
      `${opens}@release(purposes: [], bases: [])`,
      `${opens}@release(purposes: ["eligibility-assessment"], bases: [PUBLIC_TASK])`,
    );
  const edited = Object.entries(files()).flatMap(([name, text]) =>
    text.split("\n").filter((line) => !drafted[name]?.split("\n").includes(line)),
  );
  mkdirSync(path.join(contracts, "agreements", "dsa-fund-welfare"), { recursive: true });
  writeFileSync(path.join(contracts, "agreements", "dsa-fund-welfare", "agreement.yaml"), agreement);
  const registry = path.join(contracts, "registry.yaml");
  writeFileSync(
    registry,
    readFileSync(registry, "utf8").replace(/^organisations:\n/m, (line) => line + organisation),
  );
  expect([...edited, ...agreement.split("\n"), ...organisation.split("\n")].length).toBeLessThan(40);
  await signSandboxContracts(contracts, 2);

  const { terms } = await opened(await makeAccount());
  const ministry = { provider, terms, seals: new PersonSeals([sealKey], "p1"), feed: noConsents };
  const who = canonicalPerson(nid, "4000000003");
  const { released } = await adapterTry(who, parseOrgId("org:welfare"), ministry, new Date("2026-11-21T12:00:00Z"));
  await terms.ministry.close();
  expect(released).toMatchObject([{ purpose: "eligibility-assessment", inForce: true, errors: [] }]);
  expect(released[0]?.data).toEqual({
    _entities: [
      {
        insuree: {
          lastName: "Surname3",
          gender: "Femmelike",
          marital: "S",
          source: "Fund",
          asOf: "2024-02-01",
          quality: "DECLARED",
        },
      },
    ],
  });
});

test("the account that the draft prints reads what is mapped and nothing else; another one is refused, each excess named", async () => {
  const url = new URL(server.superuserUrl("imis"));
  [url.username, url.password] = ["weft_fund", "chosen"];
  expect((await problemsOf(url.href)).filter((problem) => problem.startsWith("moreRights"))).toEqual([]);
  const account = new pg.Client({ connectionString: url.href });
  account.on("error", () => undefined);
  await account.connect();
  const denied = async (text: string) =>
    (await account.query(text).catch((error: { code: string }) => error.code)) as unknown;
  expect(await denied('select "LastName" from "tblInsuree" limit 1')).toMatchObject({ rowCount: 1 });
  expect(await denied('select "CHFID" from "tblInsuree"')).toBe("42501");
  expect(await denied('select * from "tblUsers"')).toBe("42501");
  expect(await denied('begin; set transaction read write; update "tblInsuree" set "LastName" = null')).toBe("42501");
  await account.end();
  process.env["FUND_DB_URL"] = url.href;
  const checked = await weft(() => checkAccount("fund", { contracts }));
  expect(checked.code).toBe(1);
  const indexes = [...checked.said.matchAll(/right would be: (create index .*;)/g)].map(
    ([, statement = ""]) => statement,
  );
  expect(indexes).toEqual(['create index concurrently on "tblClaim" ("InsureeID");']);
  for (const statement of indexes) await owner.query(statement);
  expect(await weft(() => checkAccount("fund", { contracts }))).toMatchObject({
    code: 0,
    said: "fund: the account reads what is mapped, and each look-up has its index.",
  });
  await owner.query('grant update ("LastName"), select ("CHFID") on "tblInsuree" to weft_fund');
  expect(await problemsOf(url.href)).toEqual([
    "moreRights: the account may write in tblInsuree",
    "moreRights: the account may read tblInsuree: CHFID, which nothing maps",
  ]);
  expect(await problemsOf(server.superuserUrl("imis"))).toContain("moreRights: the account is a superuser");
});

test("what people changed is kept; what is new is put in closed and marked, what is gone is told", async () => {
  edit(
    "schema.graphql",
    '  "Email, as the register holds it."\n  email: String @personal(class: P2, category: "contact") # guess\n',
    "",
  );
  edit("adapter.yaml", "      email: { column: Email }\n", "");
  for (const language of ["en", "fr", "ar"]) edit(`labels.${language}.yaml`, '  Insuree.email: "Email"\n', "");
  edit("labels.fr.yaml", 'Insuree.lastName: "Last name"', 'Insuree.lastName: "Nom de famille"');
  edit("adapter.yaml", "personsPerMinute: 600 }", "personsPerMinute: 60 } # ours");
  const edited = files();
  await owner.query(
    `alter table "tblInsuree" add "Religion" varchar(20) default 'Sunfollower'; alter table "tblInsuree" drop column "Phone"`,
  );
  await owner.query(
    `create table "tblAllowance" ("AllowanceID" serial primary key, "InsureeID" int references "tblInsuree", "Amount" numeric, "PaidOn" date)`,
  );
  const said = await draft();
  expect(said).toContain("+ tblInsuree.Religion as Insuree.religion");
  expect(said).toContain("+ tblAllowance as Allowance: 2 fields");
  expect(said).toContain("- gone: tblInsuree.Phone, which adapter.yaml maps");
  expect(said).toContain("passes `weft contract check --unsigned`");
  for (const [name, text] of Object.entries(edited)) if (name !== ".draft.yaml") expectKept(text, file(name));
  expect(file("schema.graphql")).toMatch(
    /# new: since the last draft\n[^\n]*\n {2}religion: String @personal\(class: P4, category: "belief"\) @release\(purposes: \[\], bases: \[\]\)/,
  );
  expect(file("adapter.yaml")).not.toContain("Email");
});

/** Every line that was there is there, in its order. */
function expectKept(before: string, after: string): void {
  const lines = after.split("\n");
  let at = 0;
  for (const line of before.split("\n")) {
    at = lines.indexOf(line, at) + 1;
    expect(at, line).toBeGreaterThan(0);
  }
}

test("no value of anybody is in anything printed or written", async () => {
  expect(printed).not.toContain("postgres://");
  const all = [printed, ...Object.values(files())].join("\n");
  const { rows } = await owner.query<{ table: string; columns: string[] }>(
    "select quote_ident(table_name) as table, array_agg(quote_ident(column_name)::text) as columns from information_schema.columns where table_schema = 'public' group by 1",
  );
  const found: string[] = [];
  for (const { table, columns } of rows) {
    const cells = columns.map((column) => `${column}::text`).join(", ");
    const { rows: values } = await owner.query<{ value: string }>(
      `select distinct value from ${table} cross join lateral unnest(array[${cells}]) as value where length(value) > 4 and value not in ('true', 'false')`,
    );
    found.push(...values.map(({ value }) => value).filter((value) => all.includes(value)));
  }
  expect(found).toEqual([]);
});
