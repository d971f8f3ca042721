import { setTimeout as sleep } from "node:timers/promises";
import type { RecordSearch, SearchIndexer } from "#libs/access-log";
import type { Logger, Metrics } from "#libs/server";

/** Milliseconds until it looks again whether there is something new, or whether what failed works. */
const PAUSE = 250;
const PAUSE_AFTER_FAILURE = 2_000;
/** Milliseconds between two looks whether a day is over, or has changed. */
const DAYS_EVERY = 5_000;

/**
 * The search index follows the log, in this process and beside the appends: its own role, its own connection, and late if need be. The
 * returned function stops it.
 */
export function startIndexing(indexer: SearchIndexer, metrics: Metrics, logger: Logger): () => Promise<void> {
  const indexed = metrics.counter("weft_log_indexed_total", "Records that can be searched since this process began.");
  const behind = metrics.gauge("weft_log_index_behind_records", "Records in the log that cannot be searched yet.");
  const seconds = metrics.gauge("weft_log_index_behind_seconds", "Age of the oldest of them.");
  const stopped = new AbortController();
  let daysAt = 0;
  const turn = async (): Promise<number> => {
    const records = await indexer.step();
    // Whoever looks for a record comes before whoever counts.
    if (records === 0 && performance.now() > daysAt && !(await indexer.countDay()))
      daysAt = performance.now() + DAYS_EVERY;
    indexed.inc(records);
    const status = await indexer.status();
    behind.set(status.behind);
    seconds.set(status.seconds);
    return records > 0 ? 0 : PAUSE;
  };
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const pause = await turn().catch((error: unknown) => {
        logger.warn({ event: "index-failed", err: error }, "The search index waits for its next turn.");
        return PAUSE_AFTER_FAILURE;
      });
      if (pause > 0) await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stopped.abort();
    await running;
    await indexer.close();
  };
}

/** Milliseconds that a question waits for what was in the log when it came. */
const PATIENCE = 2_000;
const LOOK = 50;

/** Who looks right after an access finds it: the index is given a moment. What is missing then is told by its status. */
export function searchSoon(search: RecordSearch, size: () => number): RecordSearch {
  const followed = async (): Promise<RecordSearch> => {
    const wanted = size();
    const patience = performance.now() + PATIENCE;
    while ((await search.status()).indexed < wanted && performance.now() < patience) await sleep(LOOK);
    return search;
  };
  return {
    find: async (...asked) => (await followed()).find(...asked),
    count: async (...asked) => (await followed()).count(...asked),
    // Of a whole day: the last second does not matter.
    summarise: (...asked) => search.summarise(...asked),
    status: () => search.status(),
  };
}
