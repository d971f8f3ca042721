import { Kysely, PostgresDialect, sql } from "kysely";
import { onlyAsked, visibleTo } from "../search/matches.js";
import {
  type Hit,
  type HitPage,
  MAX_PAGE,
  type Page,
  type RecordSearch,
  type ReviewScope,
  type SearchQuery,
} from "../search/search.js";
import { openPool } from "./pool.js";
import type { AfterEnd, EndedConsent } from "../review/ended.js";
import { branches, keysOf, spansOf } from "./search-conditions.js";
import { countRecords } from "./search-counts.js";
import { countAfterEnd } from "./search-ended.js";
import { readStatus } from "./search-index.js";
import { indexedOf, type PersonRow, type SearchRow } from "./search-rows.js";
import { summariseIn } from "./search-summary.js";
import type { Tables } from "./tables.js";

/** Milliseconds. A reviewer waits for a page; nobody waits longer for a count. */
const SEARCH_TIMEOUT = 10_000;

export interface PostgresSearch extends RecordSearch {
  /** Whether anybody was read on a consent that had ended. */
  afterEnd(ended: readonly EndedConsent[]): Promise<readonly AfterEnd[]>;
  close(): Promise<void>;
}

/** Reads as `weft_log_search`, which can change nothing. */
export function openSearch(url: string): PostgresSearch {
  const pool = openPool(url, { role: "weft_log_search", max: 4, statementTimeout: SEARCH_TIMEOUT, workMem: "64MB" });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    find: (scope, query, page) => find(db, scope, query, page),
    count: (scope, query, by) => countRecords(db, scope, query, by),
    summarise: (scope, query) => summariseIn(db, scope, query),
    afterEnd: (ended) => countAfterEnd(db, ended),
    status: () => readStatus(db),
    close: () => db.destroy(),
  };
}

async function find(db: Kysely<Tables>, scope: ReviewScope, query: SearchQuery, page: Page): Promise<HitPage> {
  const limit = Math.min(Math.max(1, page.limit), MAX_PAGE);
  const rows: SearchRow[] = [];
  for (const span of await spansOf(db, query, page.before)) {
    if (rows.length > limit) break;
    const wanted = limit + 1 - rows.length;
    const { rows: found } = await sql<SearchRow>`
      select * from (${branches(scope, query, span, sql`*`, wanted)}) as found order by index desc limit ${wanted}`.execute(
      db,
    );
    rows.push(...found);
  }
  const shown = rows.slice(0, limit);
  const persons = await personsAsked(db, shown, query);
  const hits = shown.flatMap((row) => hitOf(row, persons, scope, query) ?? []);
  return { hits, next: rows.length > limit ? Number(shown.at(-1)!.index) : undefined };
}

/** Cut down by the same function as in memory: whatever a statement finds, nothing is shown that the scope does not see. */
function hitOf(
  row: SearchRow,
  persons: Map<number, PersonRow[]>,
  scope: ReviewScope,
  query: SearchQuery,
): Hit | undefined {
  const asked = query.subjects ?? [];
  const seen = visibleTo(scope, indexedOf(row, persons.get(Number(row.index)) ?? [], asked));
  return seen && onlyAsked(seen, asked);
}

async function personsAsked(
  db: Kysely<Tables>,
  rows: readonly SearchRow[],
  { subjects }: SearchQuery,
): Promise<Map<number, PersonRow[]>> {
  if (!subjects || rows.length === 0) return new Map();
  const persons = await db
    .selectFrom("search_person")
    .selectAll()
    .where(sql<boolean>`ref = any(${keysOf(subjects)})`)
    .where(sql<boolean>`index = any(${rows.map(({ index }) => index)})`)
    .execute();
  return Map.groupBy(persons, ({ index }) => Number(index));
}
