import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ExcelJS from "exceljs";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { adapterConfigSchema, grantStatements } from "#libs/subgraph";
import { parseStrictYaml } from "#libs/terms";
import { repository } from "../../apps/sandbox/src/repository.js";
import type { SqlKind } from "../../libs/subgraph/src/read/sql/kind.fixture.js";
import { mariadbKind } from "../../libs/subgraph/src/read/sql/mariadb/mariadb.fixture.js";
import { postgresKind } from "../../libs/subgraph/src/read/sql/postgres/postgres.fixture.js";
import { serviceKinds } from "./service-kinds.js";
import { sqliteKind } from "../../libs/subgraph/src/read/sql/sqlite/sqlite.fixture.js";

/** The register of the trial country in one kind of system, really running. */
export interface RunningSource {
  /** What stands in adapter.yaml after `source:`. */
  readonly source: string;
  readonly env: Readonly<Record<string, string>>;
  /** All that it holds, as text: the same before and after. */
  snapshot(): Promise<string>;
  stop(): Promise<void>;
}

/** To add a kind: start a system with these rows, and say how adapter.yaml names it. The columns keep their names where they can. */
export interface SourceKind {
  readonly name: string;
  /** Why it cannot run on this machine. */
  readonly missing?: string | undefined;
  /** What it does not offer. */
  readonly without?: readonly string[];
  /** A column of the mapping, and what it is there, for kinds whose names are not the ministry's to choose. */
  readonly columns?: Readonly<Record<string, string>>;
  start(people: People, dir: string): Promise<RunningSource>;
}

