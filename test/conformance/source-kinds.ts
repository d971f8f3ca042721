import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json } from "node:stream/consumers";
import ExcelJS from "exceljs";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { adapterConfigSchema, grantStatements } from "#libs/subgraph";
import { parseStrictYaml } from "#libs/terms";
import { repository } from "../../apps/sandbox/src/repository.js";
import type { SqlKind } from "../../libs/subgraph/src/read/sql/kind.fixture.js";
import { mariadbKind } from "../../libs/subgraph/src/read/sql/mariadb/mariadb.fixture.js";
import { postgresKind } from "../../libs/subgraph/src/read/sql/postgres/postgres.fixture.js";
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

/** To add a kind: start a system with these rows, and say how adapter.yaml names it. The columns keep their names. */
export interface SourceKind {
  readonly name: string;
  /** Why it cannot run on this machine. */
  readonly missing?: string | undefined;
  /** What it does not offer. */
  readonly without?: readonly string[];
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

/** A service with a look-up for many keys, a search that selects columns, and pages of a district. */
const rest: SourceKind = {
  name: "REST",
  async start(people) {
    const rows = people.rows.map((row) => Object.fromEntries(people.columns.map((name, at) => [name, row[at]!])));
    const server = createServer((request, reply) => {
      void json(request)
        .catch(() => ({}))
        .then((body) => {
          reply.setHeader("content-type", "application/json");
          reply.end(JSON.stringify({ rows: found(rows, request.url ?? "", body as Asked) }));
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const keys = "nids: $nid, numbers: $trial-no";
    return {
      source: `{ kind: rest, url: env:PEOPLE_API, resources: { PEOPLE: {
        identify: { path: /lookup, body: { ${keys} }, rows: "$.rows[*]" },
        values: { path: /search, body: { ${keys}, only: $columns }, rows: "$.rows[*]" },
        page: { path: /page, body: { district: $district, limit: $limit, after: $after }, rows: "$.rows[*]" } } } }`,
      env: { PEOPLE_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      snapshot: () => Promise.resolve(JSON.stringify(rows)),
      stop: () => closed(server),
    };
  },
};

interface Asked {
  readonly nids?: readonly string[];
  readonly numbers?: readonly string[];
  readonly only?: readonly string[];
  readonly district?: string;
  readonly limit?: number;
  readonly after?: string | readonly string[] | null;
}
type PersonRow = Readonly<Record<string, string>>;

function found(rows: readonly PersonRow[], url: string, asked: Asked): readonly PersonRow[] {
  if (url === "/page") {
    const after = [asked.after ?? ""].flat()[0] ?? "";
    const inDistrict = rows.filter(({ DISTRICT }) => DISTRICT === asked.district);
    const ordered = inDistrict.toSorted((a, b) => (a["NUMBER"]! < b["NUMBER"]! ? -1 : 1));
    return ordered.filter((row) => row["NUMBER"]! > after).slice(0, asked.limit);
  }
  const held = rows.filter((row) => asked.nids?.includes(row["NID"]!) || asked.numbers?.includes(row["NUMBER"]!));
  const only = new Set(["NID", "NUMBER", ...(asked.only ?? [])]);
  return held.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => only.has(name))));
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

export const sourceKinds: readonly SourceKind[] = [postgres, mariadb, sqlite, rest, csv, xlsx];

/** The mapping of the vectors with another source. */
export function writeMapping(dir: string, source: string): string {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, "adapter.yaml");
  writeFileSync(file, mappingWith(source));
  return file;
}

function mappingWith(source: string): string {
  const text = readFileSync(path.join(vectors, "country", "subgraphs", "trial", "adapter.yaml"), "utf8");
  return text.replace(/^source: .*$/m, () => `source: ${source}`);
}
