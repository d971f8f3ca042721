import { sql } from "kysely";
import type { CodeTableConfig } from "../codes.js";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { PERSON } from "../schema.js";
import { any, asText, column, comparable, condition, type Fragment, parameter, table } from "./fragment.js";

export function codeTableStatement(codes: CodeTableConfig): Fragment {
  return sql`select ${asText(column(codes.code))} as code, ${asText(column(codes.label))} as label from ${table(codes.from)} where ${condition(codes.where)}`;
}

/** Whole rows of the person's table, for the ministry's own eyes. */
export function rawStatement(mapping: Mapping): Fragment {
  const type = mapping.config.types[PERSON];
  const matches = mapping.identifiers.map(
    (identifier, i) => sql`${comparable(identifier)} = any(${parameter((keys: Keys) => keys.columns[i])})`,
  );
  return sql`select (select json_object_agg(each.key, each.value) from json_each_text(row_to_json(t)) as each)::text as row from ${table(type?.from ?? "")} as t where ${any(matches)} limit 20`;
}
