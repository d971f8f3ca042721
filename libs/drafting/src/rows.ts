import type { Column, Table } from "./catalogue.js";
import type { Profiles } from "./person-table.js";
import type { PlannedDate, PlannedTest, PlannedType } from "./plan.js";
import { means } from "./words.js";

/** Rows that count: valid today, and not deleted. */
export function testsOf(table: Table): readonly PlannedTest[] {
  const isDay = ({ kind }: Column) => kind === "day" || kind === "time";
  return table.columns.flatMap((column): PlannedTest[] => {
    if (column.nullable && isDay(column) && (means(column.name, "validTo") || means(column.name, "deleted")))
      return [{ column: column.name, test: "isNull" }];
    if (column.kind === "boolean" && means(column.name, "deleted")) return [{ column: column.name, test: "notTrue" }];
    return [];
  });
}

/** How a column's days are written; undefined where it holds none. */
export function dateOf(column: Column, table: Table, profiles: Profiles): string | undefined {
  if (column.kind === "day" || column.kind === "time") return "iso";
  if (column.kind !== "text" && column.kind !== "integer") return undefined;
  return profiles.get(table.name)?.get(column.name)?.date ?? undefined;
}

/** The day on which a row was last changed: by a column that says so, or the one from which it is valid. */
export function asOfOf(table: Table, profiles: Profiles): PlannedDate | undefined {
  for (const meaning of ["changed", "validFrom"] as const) {
    const column = table.columns.find(({ name }) => means(name, meaning));
    const date = column && dateOf(column, table, profiles);
    if (column && date !== undefined) return { column: column.name, date };
  }
  return undefined;
}

/** A page needs an order that is unique; newest first where a column says when. */
export function listOf(table: Table, profiles: Profiles): PlannedType["list"] {
  const unique = table.indexes.find((index) => index.isUnique && !index.isPartial && index.columns.length > 0);
  const keyset = table.primaryKey.length > 0 ? table.primaryKey : (unique?.columns ?? []);
  if (keyset.length === 0 || keyset.length > 4) return undefined;
  const newest = table.columns.find((column) => {
    const isAside = (["birth", "validTo", "deleted", "death"] as const).some((one) => means(column.name, one));
    const format = dateOf(column, table, profiles);
    return !keyset.includes(column.name) && !isAside && (format === "iso" || format === "yyyyMMdd");
  });
  return { newest: newest?.name, keyset };
}
