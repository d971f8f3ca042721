import type { PersonRow, SearchRow } from "./search-rows.js";

/** As the migrations leave them. A `bigint` is read as text. */
export interface Tables {
  log_head: { size: string; root: Buffer; at: Date };
  leaf_run: { first: string; hashes: Buffer };
  tree_hash: { level: number; index: number; hash: Buffer };
  record: { index: number | string; jwt: string; at: Date };
  disclosure: { index: number | string; texts: string; at: Date };
  request_key: { key: Buffer; until: Date };
  search_position: { next: number | string; at: Date };
  search_record: SearchRow;
  search_person: PersonRow;
  search_counted: { day: string };
  search_day: { scope: string; facet: string; day: string; values: string[]; counts: number[] };
  search_stale: { index: number | string; concluded_by: number | string | null };
  suspension: { index: number | string; record: string; proof: string };
}
