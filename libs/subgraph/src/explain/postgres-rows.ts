import { sql } from "kysely";
import type { AdapterConfig } from "../read/config.js";
import { condition } from "../read/sql/condition.js";
import { column, list, parameter, table as tableNamed } from "../read/sql/fragment.js";
import { asText, postgres } from "../read/sql/postgres/dialect.js";
import { openReadOnly, runOn } from "../read/sql/postgres/source.js";
import { compiled, type Statement } from "../read/sql/statement.js";
import type { PostgresConfig } from "../read/source-config.js";
import type { KeyedRows, KeyedTable } from "./keyed-rows.js";

type Asked = readonly string[];

/** One constant statement for each table, in read-only sessions. */
export function openPostgresRows(
  config: PostgresConfig,
  protect: AdapterConfig["protect"],
  env: Readonly<Record<string, string | undefined>>,
): KeyedRows {
  const db = openReadOnly(config, protect, env);
  const statements = new Map<KeyedTable, Statement<Asked>>();
  return {
    async read(table, keys, signal) {
      const statement = statements.get(table) ?? compiled<Asked>(db, statementOf(table));
      statements.set(table, statement);
      const rows = await runOn(db, statement, keys, signal);
      return rows.map((row) => Object.fromEntries(table.columns.map((name, at) => [name, row[`c${at}`] ?? null])));
    },
    close: () => db.destroy(),
  };
}

function statementOf({ from, where, key, columns }: KeyedTable) {
  const wanted = columns.map((name, at) => sql`${asText(column(name))} as ${sql.id(`c${at}`)}`);
  // As text: a house may number its cases, and nobody's case is a word. A column of text is compared as it is, by its index.
  const keys = parameter((asked: Asked) => asked);
  return sql`select ${list(wanted)} from ${tableNamed(from)} where (${condition(postgres, from, where)}) and ${asText(column(key))} = any(${keys}::text[])`;
}
