import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { Row } from "../read/sql/statement.js";
import type { AccountReport, TableIndexes } from "./report.js";

/** A file has no accounts: what this process may do to it, and to the folder that could hold another under its name. Root may do anything anyway. */
export function sqlitePowers(file: string, isRoot = process.getuid?.() === 0): AccountReport["powers"] {
  const may = (place: string) => {
    try {
      accessSync(place, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  const places: readonly (readonly [string, string])[] = [
    [file, "may write the database's file"],
    [path.dirname(file), "may put another file in its place"],
  ];
  return isRoot ? [] : places.filter(([place]) => may(place)).map(([, words]) => words);
}

type Ask = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** The key by which rows are kept has no index of its own. A view's tables are not known here. */
const firstColumns = `select count(*) as tables, (select json_group_array(name) from (
  select name from pragma_table_info(?1) where pk = 1 union
  select coalesce(i.name, '') from pragma_index_list(?1) as l, pragma_index_info(l.name) as i where i.seqno = 0 and l.partial = 0)) as first
  from sqlite_schema where type = 'table' and lower(name) = lower(?1)`;

/** More rows than these need no count. */
const COUNTED = 1000;

/** Of the tables that the mapping names. */
export async function sqliteIndexes(tables: Iterable<string>, ask: Ask): Promise<readonly TableIndexes[]> {
  const found: TableIndexes[] = [];
  for (const table of tables) {
    const [row] = await ask(firstColumns, [table]);
    if (row?.["tables"] !== "1") continue;
    const name = `"${table.replaceAll('"', '""')}"`;
    const [counted] = await ask(`select count(*) as n from (select 1 from ${name} limit ${COUNTED})`, []);
    found.push({ table, first: JSON.parse(row["first"] ?? "[]") as string[], rows: Number(counted?.["n"] ?? 0) });
  }
  return found;
}
