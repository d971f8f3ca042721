import { sql } from "kysely";
import { column, type Fragment, parameter } from "../fragment.js";
import { type Dialect, type NormaliseStep, rowBeyond } from "../dialect.js";

/** Every value leaves PostgreSQL as text, in one spelling whatever the column's type. */
export function asText(fragment: Fragment): Fragment {
  return sql`(${fragment})::text`;
}

export const postgres: Dialect = {
  text: ({ name, of }) => asText(column(name, of)),
  truth: asText,
  step: (step, text) => steps[step](text),
  differs: (a, b) => sql`${a} is distinct from ${b}`,
  literal: (_, text) => sql.lit(text),
  flag: (fill) => sql`${parameter(fill)}::boolean`,
  value: (_, fill) => parameter(fill),
  among: (_, of, texts) => sql`${of} = any(${parameter(texts)})`,
  joins: ({ name, of }, _, person) => sql`${column(name, of)} = ${person}`,
  beyond: rowBeyond,
  nothingLast: sql` nulls last`,
};

const steps: Record<NormaliseStep, (fragment: Fragment) => Fragment> = {
  trim: (text) => sql`btrim((${text})::text)`,
  digits: (text) => sql`regexp_replace((${text})::text, '\\D', '', 'g')`,
  upper: (text) => sql`upper((${text})::text)`,
  lower: (text) => sql`lower((${text})::text)`,
  alphanumeric: (text) => sql`regexp_replace((${text})::text, '[^0-9A-Za-z]', '', 'g')`,
};
