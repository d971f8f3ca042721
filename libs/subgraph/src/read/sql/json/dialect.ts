import type { ColumnAt, Dialect } from "../dialect.js";
import type { Fill, Fragment } from "../fragment.js";

/** A database whose keys arrive as one JSON text, and whose lists leave as one. */
export interface JsonDialect extends Dialect {
  /** As `text`, of a value of the column that is found elsewhere. */
  textOf(at: ColumnAt, of: Fragment): Fragment;
  /** A JSON text of `[mask, key, …]` for each person, as rows `weft_n` (from 1), `weft_m`, `weft_k0` … */
  keyRows(columns: number, json: Fragment): Fragment;
  /** Joins a table to keys: by its index for each key, never the other way about. */
  readonly fromKeys: Fragment;
  /** The column equals the key, in a form that its index serves. May find more: `same` judges. */
  finds(at: ColumnAt, key: Fragment): Fragment;
  /** Does an index of the column's own serve `finds`? */
  isIndexed(at: ColumnAt): boolean;
  /** What rows are looked up by in a table of keys; `same` judges what it finds. */
  hashed(text: Fragment): Fragment;
  /** A limit that is none: a subquery that has one is made once, with an index of its own. */
  readonly unlimited: Fragment;
  /** Two texts, character by character, whatever a collation says. Nothing is the same as nothing. */
  same(a: Fragment, b: Fragment): Fragment;
  /** A keyset's value as text that `value` reads back. */
  place(at: ColumnAt): Fragment;
  array(items: readonly Fragment[]): Fragment;
  /** The JSON array of all rows of a group, in any order. */
  gathered(item: Fragment): Fragment;
  object(members: readonly (readonly [string, Fragment])[]): Fragment;
  limit<Request>(fill: Fill<Request>): Fragment;
  /** `p as (…)` that is made once where that can be said. */
  readonly named: Fragment;
}

/** Half a surrogate pair is no text to a database, and would spoil the rest. */
export function jsonText(value: readonly (string | readonly string[])[]): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "string" ? each.toWellFormed() : each));
}
