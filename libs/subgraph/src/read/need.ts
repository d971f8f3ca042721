import type { FieldNode, GraphQLField } from "graphql";
import type { Coordinate } from "#libs/terms";
import type { Where } from "./config.js";

/**
 * What one plan needs of a source: tables, columns, questions of existence, lists. Derived from the plan's coordinates and the
 * mapping, never from a value, so that a source may prepare its statement once for each plan.
 */
export interface Needs {
  /** The person's own row. */
  readonly own: TableNeed;
  /** Types with a table of their own, at most one row a person. */
  readonly joined: readonly TableNeed[];
  readonly exists: readonly SlotNeed[];
  readonly lists: readonly PersonListNeed[];
  readonly entries: readonly EntryNeed[];
}

/** One output of a value statement, and the coordinates that look at it: it is read for a person iff one of them is visible. */
export interface Cell {
  /** Under which its text is found in a row: the column's name, or a name of ours for a condition. */
  readonly name: string;
  /** A condition in the source's own SQL instead of a column; its text is `true`, `false` or null. */
  readonly condition?: Where;
  readonly coordinates: ReadonlySet<Coordinate>;
}

export interface TableNeed {
  /** The type of the mapping that says `from`, `on`, `where` and `duplicates`. */
  readonly type: string;
  readonly cells: readonly Cell[];
}

/** A field whose arguments go into the statement. `key` tells two uses of one field with different arguments apart. */
export interface SlotNeed {
  readonly key: string;
  readonly coordinate: Coordinate;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
}

export interface PersonListNeed extends SlotNeed {
  readonly table: TableNeed;
}

export interface EntryNeed extends SlotNeed {
  /** Of `lists`. */
  readonly list: string;
}
