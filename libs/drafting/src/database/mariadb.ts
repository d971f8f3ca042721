import { WeftError } from "#libs/terms";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { Catalogue, Column, ColumnKind, ForeignKey, Index, Table } from "../catalogue.js";
import { CELL, type DatabaseReader, type Row, SAMPLE, STATEMENT } from "./reader.js";

/** The catalogue of MariaDB and MySQL, by information_schema: of the one database that the address names. */
export async function openMariadb(address: string): Promise<DatabaseReader> {
  const url = new URL(address);
  if (url.search !== "" || url.pathname.length < 2)
    throw new WeftError("CONFIG_INVALID", {
      detail: "mysql://user:password@host:port/database, without options, is right",
    });
  const connection = await createConnection({
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    connectTimeout: 10_000,
    multipleStatements: false,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
  }).catch((error: unknown) => {
    throw sourceError(error);
  });
  connection.on("error", () => undefined);
  const ask = async (text: string): Promise<readonly Row[]> => {
    try {
      const [rows] = await connection.query<RowDataPacket[]>({ sql: text, timeout: STATEMENT + 2000 });
      // What sets something answers with no rows.
      return (Array.isArray(rows) ? rows : []).map((row: RowDataPacket) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)])),
      );
    } catch (error) {
      throw sourceError(error);
    }
  };
  await ask("set session transaction read only");
  const [server] = await ask("select version() as version");
  await ask(
    /mariadb/i.test(server?.["version"] ?? "")
      ? `set session max_statement_time = ${STATEMENT / 1000}`
      : `set session max_execution_time = ${STATEMENT}`,
  );
  return {
    catalogue: () => readCatalogue(ask),
    async sample(table, columns, valid) {
      try {
        return await ask(sampleText(table, columns, valid));
      } catch {
        return undefined;
      }
    },
    close: () => connection.end(),
  };
}

/** By number alone: the server's messages may hold values. */
function sourceError(error: unknown): WeftError {
  if (error instanceof WeftError) return error;
  const number = typeof error === "object" && error !== null && "errno" in error ? Number(error.errno) : 0;
  if ([1044, 1045, 1049, 1142, 1143].includes(number))
    return new WeftError("SOURCE_REFUSED", { detail: `error ${number}` });
  return new WeftError("SOURCE_UNAVAILABLE", { detail: number > 0 ? `error ${number}` : "no connection" });
}

type Ask = (text: string) => Promise<readonly Row[]>;

const statements = {
  tables:
    "select table_name as name, table_type as type, table_comment as comment, table_rows as row_count from information_schema.tables where table_schema = database() order by table_name",
  columns:
    "select table_name as id, column_name as name, lower(data_type) as type, column_type as full_type, is_nullable as nullable, column_comment as comment from information_schema.columns where table_schema = database() order by table_name, ordinal_position",
  keys: "select table_name as id, constraint_name as name, column_name as col, if(referenced_table_schema = database(), referenced_table_name, null) as there, referenced_column_name as target from information_schema.key_column_usage where table_schema = database() order by table_name, constraint_name, ordinal_position",
  indexes:
    "select table_name as id, index_name as name, non_unique as non_unique, coalesce(column_name, '') as col from information_schema.statistics where table_schema = database() order by table_name, index_name, seq_in_index",
} as const;

async function readCatalogue(ask: Ask): Promise<Catalogue> {
  const tables = await ask(statements.tables);
  const byTable = async (text: string) => Map.groupBy(await ask(text), (row) => row["id"] ?? "");
  const columns = await byTable(statements.columns);
  const keys = await byTable(statements.keys);
  const indexes = await byTable(statements.indexes);
  return {
    kind: "mariadb",
    schema: null,
    timezone: null,
    tables: tables
      .filter(({ type }) => type === "BASE TABLE" || type === "VIEW" || type === "SYSTEM VERSIONED")
      .map((row): Table => {
        const name = row["name"] ?? "";
        const isView = row["type"] === "VIEW";
        return {
          name,
          isView,
          comment: isView || row["comment"] === "" ? null : (row["comment"] ?? null),
          rows: row["row_count"] == null ? null : Number(row["row_count"]),
          columns: (columns.get(name) ?? []).map(columnOf),
          primaryKey: (keys.get(name) ?? []).filter((key) => key["name"] === "PRIMARY").map((key) => key["col"] ?? ""),
          foreignKeys: foreignKeys(keys.get(name) ?? []),
          indexes: indexesOf(indexes.get(name) ?? []),
        };
      }),
  };
}

function foreignKeys(rows: readonly Row[]): readonly ForeignKey[] {
  const byName = Map.groupBy(
    rows.filter((row) => row["there"] != null),
    (row) => row["name"] ?? "",
  );
  return [...byName.values()].map((parts) => ({
    columns: parts.map((part) => part["col"] ?? ""),
    table: parts[0]?.["there"] ?? "",
    references: parts.map((part) => part["target"] ?? ""),
  }));
}

function indexesOf(rows: readonly Row[]): readonly Index[] {
  return [...Map.groupBy(rows, (row) => row["name"] ?? "").values()].map((parts) => ({
    columns: parts.map((part) => part["col"] ?? ""),
    isUnique: parts[0]?.["non_unique"] === "0",
    isPartial: false,
  }));
}

const kinds: readonly (readonly [RegExp, ColumnKind])[] = [
  [/^tinyint\(1\)/, "boolean"],
  [/^(tinyint|smallint|mediumint|int|bigint|year)/, "integer"],
  [/^(decimal|float|double)/, "decimal"],
  [/^bit\(1\)/, "boolean"],
  [/^(char|varchar|tinytext|text|mediumtext|longtext|enum)/, "text"],
  [/^date$/, "day"],
  [/^(datetime|timestamp)/, "time"],
  [/^uuid/, "uuid"],
  [/(binary|blob)/, "binary"],
];

function columnOf(row: Row): Column {
  const full = row["full_type"] ?? "";
  const list = /^enum\((.*)\)$/is.exec(full)?.[1];
  return {
    name: row["name"] ?? "",
    kind: kinds.find(([pattern]) => pattern.test(full.toLowerCase()))?.[1] ?? "other",
    nullable: row["nullable"] === "YES",
    comment: row["comment"] === "" ? null : (row["comment"] ?? null),
    values:
      list === undefined
        ? null
        : [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = ""]) => value.replaceAll("''", "'")),
  };
}

function sampleText(table: Table, columns: readonly string[], valid: readonly string[]): string {
  const id = (name: string) => `\`${name.replaceAll("`", "``")}\``;
  const cells = columns.map((name) => `left(convert(${id(name)} using utf8mb4), ${CELL}) as ${id(name)}`);
  const where = valid.length === 0 ? "" : ` where ${valid.map((name) => `${id(name)} is null`).join(" and ")}`;
  return `select ${cells.join(", ")} from ${id(table.name)}${where} limit ${SAMPLE}`;
}
