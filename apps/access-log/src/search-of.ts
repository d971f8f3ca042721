import {
  bareEntry,
  memorySearch,
  readEntry,
  type RecordSearch,
  type RecordStorage,
  type SearchEntry,
} from "#libs/access-log";
import { parseJws } from "#libs/terms";
import { RECORD_TYP, RecordPayload } from "#libs/access-log";

/**
 * The index in this process's memory, brought up to the log's size whenever somebody asks: nothing is read before the first review.
 * TODO: the index on PostgreSQL, which follows by itself and outlives a restart.
 */
export function searchOf(storage: Pick<RecordStorage, "record">, size: () => number): RecordSearch {
  const index = memorySearch();
  let next = 0;
  let following: Promise<void> = Promise.resolve();
  const follow = async (): Promise<void> => {
    for (const end = size(); next < end; next += 1) {
      const record = await storage.record(next);
      if (record) index.add(entryOf(record));
    }
  };
  const followed = async (): Promise<RecordSearch> => {
    following = following.catch(() => undefined).then(follow);
    await following;
    return index;
  };
  return {
    find: async (...asked) => (await followed()).find(...asked),
    count: async (...asked) => (await followed()).count(...asked),
    status: async () => (await followed()).status(),
  };
}

function entryOf(record: NonNullable<Awaited<ReturnType<RecordStorage["record"]>>>): SearchEntry {
  const { iat } = RecordPayload.parse(parseJws(record.jwt, RECORD_TYP).payload);
  const timed = { ...record, at: new Date(iat * 1000) };
  return record.disclosures === undefined ? bareEntry(timed) : readEntry(timed);
}
