import type { FieldNode, GraphQLField } from "graphql";
import type { Coordinate } from "#libs/terms";
import type { Where } from "./config.js";

/**
 * What one plan needs of a source: tables, columns, questions of existence, lists. Derived from the plan's coordinates and the
 * mapping, never from a value, so that a source may prepare its statement once for each plan.
 *
 * Everything that can be visible for one person and withheld for another has a position in the mask.
 */
export interface Needs {
  /** The person's own row. */
  readonly own: TableNeed;
  /** Types with a table of their own, at most one row a person. */
  readonly joined: readonly TableNeed[];
  readonly exists: readonly SlotNeed[];
  readonly lists: readonly PersonListNeed[];
  readonly entries: readonly EntryNeed[];
  /** For each position of the mask, the coordinates that look there: it is `1` iff one of them is visible for the person. */
  readonly layout: readonly ReadonlySet<Coordinate>[];
}

/** Beside the columns of a row that is many parts': how many were asked, and how many answered. No column is called so. */
export const PARTS_ASKED = "?parts.asked";
export const PARTS_ANSWERED = "?parts.answered";

/** One output of a value statement. */
export interface Cell {
  /** Under which its text is found in a row: the column's name, or a name of ours for a condition. */
  readonly name: string;
  readonly position: number;
  /** A condition in the source's own SQL instead of a column; its text is `true`, `false` or null. */
  readonly condition?: string;
}

export interface TableNeed {
  /** The type of the mapping that says `from`, `on`, `where` and `duplicates`. */
  readonly type: string;
  /** Of the question whether there is a row at all. */
  readonly position: number;
  readonly cells: readonly Cell[];
}

/** A field whose arguments go into the statement. `key` tells two uses of one field with different arguments apart. */
export interface SlotNeed {
  readonly key: string;
  readonly coordinate: Coordinate;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly position: number;
}

export interface PersonListNeed extends SlotNeed {
  readonly table: TableNeed;
}

export interface EntryNeed extends SlotNeed {
  /** What the entry's filters, order and cursor look at: a person from whom one of these is withheld is not in the list. */
  readonly touches: ReadonlySet<Coordinate>;
}

/** Conditions of a type's quality that only the source can judge get names of ours. */
export function conditionName(type: string, word: string): string {
  return `?${type}.${word}`;
}

export function columnsOfWhere(where: Where | undefined): readonly string[] {
  return where === undefined || typeof where === "string" ? [] : Object.keys(where);
}
