import { sql } from "kysely";
import { type Fill, type Fragment, list } from "./fragment.js";
import type { IdentifierColumn } from "../identifier.js";

/** A column of a table of the MIS. `of`: what the table is called in the statement. */
export interface ColumnAt {
  readonly table: string;
  readonly name: string;
  readonly of?: string;
}

export type NormaliseStep = IdentifierColumn["config"]["normalise"][number];

/**
 * What one kind of database says in words of its own, wherever the shape of a statement is the same for all. What has another
 * shape (how keys arrive, how a person's rows are gathered) is in the kind's own statements.
 */
export interface Dialect {
  /** The column as text, in one spelling whatever its type. */
  text(at: ColumnAt): Fragment;
  /** A condition as text: `true` where it holds. */
  truth(condition: Fragment): Fragment;
  step(step: NormaliseStep, text: Fragment): Fragment;
  /** Nothing is the same as nothing. */
  differs(a: Fragment, b: Fragment): Fragment;
  /** A word of adapter.yaml, as the column is compared with it. */
  literal(at: ColumnAt, text: string): Fragment;
  /** A parameter that holds or does not. */
  flag<Request>(fill: Fill<Request, boolean>): Fragment;
  /** A parameter, as the column is compared with it. */
  value<Request>(at: ColumnAt, fill: Fill<Request>): Fragment;
  /** Is what `of` stands for, a value of the column, one of the texts? */
  among<Request>(at: ColumnAt, of: Fragment, texts: Fill<Request, readonly string[]>): Fragment;
  /** The row's column holds what the person's column holds. `of`: where the latter's value is found. */
  joins(here: ColumnAt, person: ColumnAt, of: Fragment): Fragment;
  /** Do the values stand before (`<`) or after (`>`) the places, the first of them counting most? */
  beyond(values: readonly Fragment[], operator: "<" | ">", places: readonly Fragment[]): Fragment;
  /** Appended to `order by … desc`. */
  readonly nothingLast: Fragment;
}

/** Where the database itself finds an index for it. */
export function rowBeyond(values: readonly Fragment[], operator: "<" | ">", places: readonly Fragment[]): Fragment {
  return sql`(${list(values)}) ${sql.raw(operator)} (${list(places)})`;
}
