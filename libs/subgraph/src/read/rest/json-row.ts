import { query } from "jsonpath-rfc9535";
import { WeftError } from "#libs/terms";

export type JsonRow = Readonly<Record<string, unknown>>;

/** A member's name, or a JSONPath (RFC 9535) that finds one value. Objects and lists are not values: null. */
export function jsonColumn(row: JsonRow, column: string): string | null {
  const value = column.startsWith("$") ? query(row as never, column)[0] : row[column];
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** What an API that selects fields is asked for: `$.assessment.level` needs `assessment`. */
export function topMember(column: string): string {
  return (
    /^\$(?:\.([\w-]+)|\[['"]([^'"]+)['"]\])/
      .exec(column)
      ?.slice(1)
      .find((name) => name !== undefined) ?? column
  );
}

/** A path may find the rows or their list. */
export function jsonRows(answer: unknown, path: string): readonly JsonRow[] {
  const found: readonly unknown[] = query(answer as never, path).flat();
  if (!found.every(isRow)) throw new WeftError("SOURCE_INVALID", { detail: "rows that are not objects" });
  return found;
}

export function jsonScalar(answer: unknown, path: string): string | undefined {
  const [value] = query(answer as never, path);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function isRow(value: unknown): value is JsonRow {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
