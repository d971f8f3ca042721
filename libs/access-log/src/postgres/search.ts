import { Kysely, PostgresDialect, sql } from "kysely";
import { onlyAsked } from "../search/matches.js";
import {
  type HitPage,
  MAX_PAGE,
  type Page,
  type RecordSearch,
  type ReviewScope,
  type SearchQuery,
} from "../search/search.js";
import { openPool } from "./pool.js";
import type { AfterEnd, EndedConsent } from "../review/ended.js";
import { branches, mayHold, spansOf } from "./search-conditions.js";
import { countRecords } from "./search-counts.js";
import { countAfterEnd } from "./search-ended.js";
import { type FoundRow, readHits } from "./search-hits.js";
import { readStatus } from "./search-index.js";
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
  const rows: FoundRow[] = [];
  for (const span of await spansOf(db, query, page.before)) {
    if (rows.length > limit) break;
    if (!(await mayHold(db, query, span))) continue;
    const wanted = limit + 1 - rows.length;
    const { rows: found } = await sql<FoundRow>`
      select * from (${branches(scope, query, span, sql`index, at, access, concluded_by`, wanted)}) as found order by index desc limit ${wanted}`.execute(
      db,
    );
    rows.push(...found);
  }
  const shown = rows.slice(0, limit);
  const hits = (await readHits(db, shown, scope)).map((hit) => onlyAsked(hit, query.subjects));
  return { hits, next: rows.length > limit ? Number(shown.at(-1)!.index) : undefined };
}
