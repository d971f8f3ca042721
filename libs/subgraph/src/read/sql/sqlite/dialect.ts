import { sql } from "kysely";
import { type ColumnAt, type NormaliseStep, rowBeyond } from "../dialect.js";
import { column, type Fragment, list, parameter } from "../fragment.js";
import { type JsonDialect, jsonText } from "../json/dialect.js";

/** By table and column, in lower case: the type that the table declares. */
export type DeclaredTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** SQLite converts the text to the column's affinity where one is declared; the column's own collation finds, the bytes decide. */
export function sqliteDialect(declared: DeclaredTypes): JsonDialect {
  const textOf = (_: ColumnAt, of: Fragment) => sql`cast(${of} as text)`;
  const text = (at: ColumnAt) => textOf(at, column(at.name, at.of));
  const finds = (at: ColumnAt, key: Fragment) => sql`${column(at.name, at.of)} = ${key}`;
  return {
    text,
    textOf,
    place: text,
    truth: (condition) => sql`case when ${condition} then 'true' else 'false' end`,
    step: (step, of) => steps[step](of),
    differs: (a, b) => sql`${a} is not ${b}`,
    literal: (at, word) => literal(declared.get(at.table)?.get(at.name.toLowerCase()) ?? "text", word),
    flag: (fill) => sql`${parameter((request: never) => (fill(request) ? "1" : "0"))} = '1'`,
    value: (_, fill) => parameter(fill),
    among: (at, of, texts) =>
      sql`${textOf(at, of)} in (select value from json_each(${parameter((request: never) => jsonText(texts(request)))}))`,
    joins: (here, _, of) => sql`(${finds(here, of)} and ${column(here.name, here.of)} = ${of} collate binary)`,
    keyRows: (columns, json) => {
      const keys = Array.from({ length: columns }, (_, i) => member(i + 1, `weft_k${i}`));
      return sql`(select key + 1 as weft_n, ${list([member(0, "weft_m"), ...keys])} from json_each(${json}))`;
    },
    fromKeys: sql`cross join`,
    finds,
    // Where there is none, SQLite makes one for the length of the statement.
    isIndexed: () => true,
    hashed: (text) => sql`cast(${text} as text)`,
    unlimited: sql`-1`,
    same: (a, b) => sql`${a} is ${b} collate binary`,
    array: (items) => sql`json_array(${list(items)})`,
    gathered: (item) => sql`json_group_array(${item})`,
    object: (members) => sql`json_object(${list(members.flatMap(([name, value]) => [sql.lit(name), value]))})`,
    limit: (fill) => parameter(fill),
    named: sql`p as materialized`,
    beyond: rowBeyond,
    nothingLast: sql``,
  };
}

function member(at: number, name: string): Fragment {
  return sql`json_extract(value, ${sql.lit(`$[${at}]`)}) as ${sql.id(name)}`;
}

/** A truth value is 1 or 0 but in a column of texts. */
function literal(type: string, word: string): Fragment {
  const isText = /char|clob|text/i.test(type);
  if (!isText && (word === "true" || word === "false")) return sql.raw(word === "true" ? "1" : "0");
  return sql.lit(word);
}

/** What SQLite has no words for, each connection is taught: see worker.ts. */
const steps: Record<NormaliseStep, (text: Fragment) => Fragment> = {
  trim: (text) => sql`trim(${text})`,
  digits: (text) => sql`weft_digits(${text})`,
  upper: (text) => sql`upper(${text})`,
  lower: (text) => sql`lower(${text})`,
  alphanumeric: (text) => sql`weft_alphanumeric(${text})`,
};
