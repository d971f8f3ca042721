import { type Kysely, sql, type Transaction } from "kysely";
import type { CountBy, ReviewScope, SearchQuery } from "../search/search.js";
import type { Sums } from "./search-counts.js";
import type { Tables } from "./tables.js";

const DAY = 24 * 3_600_000;
/** An access ends within minutes: by then nearly every outcome of a day is known, and its counts are made once. */
const SETTLED_AFTER = "1 hour";

/**
 * Counts the newest day that is over and not counted yet, as everybody who may see any of it sees it; false where there is none. The same
 * counts as `countNow` makes: the oracle of the search test holds both to it.
 */
export async function countDay(tx: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql<{ day: string }>`
    insert into search_counted select max(day)::date from (
      select generate_series(first::timestamp, last::timestamp, interval '1 day')::date as day from (
        select (select at at time zone 'UTC' from search_record order by index limit 1)::date as first,
          ((at - ${SETTLED_AFTER}::interval) at time zone 'UTC')::date - 1 as last from search_position
      ) as span
    ) as past
    where day not in (select day from search_counted) and not exists (select from search_stale) having count(*) > 0
    returning day::text as day`.execute(tx);
  const [counted] = rows;
  if (!counted) return false;
  await sql`
    with hit as materialized (
      select at, kind, outcome, consumer, officer, purpose, tags from search_record
      where at >= ${counted.day}::timestamp at time zone 'UTC' and at < (${counted.day}::timestamp + interval '1 day') at time zone 'UTC'
    ), scoped as (
      select '' as scope, hit.* from hit
      union all select consumer, hit.* from hit where consumer is not null
      union all select rtrim(tag, '|'), hit.* from hit, unnest(tags) as tag
        where right(tag, 1) = '|' and consumer is distinct from rtrim(tag, '|')
    ), tally as (
      select scope, facet, value from scoped, lateral (values ('consumer', consumer), ('officer', officer), ('purpose', purpose),
        ('kind', kind), ('outcome', outcome), ('hour', to_char(at at time zone 'UTC', 'HH24'))) as f (facet, value)
      where value is not null
      union all
      select scope, split_part(tag, '|', 1), split_part(tag, '|', 2) from hit, unnest(tags) as tag, unnest(array['', consumer]) as scope
      where (starts_with(tag, 'provider|') or starts_with(tag, 'coordinate|')) and scope is not null
      union all
      select split_part(tag, '|', 1), split_part(tag, '|', 2), split_part(tag, '|', 3) from hit, unnest(tags) as tag
      where split_part(tag, '|', 3) <> '' and split_part(tag, '|', 2) in ('provider', 'coordinate')
        and consumer is distinct from split_part(tag, '|', 1)
    ), counted as (
      select scope, facet, value, count(*)::int as count from tally group by scope, facet, value
    )
    insert into search_day (scope, facet, day, values, counts)
    select scope, facet, ${counted.day}::date, array_agg(value), array_agg(count) from counted group by scope, facet`.execute(
    tx,
  );
  return true;
}

/** A record of a counted day is about to change: the day is counted anew. */
export async function uncountDays(tx: Transaction<Tables>, moments: readonly Date[]): Promise<void> {
  await sql`select log_uncount_days(${moments}::timestamptz[])`.execute(tx);
}

/** A part of time; open where an end is not given. */
type Part = Pick<SearchQuery, "from" | "until">;

/** Adds what was counted of this time, and gives the parts that were not, newest first. */
export async function sumDays(
  tx: Kysely<Tables>,
  scope: ReviewScope,
  { from, until }: Part,
  { facets, every }: CountBy,
  sums: Sums,
): Promise<Part[]> {
  const first = from === undefined ? -1e6 : Math.ceil(from.getTime() / DAY);
  const past = until === undefined ? 1e6 : Math.floor(until.getTime() / DAY);
  const within = sql`day >= date '1970-01-01' + ${first}::int and day < date '1970-01-01' + ${past}::int`;
  const own = "all" in scope ? "" : scope.organisation;
  const { rows: days } = await sql<{ day: number }>`
    select day - date '1970-01-01' as day from search_counted where ${within} order by day`.execute(tx);
  const { rows } = await sql<{ facet: (typeof facets)[number]; value: string; count: number }>`
    select facet, value, sum(count)::int as count from search_day, unnest(values, counts) as u (value, count)
    where scope = ${own} and facet = any(${[...new Set([...facets, "kind"])]}) and ${within} group by facet, value`.execute(
    tx,
  );
  for (const row of rows) {
    if (facets.includes(row.facet)) sums.add(row);
    // Each record is of one kind.
    if (row.facet === "kind") sums.add({ ...row, facet: "total", value: "" });
  }
  if (every !== undefined) {
    const { rows: times } = await sql<{ value: string; count: number }>`
      select extract(epoch from date_trunc(${every}, day + make_interval(hours => value::int)))::bigint::text as value, sum(count)::int as count
      from search_day, unnest(values, counts) as u (value, count)
      where scope = ${own} and facet = 'hour' and ${within} group by 1`.execute(tx);
    for (const row of times) sums.add({ ...row, facet: "time" });
  }
  return gapsIn(
    { ...(from && { from }), ...(until && { until }) },
    days.map(({ day }) => day),
  );
}

/** Newest first. */
function gapsIn({ from, until }: Part, days: readonly number[]): Part[] {
  const gaps: Part[] = [];
  let start = from;
  for (const [n, day] of days.entries()) {
    const isNext = n > 0 && days[n - 1] === day - 1;
    if (!isNext) gaps.push({ ...(start && { from: start }), until: new Date(day * DAY) });
    start = new Date((day + 1) * DAY);
  }
  gaps.push({ ...(start && { from: start }), ...(until && { until }) });
  return gaps.filter((gap) => gap.from === undefined || gap.until === undefined || gap.from < gap.until).toReversed();
}
