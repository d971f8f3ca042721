/** What a database, or the document of a service, says of itself: names, keys, indexes, comments, estimates. No row of it. */
export interface Catalogue {
  readonly kind: DatabaseKind | "rest" | "soap";
  /** The schema that was looked at; null where the kind has none, or where it is the connection's own. */
  readonly schema: string | null;
  /** As the server's clock is set, where it says so. */
  readonly timezone: string | null;
  readonly tables: readonly Table[];
}

export type DatabaseKind = "postgres" | "mariadb" | "sqlite";

export interface Table {
  readonly name: string;
  readonly isView: boolean;
  readonly comment: string | null;
  /** The server's own estimate; null where it has none. */
  readonly rows: number | null;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly indexes: readonly Index[];
}

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  readonly comment: string | null;
  /** The closed list that the table itself declares: an enumeration, or a check. */
  readonly values: readonly string[] | null;
}

export type ColumnKind = "text" | "integer" | "decimal" | "boolean" | "day" | "time" | "uuid" | "binary" | "other";

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** In the order of `columns`. */
  readonly references: readonly string[];
}

export interface Index {
  /** In order; an index on an expression has none there. */
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  /** Over some rows only. */
  readonly isPartial: boolean;
}

export function findTable(catalogue: Catalogue, name: string): Table | undefined {
  return catalogue.tables.find((table) => table.name === name);
}

export function findColumn(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/** Whether a look-up by these columns finds its rows without reading the whole table. A view's own tables are not known here. */
export function isIndexed(table: Table, columns: readonly string[]): boolean {
  const wanted = new Set(columns);
  return (
    table.isView ||
    [{ columns: table.primaryKey, isPartial: false }, ...table.indexes].some(
      (index) => index.columns.length > 0 && wanted.has(index.columns[0] ?? "") && !index.isPartial,
    )
  );
}

/** Whether at most one row has the same values there. `partly`: an index over valid rows only counts too. */
export function isUnique(table: Table, columns: readonly string[], partly = false): boolean {
  const holds = (key: readonly string[]) => key.length > 0 && key.every((name) => columns.includes(name));
  return (
    holds(table.primaryKey) ||
    table.indexes.some((index) => index.isUnique && (partly || !index.isPartial) && holds(index.columns))
  );
}
