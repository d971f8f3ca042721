import { Kysely, PostgresDialect, type RawBuilder, sql } from "kysely";
import { onlyAsked, visibleTo } from "../search/matches.js";
import {
  COUNT_LIMIT,
  type CountBy,
  type Counts,
  type Facet,
  FACET_SIZE,
  type Hit,
  type HitPage,
  MAX_PAGE,
  MAX_SUBJECTS,
  type Page,
  type RecordSearch,
  type ReviewScope,
  type SearchQuery,
} from "../search/search.js";
import { monthsBack, type Span } from "./months.js";
import { openPool } from "./pool.js";
import { readStatus } from "./search-index.js";
import { indexedOf, type PersonRow, refKey, type SearchRow, tag } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** Milliseconds. A reviewer waits for a page; nobody waits longer for a count. */
const SEARCH_TIMEOUT = 10_000;

/** Reads as `weft_log_search`, which can change nothing. */
export function openSearch(url: string): RecordSearch & { close(): Promise<void> } {
  const pool = openPool(url, { role: "weft_log_search", max: 4, statementTimeout: SEARCH_TIMEOUT, workMem: "64MB" });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    find: (scope, query, page) => find(db, scope, query, page),
    count: (scope, query, by) => count(db, scope, query, by),
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

function keysOf(subjects: NonNullable<SearchQuery["subjects"]>): Buffer[] {
  if (subjects.length > MAX_SUBJECTS) throw new RangeError("too many references");
  return subjects.map(refKey);
}

/** Month by month, newest first, so that a page ends where it is full. A person's records are few: they are looked up at once. */
async function spansOf(db: Kysely<Tables>, query: SearchQuery, before?: number): Promise<readonly Range[]> {
  const { rows } = await sql<{ first: Date | null; last: Date | null; lowest: string | null; highest: string | null }>`
    select (select at from search_record order by index limit 1) as first,
      (select at from search_record where index < ${before ?? Number.MAX_SAFE_INTEGER} order by index desc limit 1) as last,
      ${edge(query.from, (time) => sql`at >= ${time} order by at, index`)} as lowest,
      ${edge(query.until, (time) => sql`at < ${time} order by at desc, index desc`)} as highest`.execute(db);
  const { first, last, lowest, highest } = rows[0]!;
  if (!first || !last) return [];
  const from = new Date(Math.max(first.getTime(), query.from?.getTime() ?? 0));
  const until = new Date(Math.min(last.getTime() + 1, query.until?.getTime() ?? Infinity));
  if (from >= until) return [];
  const indexes = {
    lowest: Number(lowest ?? 0),
    highest: Math.min(Number(highest ?? Infinity), (before ?? Infinity) - 1),
  };
  return (query.subjects ? [{ from, until }] : monthsBack(from, until)).map((span) => ({ ...span, ...indexes }));
}

/** Times never go back from record to record: a time is also an index, and a scan by index starts and ends there. */
interface Range extends Span {
  readonly lowest: number;
  readonly highest: number;
}

function edge(time: Date | undefined, condition: (time: Date) => RawBuilder<unknown>): RawBuilder<unknown> {
  return time === undefined ? sql`null` : sql`(select index from search_record where ${condition(time)} limit 1)`;
}

/** One way of seeing a record: whole, or as one provider does. */
interface View {
  readonly condition: RawBuilder<unknown>;
  readonly provider: string | undefined;
}

function viewsOf(scope: ReviewScope): readonly View[] {
  if ("all" in scope) return [{ condition: sql`true`, provider: undefined }];
  const own = scope.organisation;
  const seen = sql`consumer is distinct from ${own} and tags && ${[tag.seenBy(own)]}`;
  return [
    { condition: sql`consumer = ${own}`, provider: undefined },
    { condition: seen, provider: own },
  ];
}

/** No record is in two of them. */
function branches(
  scope: ReviewScope,
  query: SearchQuery,
  range: Range,
  columns: RawBuilder<unknown>,
  limit: number,
): RawBuilder<unknown> {
  const parts = viewsOf(scope).map(
    (view) => sql`(select ${columns} from search_record
      where ${sql.join([view.condition, ...conditions(view, query, range)], sql` and `)}
      order by index desc limit ${limit})`,
  );
  return sql.join(parts, sql` union all `);
}

function conditions(view: View, query: SearchQuery, { from, until, lowest, highest }: Range): RawBuilder<unknown>[] {
  const found: RawBuilder<unknown>[] = [sql`at >= ${from} and at < ${until}`];
  if (lowest > 0) found.push(sql`index >= ${lowest}`);
  if (Number.isFinite(highest)) found.push(sql`index <= ${highest}`);
  const seen = (name: string): string => (view.provider === undefined ? name : tag.seenBy(view.provider, name));
  const when = (condition: unknown, sentence: () => RawBuilder<unknown>): void => {
    if (condition !== undefined) found.push(sentence());
  };
  when(query.access, () => sql`access = ${query.access}`);
  when(query.officer, () => sql`officer = ${query.officer}`);
  when(query.client, () => sql`client = ${query.client}`);
  when(query.consumer, () => sql`consumer = ${query.consumer}`);
  when(query.case, () => sql`case_id = ${query.case}`);
  when(query.purposes, () => sql`purpose = any(${query.purposes})`);
  when(query.kinds, () => sql`kind = any(${query.kinds})`);
  when(query.outcomes, () => sql`outcome = any(${query.outcomes})`);
  when(query.provider, () => sql`tags && ${[seen(tag.provider(query.provider!))]}`);
  when(query.agreement, () => sql`tags && ${[seen(tag.agreement(query.agreement!))]}`);
  when(query.coordinates, () => sql`tags && ${query.coordinates!.map((name) => seen(tag.coordinate(name)))}::text[]`);
  when(query.subjects, () => {
    const own = view.provider === undefined ? sql`true` : sql`provider = ${view.provider}`;
    return sql`(index, at) in (select index, at from search_person where ref = any(${keysOf(query.subjects!)}) and ${own})`;
  });
  return found;
}

interface Tally {
  readonly facet: Facet | "total" | "time";
  readonly value: string;
  readonly count: number;
}

async function count(db: Kysely<Tables>, scope: ReviewScope, query: SearchQuery, by: CountBy): Promise<Counts> {
  const sums = new Map<string, Map<string, number>>();
  let total = 0;
  for (const span of await spansOf(db, query)) {
    const room = COUNT_LIMIT - total;
    const own = "all" in scope ? "" : scope.organisation;
    const whole = sql`consumer is not distinct from ${own} or ${own} = ''`;
    const columns = sql`index, at, kind, outcome, consumer, officer, purpose, tags, ${whole} as whole`;
    const { rows } = await sql<Tally>`
      with hit as materialized (
        select * from (${branches(scope, query, span, columns, room)}) as newest order by index desc limit ${room}
      )
      select 'total' as facet, '' as value, count(*)::int as count from hit
      ${sql.join(talliesOf(by, own), sql` `)}`.execute(db);
    for (const { facet, value, count: more } of rows) {
      const values = sums.get(facet) ?? new Map<string, number>();
      sums.set(facet, values.set(value, (values.get(value) ?? 0) + more));
    }
    total = sums.get("total")?.get("") ?? 0;
    if (total >= COUNT_LIMIT) break;
  }
  const complete = total < COUNT_LIMIT;
  return { total, complete, facets: facetsOf(by.facets, sums), timeline: timelineOf(sums.get("time") ?? new Map()) };
}

function talliesOf({ facets, every }: CountBy, own: string): RawBuilder<unknown>[] {
  const tallies = [...new Set(facets)].map((facet) => sql`union all ${tallyOf(facet, own)}`);
  if (every === undefined) return tallies;
  const time = sql`extract(epoch from date_trunc(${every}, at, 'UTC'))::bigint::text`;
  return [...tallies, sql`union all select 'time', ${time}, count(*)::int from hit group by 2`];
}

function tallyOf(facet: Facet, own: string): RawBuilder<unknown> {
  if (facet !== "provider" && facet !== "coordinate") {
    const column = sql.ref(facet);
    return sql`select ${facet}, ${column}, count(*)::int from hit where ${column} is not null group by 2`;
  }
  const [whole, seen] = [`${facet}|`, tag.seenBy(own, `${facet}|`)];
  return sql`select ${facet}, substr(tag, length(case when whole then ${whole} else ${seen} end) + 1), count(*)::int
    from hit, unnest(tags) as tag where starts_with(tag, case when whole then ${whole} else ${seen} end) group by 2`;
}

function facetsOf(facets: readonly Facet[], sums: ReadonlyMap<string, ReadonlyMap<string, number>>): Counts["facets"] {
  const values = (facet: Facet) =>
    [...(sums.get(facet) ?? [])]
      .map(([value, counted]) => ({ value, count: counted }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, FACET_SIZE);
  return Object.fromEntries(facets.map((facet) => [facet, values(facet)]));
}

function timelineOf(times: ReadonlyMap<string, number>): Counts["timeline"] {
  return [...times]
    .map(([seconds, counted]) => ({ from: new Date(Number(seconds) * 1000), count: counted }))
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}
