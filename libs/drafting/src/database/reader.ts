import type { Catalogue, Table } from "../catalogue.js";

/** One look at a database, in read-only statements of constant text, each with a time-out, on one connection. */
export interface DatabaseReader {
  catalogue(): Promise<Catalogue>;
  /**
   * Rows as texts, by column; at most `SAMPLE` of them, cut to `CELL` letters. Undefined where they cannot be read: no right, no time.
   * `valid`: an empty column that says which rows count.
   */
  sample(table: Table, columns: readonly string[], valid: readonly string[]): Promise<readonly Row[] | undefined>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, string | null>>;

export const SAMPLE = 2000;
export const CELL = 100;
/** Milliseconds for a statement. */
export const STATEMENT = 3000;
