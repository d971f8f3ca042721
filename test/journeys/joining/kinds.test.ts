import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { firstDraft, openDatabase, survey, takenBy, takesGuesses } from "#libs/drafting";
import {
  type AdapterConfig,
  adapterConfigSchema,
  checkAdapterConfig,
  grantStatements,
  openMinistry,
  subgraphSchema,
} from "#libs/subgraph";
import { parseOrgId, parseStrictYaml } from "#libs/terms";
import { mariadbKind, startLoggingMariadb } from "../../../libs/subgraph/src/read/sql/mariadb/mariadb.fixture.js";

/** The same small clinic on the other kinds of database: what is drafted of it is the same. */
const ddl = [
  "create table patients (patient_id integer not null primary key, national_id varchar(12), given_name varchar(60), birth_date char(8), sex char(1), deleted_at datetime)",
  "create index patients_nid on patients (national_id)",
  "create table visits (visit_no integer not null primary key, patient_id integer not null, seen_on date, ward varchar(3), note text, foreign key (patient_id) references patients (patient_id))",
];
const rows = Array.from({ length: 60 }, (_, n) => [
  `insert into patients values (${n}, '400-000-${1000 + n}', 'Given${n}', '198${n % 10}07${10 + (n % 18)}', '${n % 2 === 0 ? "M" : "F"}', null)`,
  `insert into visits values (${n}, ${n}, '2026-05-${10 + (n % 18)}', '${["A1", "B2"][n % 2]}', 'A note about somebody that is long enough to be free text, ${n}')`,
]).flat();

const folder = mkdtempSync(path.join(tmpdir(), "weft-kinds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const prelude = readFileSync("contracts/prelude.graphql", "utf8");
const schemes = new Map([
  [
    "nid",
    {
      name: "nid",
      pattern: /^\d{10}$/,
      normalise: ["trim", "digits"] as const,
      decoys: { from: "0000000000", to: "0000999999" },
    },
  ],
]);

async function drafted(url: string, source: Readonly<Record<string, string>>) {
  const reader = await openDatabase(url);
  try {
    const question = await survey(
      reader,
      { schemes, taken: takenBy([prelude]) },
      { identifiers: new Map() },
      takesGuesses,
    );
    const about = { title: "Clinic", register: "Clinic", provider: "org:clinic", languages: ["en"], source };
    return firstDraft(question, about).files;
  } finally {
    await reader.close();
  }
}

function expectClinic(files: ReadonlyMap<string, string>): void {
  const adapter = files.get("adapter.yaml") ?? "";
  expect(adapter).toContain('{ scheme: nid, column: national_id, stored: "###-###-####" }');
  expect(adapter).toContain("visits: { list: { of: Visit, newest: seen_on, keyset: [visit_no], maxRows: 50 } }");
  expect(adapter).toContain('birthDate: { column: birth_date, date: yyyyMMdd, nulls: ["00000000"] }');
  expect(adapter).toContain('ward: { "A1": A1, "B2": B2 }');
  expect(adapter).toMatch(/not mapped \(free text[^)]*\): note/);
  const schema = subgraphSchema(`${prelude}\n${files.get("schema.graphql")}`);
  expect(checkAdapterConfig(parseStrictYaml(adapter), schema, schemes).problems).toEqual([]);
  expect([...files.values()].join("\n")).not.toMatch(/Given\d|400-000|A note about/);
}

test("a SQLite file becomes a ministry's files, and stays as it was", async () => {
  const file = path.join(folder, "clinic.db");
  const db = new DatabaseSync(file);
  for (const statement of [...ddl, ...rows]) db.exec(statement);
  db.close();
  const before = readFileSync(file);
  expectClinic(await drafted(`sqlite:${file}`, { kind: "sqlite", file: "env:CLINIC_DB_FILE" }));
  expect(readFileSync(file).equals(before)).toBe(true);
});

async function problemsOf(config: AdapterConfig, files: ReadonlyMap<string, string>, url: string) {
  const schema = subgraphSchema(`${prelude}\n${files.get("schema.graphql")}`);
  const sealKey = { kid: "p1", party: parseOrgId("org:clinic"), bytes: Buffer.alloc(64, 7) };
  const ministry = await openMinistry({ config, schema, schemes, env: { CLINIC_DB_URL: url }, sealKey });
  const problems = await ministry.account(AbortSignal.timeout(5000));
  await ministry.close();
  return problems.map(({ wrong }) => wrong);
}

const onMariadb = mariadbKind.missing === undefined ? [mariadbKind.name] : [];

test.each(onMariadb)("a %s database becomes a ministry's files, and its grants hold", async () => {
  const server = await startLoggingMariadb([]);
  try {
    await server.execute([...ddl, ...rows]);
    const files = await drafted(server.env["DB"] ?? "", { kind: "mariadb", url: "env:CLINIC_DB_URL" });
    expectClinic(files);
    expect(files.get("adapter.yaml")).toContain('where: { deleted_at: { "null": true } }');
    const config = adapterConfigSchema.parse(parseStrictYaml(files.get("adapter.yaml") ?? ""));
    await server.execute(grantStatements(config, "clinic").map((text) => text.replaceAll("'…'", "'127.0.0.1'")));
    const owner = server.env["DB"] ?? "";
    expect(await problemsOf(config, files, owner.replace("weft@", "weft_clinic:127.0.0.1@"))).toEqual([]);
    const excess = await problemsOf(config, files, owner);
    expect(excess).toContain("the account has insert on all of mis");
    expect(excess).toContain("the account may read visits: note, which nothing maps");
  } finally {
    await server.stop();
  }
});
