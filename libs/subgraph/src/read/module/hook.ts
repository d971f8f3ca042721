/**
 * What a ministry writes whose system none of the kinds can read: one file, one export.
 *
 *     import type { ReadRows } from "…/hook.js";          // types alone: erased before it runs
 *     export const read: ReadRows = async ({ keys, columns }, { settings, signal }) => [ … ];
 *
 * Version 1. Members may be added; none is taken away or made to mean something else.
 */
export type ReadRows = (question: RowsQuestion, around: Surroundings) => Promise<readonly Row[]>;

/** Of how many persons ever, one question. */
export interface RowsQuestion {
  /** `from` of a type in adapter.yaml. */
  readonly resource: string;
  /** `identify`: identifier columns alone. `values`: the columns named. `page`: everybody whom the filters find, for `lists`. */
  readonly question: "identify" | "values" | "page";
  /**
   * By the identifier column in which they stand: whom to read. A row of any of them is wanted, and none other. Some are of nobody: they stand
   * in place of whom the ministry may not tell of. Of `page`: null, or whom alone the list may show.
   */
  readonly keys: Readonly<Record<string, readonly string[]>> | null;
  /** What is read of each row; whatever else a row has is dropped. Identifier columns are among them. */
  readonly columns: readonly string[];
  /** Of `page`, by their names in adapter.yaml: stored values, any of which fits; null where a filter is not used. */
  readonly filters: Readonly<Record<string, readonly string[] | null>>;
}

export interface Surroundings {
  /** What `settings` of adapter.yaml names, as the adapter's environment says it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** By column. Weft reads texts: a number or a truth becomes one, a list or an object is none. */
export type Row = Readonly<Record<string, unknown>>;
