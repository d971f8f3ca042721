import { splitCanonicalPerson } from "#libs/terms";
import type { Where } from "../config.js";
import { decoyKey, type IdentifierColumn, type Keys, readIdentifier, spellKey } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { columnTests, compareTexts, holds, isStructured } from "../where.js";
import { jsonColumn, type JsonRow } from "./json-row.js";

export interface MatchedRow {
  /** Number of the person whose key the row holds. */
  readonly at: number;
  readonly row: JsonRow;
}

export function storedOf(mapping: Mapping, row: JsonRow): readonly (string | null)[] {
  return mapping.identifiers.map((identifier) => jsonColumn(row, identifier.config.column));
}

/** Rows that the mapping's `where` keeps, newest first where it says so. */
export function keptRows(
  rows: readonly JsonRow[],
  where: Where | undefined,
  newest: string | undefined,
): readonly JsonRow[] {
  const tests = isStructured(where) ? columnTests(where) : [];
  const kept = rows.filter((row) => holds(tests, (column) => jsonColumn(row, column)));
  if (newest === undefined) return kept;
  return kept.toSorted((a, b) => compareTexts(jsonColumn(b, newest) ?? "", jsonColumn(a, newest) ?? ""));
}

/** By any identifier. A row that holds nobody's key was not asked for, and is dropped. */
export function matchPeople(mapping: Mapping, keys: Keys, rows: readonly JsonRow[]): readonly MatchedRow[] {
  const lookups = mapping.identifiers.map((identifier, i) => keyLookup(identifier, keys.columns[i] ?? []));
  return rows.flatMap((row) => {
    const numbers = new Set(
      mapping.identifiers.flatMap((identifier, i) => lookups[i]?.(jsonColumn(row, identifier.config.column)) ?? []),
    );
    return [...numbers].map((at) => ({ at, row }));
  });
}

/** The numbers of the persons whose key a stored text spells. */
export function keyLookup(
  identifier: IdentifierColumn,
  keys: readonly string[],
): (stored: string | null) => readonly number[] {
  const numbers = new Map<string, number[]>();
  for (const [at, key] of keys.entries()) numbers.set(key, [...(numbers.get(key) ?? []), at]);
  return (stored) => {
    const canonical = readIdentifier(identifier, stored);
    return canonical === undefined
      ? []
      : (numbers.get(spellKey(identifier, splitCanonicalPerson(canonical).value)) ?? []);
  };
}

/** The same number of keys, decoys in place of all but some persons. */
export function onlyKeys(mapping: Mapping, keys: Keys, keep: (at: number) => boolean): Keys {
  const columns = mapping.identifiers.map((identifier, i) =>
    (keys.columns[i] ?? []).map((key, at) => (keep(at) ? key : spellKey(identifier, decoyKey(identifier.scheme)))),
  );
  return { size: keys.size, columns };
}
