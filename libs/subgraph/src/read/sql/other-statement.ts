import { sql } from "kysely";
import type { CodeTableConfig } from "../codes.js";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { PERSON } from "../schema.js";
import { tableColumns } from "../table-columns.js";
import { any, asText, column, comparable, condition, type Fragment, parameter, table } from "./fragment.js";

export function codeTableStatement(codes: CodeTableConfig): Fragment {
  return sql`select ${asText(column(codes.code))} as code, ${asText(column(codes.label))} as label from ${table(codes.from)} where ${condition(codes.where)}`;
}

/** Rows of the person's table as they are held, for the ministry's own eyes: the mapped columns, as the account sees no others. */
export function rawStatement(mapping: Mapping): Fragment {
  const type = mapping.config.types[PERSON];
  const matches = mapping.identifiers.map(
    (identifier, i) => sql`${comparable(identifier)} = any(${parameter((keys: Keys) => keys.columns[i])})`,
  );
  const from = type?.from ?? "";
  const columns = [...(tableColumns(mapping.config).get(from) ?? [])].sort();
  const names = sql.join(columns.map((name) => sql.lit(name)));
  const values = sql.join(columns.map((name) => asText(column(name))));
  return sql`select json_object(array[${names}]::text[], array[${values}]::text[])::text as row from ${table(from)} as t where ${any(matches)} limit 20`;
}
