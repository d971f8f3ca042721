import type { Where } from "../read/config.js";
import type { Texts } from "../read/source.js";

export interface KeyedTable {
  readonly from: string;
  readonly where: Where | undefined;
  readonly key: string;
  readonly columns: readonly string[];
}

/** Rows of a table whose key is one of these: as many keys each time, whatever was asked. */
export interface KeyedRows {
  read(table: KeyedTable, keys: readonly string[], signal: AbortSignal): Promise<readonly Texts[]>;
  close(): Promise<void>;
}