export interface People {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const vectors = path.join(repository, "contracts", "vectors", "adapter");

export function readTrialPeople(): People {
  const [header = "", ...lines] = readFileSync(path.join(vectors, "data", "people.csv"), "utf8")
    .trim()
    .split("\n");
  return { columns: header.split(","), rows: lines.map((line) => line.split(",")) };
}

const csv: SourceKind = {
  name: "CSV",
  start({ columns, rows }, dir) {
    const file = path.join(dir, "people.csv");
    writeFileSync(file, [columns, ...rows].map((row) => `${row.join(",")}\n`).join(""));
    return Promise.resolve(ofFile('{ kind: csv, files: { PEOPLE: "env:PEOPLE_FILE" } }', file));
  },
};

const xlsx: SourceKind = {
  name: "XLSX",
  async start({ columns, rows }, dir) {
    const file = path.join(dir, "people.xlsx");
    const book = new ExcelJS.Workbook();
    book.addWorksheet("people").addRows([columns, ...rows].map((row) => [...row]));
    await book.xlsx.writeFile(file);
    return ofFile('{ kind: xlsx, files: { PEOPLE: "env:PEOPLE_FILE" } }', file);
  },
};

/** A ministry's own module over a file that nothing else reads. */
const ownModule: SourceKind = {
  name: "module",
  start({ columns, rows }, dir) {
    const [file, code] = [path.join(dir, "people.txt"), path.join(dir, "people.mjs")];
    writeFileSync(file, [columns, ...rows].map((row) => row.join("\t")).join("\n"));
    const text = `
import { readFileSync } from "node:fs";
export const read = async ({ keys, filters }, { settings }) => {
  const [names, ...lines] = readFileSync(settings.file, "utf8").split("\\n").map((line) => line.split("\\t"));
  const rows = lines.map((line) => Object.fromEntries(names.map((name, at) => [name, line[at]])));
  const isAsked = (row) => keys === null || Object.entries(keys).some(([column, some]) => some.includes(row[column]));
  return rows.filter((row) => isAsked(row) && (filters.district ?? [row.DISTRICT]).includes(row.DISTRICT));
};
`;
    writeFileSync(code, text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    return Promise.resolve({
      source: `{ kind: module, file: "env:PEOPLE_MODULE", sha256: "${sha256}", lists: true, settings: { file: "env:PEOPLE_FILE" } }`,
      env: { PEOPLE_MODULE: code, PEOPLE_FILE: file },
      snapshot: () => Promise.resolve(readFileSync(file, "base64")),
      stop: () => Promise.resolve(),
    });
  },
};

function ofFile(source: string, file: string): RunningSource {
  const snapshot = () => Promise.resolve(readFileSync(file, "base64"));
  return { source, env: { PEOPLE_FILE: file }, snapshot, stop: () => Promise.resolve() };
}

type Execute = (url: string, statement: string) => Promise<unknown>;

/** SQLite has no accounts: the rights of the file and of its folder are the rights. */
function readOnly(file: string | undefined): void {
  if (file === undefined) return;
  chmodSync(file, 0o444);
  chmodSync(path.dirname(file), 0o555);
}

/** The account that `weft adapter grants` prints for the mapping: with more rights the adapter would not start. */
async function ownAccount(kind: SqlKind, owner: string, execute: Execute): Promise<string> {
  const config = adapterConfigSchema.parse(parseStrictYaml(mappingWith(kind.source)));
  for (const statement of grantStatements(config, "trial"))
    await execute(owner, statement.replaceAll("'…'", "'127.0.0.1'"));
  const url = new URL(owner);
  url.username = "weft_trial";
  url.password = "127.0.0.1";
  return url.href;
}

/** A real server of the kind, by the fixture that the tests of the read side use. */
function database(
  kind: SqlKind,
  snapshot: (env: Readonly<Record<string, string>>, statement: string) => Promise<unknown>,
  quote: string,
  execute: Execute = () => Promise.resolve(),
): SourceKind {
  const columnOf = (name: string) => `${quote}${name}${quote}`;
  return {
    name: kind.name,
    missing: kind.missing,
    async start({ columns, rows }) {
      const table = {
        name: "PEOPLE",
        columns: Object.fromEntries(columns.map((name) => [name, "text" as const])),
        rows: rows.map((row) => row.map((value) => (value === "" ? null : value))),
        indexes: kind.name === "MariaDB" || kind.name === "PostgreSQL" ? ["NID", "NUMBER"] : [],
      };
      const server = await kind.start([table]);
      readOnly(server.env["FILE"]);
      const owner = server.env["DB"];
      const env = owner === undefined ? server.env : { ...server.env, DB: await ownAccount(kind, owner, execute) };
      const statement = `select * from ${columnOf("PEOPLE")} order by ${columnOf("NUMBER")}`;
      return {
        source: kind.source,
        env,
        snapshot: async () => JSON.stringify(await snapshot(server.env, statement)),
        stop: async () => {
          if (env["FILE"] !== undefined) chmodSync(path.dirname(env["FILE"]), 0o755);
          await server.stop();
        },
      };
    },
  };
}

const askPostgres: Execute = async (url, statement) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
};
const askMariadb: Execute = async (url, statement) => {
  const connection = await createConnection(url);
  try {
    return (await connection.query(statement))[0];
  } finally {
    await connection.end();
  }
};
const postgres = database(postgresKind, ({ DB = "" }, statement) => askPostgres(DB, statement), '"', askPostgres);
const mariadb = database(
  mariadbKind,
  ({ DB = "" }, statement) => askMariadb(DB, statement),
  "`",
  // Accounts are its administrator's to make.
  (url, statement) => askMariadb(url.replace("weft@", "owner@"), statement),
);
const sqlite = database(sqliteKind, ({ FILE = "" }) => Promise.resolve(readFileSync(FILE, "base64")), '"');

export const sourceKinds: readonly SourceKind[] = [postgres, mariadb, sqlite, ...serviceKinds, ownModule, csv, xlsx];

/** The mapping of the vectors with another source. */
export function writeMapping(dir: string, source: string, columns: SourceKind["columns"] = {}): string {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, "adapter.yaml");
  writeFileSync(file, mappingWith(source, columns));
  return file;
}

function mappingWith(source: string, columns: SourceKind["columns"] = {}): string {
  const text = readFileSync(path.join(vectors, "country", "subgraphs", "trial", "adapter.yaml"), "utf8");
  return text
    .replace(/^source: .*$/m, () => `source: ${source}`)
    .replaceAll(/(column: |keyset: \[)(\w+)/g, (_, before: string, name: string) => {
      return before + JSON.stringify(columns[name] ?? name);
    });
}
