import type { AccountReport } from "../account/report.js";
import type { CodeTableConfig } from "./codes.js";
import type { FilterConfig } from "./config.js";
import type { Keys } from "./identifier.js";
import type { Needs } from "./need.js";

/** Texts of one row by cell name. A masked or empty cell is null. */
export type Texts = Readonly<Record<string, string | null>>;

/** A row of the person's table that holds key number `at`; its identifier columns as stored, in their order. */
export interface FoundRow {
  readonly at: number;
  readonly identifiers: readonly (string | null)[];
}

/** What the arguments of one slot come to. */
export interface SlotRequest {
  /** `:name` of an `exists` condition. */
  readonly binds: Readonly<Record<string, string>>;
  readonly list?: ListRequest;
}

export interface ListRequest {
  /** Rows wanted, at most. */
  readonly limit: number;
  /** Keyset values of the last row seen, as stored. */
  readonly after: readonly string[] | null;
  readonly filters: readonly FilterRequest[];
  /** For a list entry: rows of these persons alone, by any of their identifiers. Null: of anybody. */
  readonly only: Keys | null;
}

export interface FilterRequest {
  readonly name: string;
  readonly filter: FilterConfig;
  /** Stored spellings, any of which fits; null where the filter is not used. For `atLeast` and `atMost` exactly one. */
  readonly values: readonly string[] | null;
}

export interface ValueRequest {
  /** By the identifiers asked: one key a person, decoys elsewhere. */
  readonly keys: Keys;
  /** By every identifier known of the same persons, decoys where there is none. */
  readonly known: Keys;
  /** For each person a `1` or `0` for each position of `needs.layout`. */
  readonly masks: readonly string[];
  /** By `SlotNeed.key`. */
  readonly slots: ReadonlyMap<string, SlotRequest>;
}

export interface JoinedRow {
  /** Rows that fit; more than one is a duplicate where the mapping says so. */
  readonly rows: number;
  readonly texts: Texts;
}

export interface ValueRow {
  readonly at: number;
  /** Null where they were not read a second time. */
  readonly identifiers: readonly (string | null)[] | null;
  readonly own: Texts;
  /** By type; undefined: no row, or masked. */
  readonly joined: ReadonlyMap<string, JoinedRow>;
  /** By slot key. */
  readonly exists: ReadonlyMap<string, boolean>;
  /** By slot key; each row with its keyset as `after` of a next page. */
  readonly lists: ReadonlyMap<string, readonly ListRow[]>;
}

export interface ListRow {
  readonly texts: Texts;
  readonly place: readonly string[];
}

export interface PageRow {
  readonly identifiers: readonly (string | null)[];
  readonly place: readonly string[];
}

/**
 * A MIS, as three questions. Each is one call for any number of persons. Rows of one key come newest first where the mapping
 * says `newest(…)`. Throws WeftError `SOURCE_*` and never with a word of the MIS's own message, which may hold values.
 */
export interface Source {
  /** Only identifier columns are read. */
  identify(keys: Keys, signal: AbortSignal): Promise<readonly FoundRow[]>;
  values(needs: Needs, request: ValueRequest, signal: AbortSignal): Promise<readonly ValueRow[]>;
  /** Only identifier and keyset columns are read. In keyset order. */
  page(list: string, request: ListRequest, signal: AbortSignal): Promise<readonly PageRow[]>;
  /** Code and label. */
  codeTable(table: CodeTableConfig, signal: AbortSignal): Promise<readonly (readonly [string, string | null])[]>;
  /** Whole rows, for the ministry's own eyes. */
  raw(keys: Keys, signal: AbortSignal): Promise<readonly { readonly table: string; readonly row: Texts }[]>;
  /** The day of the data where the source itself knows it: a register file's time. */
  modified(): Date | undefined;
  health(signal: AbortSignal): Promise<string>;
  /** What our account may do, and which indexes there are. Only a database has accounts. */
  account?(signal: AbortSignal): Promise<AccountReport>;
  close(): Promise<void>;
}
