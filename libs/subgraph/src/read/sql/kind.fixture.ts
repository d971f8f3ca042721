import type { FixtureTable } from "./health.fixture.js";

/** What a database's own log says of one statement of ours. */
export interface LoggedStatement {
  /** As it was prepared. */
  readonly text: string;
  /** As it was executed: the parameters are to be found here. */
  readonly executed: string;
}

export interface FixtureServer {
  readonly env: Readonly<Record<string, string>>;
  /** A mark in the log, once the server has caught up. */
  logged(): Promise<number>;
  /** Statements since a mark. */
  statements(since: number): Promise<readonly LoggedStatement[]>;
  /** Further tables, made by the database's owner. */
  add(tables: readonly FixtureTable[]): Promise<void>;
  stop(): Promise<void>;
}

/** A kind of database that the conformance suite of read sources runs on. */
export interface SqlKind {
  readonly name: string;
  /** `source` of adapter.yaml. */
  readonly source: string;
  /** Why it cannot run on this machine. */
  readonly missing?: string | undefined;
  /** Does the database itself write down what it was asked? */
  readonly logs: boolean;
  start(tables: readonly FixtureTable[]): Promise<FixtureServer>;
  /** Conditions that no ministry would write, and how they are answered. */
  readonly slow: string;
  readonly tooSlow: string;
  readonly writing?: { readonly where: string; readonly detail: string };
  /** Said of a column that is not there. */
  readonly noColumn: RegExp;
}

/** `create table` and `insert` in one database's words. `quote`: of names. */
export function tableStatements(
  table: FixtureTable,
  types: Readonly<Record<FixtureTable["columns"][string], string>>,
  quote: (name: string) => string,
  literal: (value: string | number | boolean | null, type: FixtureTable["columns"][string]) => string,
): readonly string[] {
  const columns = Object.entries(table.columns);
  const declared = columns.map(([name, type]) => `${quote(name)} ${types[type]}`);
  const rows = table.rows.map(
    (row) => `(${row.map((value, i) => literal(value, columns[i]?.[1] ?? "text")).join(", ")})`,
  );
  return [
    `create table ${quote(table.name)} (${declared.join(", ")})`,
    ...(rows.length === 0 ? [] : [`insert into ${quote(table.name)} values ${rows.join(", ")}`]),
    ...(table.indexes ?? []).map(
      (name) => `create index ${quote(`${table.name}_${name}`)} on ${quote(table.name)} (${quote(name)})`,
    ),
  ];
}

/** Of texts without backslashes. */
export function sqlLiteral(value: string | number | boolean | null): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
