import type { Eraser } from "./postgres/erasure.js";
import type { IndexerOptions, SearchIndexer } from "./postgres/search-index.js";
import type { PostgresLog } from "./postgres/storage.js";
import type { PostgresSearch } from "./postgres/search.js";

export * from "./admission.js";
export * from "./audit.js";
export * from "./checkpoint.js";
export * from "./client.js";
export * from "./cosignature.js";
export * from "./disclosures.js";
export * from "./edge.js";
export * from "./heartbeat.js";
export * from "./erasure.js";
export { subjectRefForm } from "./forms.js";
export * from "./high-water.js";
export * from "./interrupted.js";
export * from "./note.js";
export * from "./presentation.js";
export * from "./proof.js";
export * from "./publisher.js";
export * from "./named-parts.js";
export * from "./reconcile.js";
export * from "./record-parts.js";
export * from "./record.js";
export * from "./registry-keys.js";
export * from "./review/answer.js";
export * from "./review/disclosed-to.js";
export * from "./review/ended.js";
export * from "./review/part.js";
export * from "./review/registry-rights.js";
export * from "./review/rights.js";
export * from "./review/verify.js";
export * from "./search/entry.js";
export * from "./search/matches.js";
export * from "./search/memory.js";
export * from "./search/search.js";
export * from "./search/summary.js";
export * from "./sequencer.js";
export * from "./set-digest.js";
export * from "./storage.js";
export * from "./suspension.js";
export * from "./suspension-watch.js";
export * from "./tile.js";
export * from "./tree.js";
export * from "./witness.js";
export * from "./witness-client.js";
export type { Eraser } from "./postgres/erasure.js";
export type { SearchIndexer } from "./postgres/search-index.js";
export type { PostgresSearch } from "./postgres/search.js";
export type { PostgresLog } from "./postgres/storage.js";

/** Loaded when it is asked for: a gateway or an adapter that imports this door needs no database driver. */
export async function openPostgresLog(url: string): Promise<PostgresLog> {
  return (await import("./postgres/storage.js")).openPostgresLog(url);
}

/** Follows the log as `weft_log_index`. The log's own process has applied the migrations. */
export async function openIndexer(url: string, options?: IndexerOptions): Promise<SearchIndexer> {
  return (await import("./postgres/search-index.js")).openIndexer(url, options);
}

/** Searches as `weft_log_search`, which can change nothing. */
export async function openSearch(url: string): Promise<PostgresSearch> {
  return (await import("./postgres/search.js")).openSearch(url);
}

/** Erases as `weft_log_retention`. */
export async function openEraser(url: string, wait?: number): Promise<Eraser> {
  return (await import("./postgres/erasure.js")).openEraser(url, wait);
}
