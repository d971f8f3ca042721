import type { Kysely } from "kysely";
import { bareEntry, type KeptRecord, readEntry, type SearchEntry } from "../search/entry.js";
import { visibleTo } from "../search/matches.js";
import type { Hit, ReviewScope } from "../search/search.js";
import { pickRecords } from "./records.js";
import type { SearchRow } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** What the index says of a record: where it is, and which outcome concluded it. What it says is read from the log itself. */
export type FoundRow = Pick<SearchRow, "index" | "at" | "access" | "concluded_by">;

/** In the order of the rows. Cut down by the same function as in memory: whatever a statement finds, nothing is shown that the scope does not see. */
export async function readHits(db: Kysely<Tables>, rows: readonly FoundRow[], scope: ReviewScope): Promise<Hit[]> {
  const entries = await readEntries(db, rows);
  return rows.flatMap(({ index, access, concluded_by: by }) => {
    const entry = entries.get(Number(index));
    if (!entry) return [];
    const conclusion = by === null ? undefined : entries.get(Number(by));
    return visibleTo(scope, { entry, access: access === null ? undefined : Number(access), conclusion }) ?? [];
  });
}

/** The records and their outcomes. */
async function readEntries(db: Kysely<Tables>, rows: readonly FoundRow[]): Promise<ReadonlyMap<number, SearchEntry>> {
  if (rows.length === 0) return new Map();
  const oldest = new Date(Math.min(...rows.map(({ at }) => at.getTime())));
  const indexes = rows.flatMap(({ index, concluded_by: by }) =>
    by === null ? [Number(index)] : [Number(index), Number(by)],
  );
  const records = await pickRecords(db, indexes, oldest);
  return new Map(records.map((record) => [record.index, entryOrBare(record)]));
}

function entryOrBare(record: KeptRecord): SearchEntry {
  try {
    return readEntry(record);
  } catch {
    return bareEntry(record);
  }
}
