import { type Kysely, type RawBuilder, sql } from "kysely";
import type { OrgId } from "#libs/terms";
import { COUNT_LIMIT, type Hit, type ReviewScope, type SearchQuery } from "../search/search.js";
import { type SourceSummary, type Summary, type SummaryQuery, TOLD_LIMIT } from "../search/summary.js";
import { visibleTo } from "../search/matches.js";
import { branches, spansOf } from "./search-conditions.js";
import { indexedOf, type SearchRow } from "./search-rows.js";
import type { Tables } from "./tables.js";

interface Row {
  readonly accesses: number;
  readonly sources: readonly SourceSummary[] | null;
  readonly sample: readonly string[] | null;
}

/** The same as `summarise` in one pass over the index: what it says is cut down to what the scope sees within the statement. */
export async function summariseIn(db: Kysely<Tables>, scope: ReviewScope, query: SummaryQuery): Promise<Summary> {
  const { from, until, sample } = query;
  const wanted: SearchQuery = { kinds: ["intent"], from, until };
  const spans = await spansOf(db, wanted);
  if (spans.length === 0) return { accesses: 0, complete: true, told: 0, sources: [], sample: [] };
  const columns = sql`index, at, access`;
  const each = spans.map((span) => sql`(${branches(scope, wanted, span, columns, COUNT_LIMIT)})`);
  const { rows } = await sql<Row>`
    with hit as materialized (
      select * from (${sql.join(each, sql` union all `)}) as found where access = index order by index desc limit ${COUNT_LIMIT}
    ), newest as (
      select record.* from (select index, at from hit order by index desc limit ${TOLD_LIMIT}) as few
      join search_record record using (index, at)
    ), answer as (${answersSeen(scope)}), source as (
      select provider, count(*)::int as asked, count(*) filter (where persons = 0)::int as silent,
        (array_agg(persons = 0 order by index desc))[1] as is_silent, sum(persons)::int as persons, sum(withheld)::int as withheld
      from answer group by provider
    ), drawn as (
      select index, sha256(convert_to(${sample.seed} || ' ' || index, 'UTF8')) as lot from hit order by lot limit ${sample.size}
    )
    select (select count(*)::int from hit) as accesses, (select array_agg(index order by lot) from drawn) as sample,
      (select jsonb_agg(jsonb_build_object('provider', provider, 'asked', asked, 'silent', silent, 'isSilent', is_silent,
        'persons', persons, 'withheld', withheld) order by provider collate "C") from source) as sources`.execute(db);
  const { accesses, sources, sample: drawn } = rows[0]!;
  return {
    accesses,
    complete: accesses < COUNT_LIMIT,
    told: Math.min(accesses, TOLD_LIMIT),
    sources: sources ?? [],
    sample: await hitsAt((drawn ?? []).map(Number), db, scope, query),
  };
}

function answersSeen(scope: ReviewScope): RawBuilder<unknown> {
  const own: OrgId | "" = "all" in scope ? "" : scope.organisation;
  return sql`
    select newest.index, section ->> 'provider' as provider, coalesce(told.persons, 0) as persons, coalesce(told.withheld, 0) as withheld
    from newest cross join lateral jsonb_array_elements(said -> 'sections') as section
    left join lateral (
      select (source ->> 'persons')::int as persons, (source ->> 'withheld')::int as withheld
      from jsonb_array_elements(told -> 'outcome' -> 'sources') as source
      where source ->> 'provider' = section ->> 'provider' limit 1
    ) as told on true
    where outcome in ('answered', 'partial') and (section ->> 'persons')::int > 0
      and (${own} in ('', consumer) or section ->> 'provider' = ${own})`;
}

/** In the order of the draw. */
async function hitsAt(
  indexes: readonly number[],
  db: Kysely<Tables>,
  scope: ReviewScope,
  { from, until }: SummaryQuery,
): Promise<Hit[]> {
  if (indexes.length === 0) return [];
  const { rows } = await sql<SearchRow>`
    select * from search_record where index = any(${indexes}) and at >= ${from} and at < ${until}`.execute(db);
  const seen = new Map(rows.map((row) => [Number(row.index), visibleTo(scope, indexedOf(row, [], []))]));
  return indexes.flatMap((index) => seen.get(index) ?? []);
}
