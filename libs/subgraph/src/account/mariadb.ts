import type { Row } from "../read/sql/statement.js";
import type { AccountReport } from "./report.js";

type Ask = (text: string) => Promise<readonly Row[]>;

/** `show grants` says it in one line for each place; information_schema says it in tables, of this account alone. */
const global =
  "select lower(privilege_type) as word from information_schema.user_privileges where grantee = (select concat('''', replace(current_user(), '@', '''@'''), '''')) and privilege_type <> 'USAGE'";
const schemas =
  "select distinct lower(privilege_type) as word, table_schema as place from information_schema.schema_privileges where grantee = (select concat('''', replace(current_user(), '@', '''@'''), ''''))";
const tables =
  "select if(c.table_schema = database(), c.table_name, concat(c.table_schema, '.', c.table_name)) as name, c.column_name as col, lower(c.privileges) as words from information_schema.columns c where c.table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys') and c.privileges <> '' order by 1, 2";
const indexes =
  "select if(t.table_schema = database(), t.table_name, concat(t.table_schema, '.', t.table_name)) as name, t.table_rows as row_count, (select json_arrayagg(coalesce(s.column_name, '')) from information_schema.statistics s where s.table_schema = t.table_schema and s.table_name = t.table_name and s.seq_in_index = 1) as first_columns from information_schema.tables t where t.table_type = 'BASE TABLE' and t.table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys')";

const writing = /insert|update|delete|references/;

export async function mariadbAccount(ask: Ask): Promise<AccountReport> {
  const words = (await ask(global)).map((row) => `has ${row["word"] ?? ""} on the whole server`);
  const more = (await ask(schemas)).map((row) => `has ${row["word"] ?? ""} on all of ${row["place"] ?? ""}`);
  const byTable = Map.groupBy(await ask(tables), (row) => row["name"] ?? "");
  return {
    powers: [...words, ...more],
    tables: [...byTable].map(([table, rows]) => ({
      table,
      reads: rows.filter((row) => row["words"]?.includes("select")).map((row) => row["col"] ?? ""),
      writes: rows.some((row) => writing.test(row["words"] ?? "")),
    })),
    indexes: (await ask(indexes)).map((row) => ({
      table: row["name"] ?? "",
      first: JSON.parse(row["first_columns"] ?? "[]") as string[],
      rows: row["row_count"] == null ? null : Number(row["row_count"]),
    })),
  };
}
