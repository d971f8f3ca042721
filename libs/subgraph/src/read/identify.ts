import type { CanonicalPerson } from "#libs/terms";
import { type IdentifierColumn, type Keys, keysOf, readIdentifier } from "./identifier.js";
import type { Mapping } from "./mapping.js";
import type { RowIdentity } from "./port.js";
import { PERSON } from "./schema.js";
import type { FoundRow, Source } from "./source.js";

export interface Identified extends RowIdentity {
  /** `duplicate`: more than one row holds the key, and the mapping does not say which is meant. */
  readonly state: "found" | "absent" | "duplicate";
}

/**
 * The first of two statements: which persons are there, and every identifier of their rows. Reads no personal column. `size`: keys sent,
 * decoys beyond the persons.
 */
export async function identify(
  source: Source,
  mapping: Mapping,
  persons: readonly CanonicalPerson[],
  signal: AbortSignal,
  size: number = persons.length,
): Promise<readonly Identified[]> {
  const keys = keysOf(
    mapping.identifiers,
    Array.from({ length: size }, (_, at) => persons.slice(at, at + 1)),
  );
  const found = await source.identify(keys, signal);
  const newest = mapping.config.types[PERSON]?.duplicates !== "withhold";
  const rows = persons.map((): FoundRow[] => []);
  for (const row of found) rows[row.at]?.push(row);
  return persons.map((person, at) => identified(person, rows[at] ?? [], mapping.identifiers, newest));
}

function identified(
  person: CanonicalPerson,
  rows: readonly FoundRow[],
  columns: readonly IdentifierColumn[],
  newest: boolean,
): Identified {
  const own = rows
    .map((row) => identifiersOf(columns, row.identifiers))
    .filter((identifiers) => identifiers.includes(person));
  const identifiers = [...new Set([person, ...own.flat()])];
  if (own.length === 0) return { person, identifiers, state: "absent" };
  return { person, identifiers, state: own.length === 1 || newest ? "found" : "duplicate" };
}

export function identifiersOf(
  columns: readonly IdentifierColumn[],
  stored: readonly (string | null)[],
): readonly CanonicalPerson[] {
  return columns.flatMap((column, i) => readIdentifier(column, stored[i] ?? null) ?? []);
}

/** Keys by which persons are read, decoys in place of everybody that `readable` leaves out. */
export function readableKeys(
  columns: readonly IdentifierColumn[],
  people: readonly Identified[],
  readable: readonly boolean[],
  size: number,
): { readonly keys: Keys; readonly known: Keys } {
  const at = (i: number) => (readable[i] ? people[i] : undefined);
  const each = Array.from({ length: size }, (_, i) => at(i));
  return {
    keys: keysOf(
      columns,
      each.map((person) => (person ? [person.person] : [])),
    ),
    known: keysOf(
      columns,
      each.map((person) => (person ? [person.person, ...person.identifiers] : [])),
    ),
  };
}
