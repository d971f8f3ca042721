import { type Kysely, sql } from "kysely";
import { COUNT_LIMIT, type ReviewScope, type SearchQuery } from "../search/search.js";
import { onlyAsked } from "../search/matches.js";
import { sourcesOf, type Summary, type SummaryQuery, TOLD_LIMIT } from "../search/summary.js";
import { branches, spansOf } from "./search-conditions.js";
import { type FoundRow, readHits } from "./search-hits.js";
import type { Tables } from "./tables.js";

interface Row {
  readonly accesses: number;
  readonly newest: readonly string[] | null;
  readonly drawn: readonly string[] | null;
}

/** Counted and drawn in one pass over the index; what few of the accesses said is read from the log and cut down to what the scope sees. */
export async function summariseIn(db: Kysely<Tables>, scope: ReviewScope, query: SummaryQuery): Promise<Summary> {
  const { from, until, sample } = query;
  const wanted: SearchQuery = { kinds: ["intent"], from, until };
  const spans = await spansOf(db, wanted);
  if (spans.length === 0) return { accesses: 0, complete: true, told: 0, sources: [], sample: [] };
  const each = spans.map((span) => sql`(${branches(scope, wanted, span, sql`index, access`, COUNT_LIMIT)})`);
  const { rows } = await sql<Row>`
    with hit as materialized (
      select index from (${sql.join(each, sql` union all `)}) as found where access = index order by index desc limit ${COUNT_LIMIT}
    ), newest as (
      select index from hit order by index desc limit ${TOLD_LIMIT}
    ), drawn as (
      select index, sha256(convert_to(${sample.seed} || ' ' || index, 'UTF8')) as lot from hit order by lot limit ${sample.size}
    )
    select (select count(*)::int from hit) as accesses, (select array_agg(index order by index desc) from newest) as newest,
      (select array_agg(index order by lot) from drawn) as drawn`.execute(db);
  const { accesses, newest, drawn } = rows[0]!;
  const told = await readHits(db, await rowsAt(newest ?? [], db, query), scope);
  return {
    accesses,
    complete: accesses < COUNT_LIMIT,
    told: newest?.length ?? 0,
    sources: sourcesOf(told),
    sample: (await readHits(db, await rowsAt(drawn ?? [], db, query), scope)).map((hit) => onlyAsked(hit)),
  };
}

/** In the order of these. */
async function rowsAt(
  indexes: readonly string[],
  db: Kysely<Tables>,
  { from, until }: SummaryQuery,
): Promise<FoundRow[]> {
  if (indexes.length === 0) return [];
  const { rows } = await sql<FoundRow>`
    select r.index, r.at, access, concluded_by from unnest(${indexes}::bigint[]) with ordinality as wanted (index, place)
    join search_record r using (index) where r.at >= ${from} and r.at < ${until} order by place`.execute(db);
  return rows;
}
