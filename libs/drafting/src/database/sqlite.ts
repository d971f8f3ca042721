import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { WeftError } from "#libs/terms";
import type { Catalogue, Column, ColumnKind, ForeignKey, Index, Table } from "../catalogue.js";
import { CELL, type DatabaseReader, type Row, SAMPLE } from "./reader.js";

/** The catalogue of a SQLite file, opened to be read. It declares little, so what a column holds says more than its type. */
export function openSqlite(file: string): DatabaseReader {
  if (!existsSync(file)) throw new WeftError("SOURCE_UNAVAILABLE", { detail: "there is no such file" });
  const db = new DatabaseSync(addressOf(file), { readOnly: true, timeout: 500, allowExtension: false });
  const ask = (text: string, ...values: string[]): readonly Row[] => {
    try {
      return db
        .prepare(text)
        .all(...values)
        .map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)])),
        );
    } catch {
      throw new WeftError("SOURCE_INVALID", { detail: "it is no SQLite database, or it is in use" });
    }
  };
  return {
    catalogue: () => Promise.resolve(readCatalogue(ask)),
    sample(table, columns, valid) {
      const cells = columns.map((name) => `substr(cast(${id(name)} as text), 1, ${CELL}) as ${id(name)}`);
      const where = valid.length === 0 ? "" : ` where ${valid.map((name) => `${id(name)} is null`).join(" and ")}`;
      return Promise.resolve(ask(`select ${cells.join(", ")} from ${id(table.name)}${where} limit ${SAMPLE}`));
    },
    close: () => Promise.resolve(db.close()),
  };
}

/** A file with a write-ahead log that nobody has open is read as frozen: opened otherwise, SQLite would make a file beside it. */
function addressOf(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set("mode", "ro");
  const head = Buffer.alloc(20);
  const handle = openSync(file, "r");
  readSync(handle, head, 0, 20, 0);
  closeSync(handle);
  if (head[18] === 2 && !existsSync(`${file}-wal`)) url.searchParams.set("immutable", "1");
  return url;
}

type Ask = (text: string, ...values: string[]) => readonly Row[];

function id(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const estimate =
  "select max(cast(substr(stat, 1, instr(stat || ' ', ' ') - 1) as integer)) as n from sqlite_stat1 where tbl = ?";

function readCatalogue(ask: Ask): Catalogue {
  const hasEstimates = ask("select 1 as one from sqlite_master where name = 'sqlite_stat1'").length > 0;
  const tables = ask(
    "select name, type from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name",
  );
  return {
    kind: "sqlite",
    schema: null,
    timezone: null,
    tables: tables.map((row): Table => {
      const name = row["name"] ?? "";
      const columns = ask(
        'select name, lower(type) as type, "notnull" as required, pk from pragma_table_info(?)',
        name,
      );
      const keys = columns.filter(({ pk }) => pk !== "0").sort((a, b) => Number(a["pk"]) - Number(b["pk"]));
      const rows = hasEstimates ? ask(estimate, name)[0]?.["n"] : null;
      return {
        name,
        isView: row["type"] === "view",
        comment: null,
        rows: rows == null ? null : Number(rows),
        columns: columns.map(columnOf),
        primaryKey: keys.map((key) => key["name"] ?? ""),
        foreignKeys: foreignKeys(ask, name, tables),
        indexes: ask('select name, "unique" as is_unique, partial from pragma_index_list(?)', name).map(
          (index): Index => ({
            columns: ask(
              "select coalesce(name, '') as name from pragma_index_info(?) order by seqno",
              index["name"] ?? "",
            ).map((part) => part["name"] ?? ""),
            isUnique: index["is_unique"] === "1",
            isPartial: index["partial"] === "1",
          }),
        ),
      };
    }),
  };
}

/** A key that names no column means the other table's own. */
function foreignKeys(ask: Ask, table: string, tables: readonly Row[]): readonly ForeignKey[] {
  const rows = ask(
    'select id, "table" as there, "from" as here, "to" as target from pragma_foreign_key_list(?) order by id, seq',
    table,
  );
  return [...Map.groupBy(rows, (row) => row["id"] ?? "").values()].flatMap((parts) => {
    const wanted = parts[0]?.["there"]?.toLowerCase();
    const there = tables.find(({ name }) => name?.toLowerCase() === wanted)?.["name"];
    if (there == null) return [];
    const own = ask("select name from pragma_table_info(?) where pk > 0 order by pk", there).map(
      (row) => row["name"] ?? "",
    );
    return [
      {
        columns: parts.map((part) => part["here"] ?? ""),
        table: there,
        references: parts.map((part, i) => part["target"] ?? own[i] ?? ""),
      },
    ];
  });
}

/** By the rules of SQLite's type names. */
function columnOf(row: Row): Column {
  const type = row["type"] ?? "";
  return {
    name: row["name"] ?? "",
    kind: kindOf(type),
    nullable: row["required"] !== "1",
    comment: null,
    values: null,
  };
}

function kindOf(type: string): ColumnKind {
  if (type.includes("bool")) return "boolean";
  if (type.includes("int")) return "integer";
  if (/char|clob|text/.test(type)) return "text";
  if (type.includes("blob")) return "binary";
  if (/real|floa|doub|num|dec/.test(type)) return "decimal";
  // Dates are texts, seconds or numbers of days here: what the sample shows decides.
  return "text";
}
