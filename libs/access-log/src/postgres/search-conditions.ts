import { type Kysely, type RawBuilder, sql } from "kysely";
import { MAX_SUBJECTS, type ReviewScope, type SearchQuery } from "../search/search.js";
import { monthsBack, type Span } from "./months.js";
import { refKey, tag } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** What a question says, as conditions on the index: in which parts of time, as whom, and by what. */

function keysOf(subjects: NonNullable<SearchQuery["subjects"]>): Buffer[] {
  if (subjects.length > MAX_SUBJECTS) throw new RangeError("too many references");
  return subjects.map(refKey);
}

/** Month by month, newest first, so that a page ends where it is full. A person's records are few: they are looked up at once. */
export async function spansOf(db: Kysely<Tables>, query: SearchQuery, before?: number): Promise<readonly Range[]> {
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
export interface Range extends Span {
  readonly lowest: number;
  readonly highest: number;
}

function edge(time: Date | undefined, condition: (time: Date) => RawBuilder<unknown>): RawBuilder<unknown> {
  return time === undefined ? sql`null` : sql`(select index from search_record where ${condition(time)} limit 1)`;
}

/**
 * Whether anything in this time is of the coordinate, provider or agreement that is asked for. Of what is rarer than it has counted the planner knows
 * nothing, and would go through a month's records to find none: here it may look into the index of tags alone.
 */
export async function mayHold(
  db: Kysely<Tables>,
  { coordinates, provider, agreement }: SearchQuery,
  { from, until }: Span,
): Promise<boolean> {
  const wanted = [
    coordinates?.map(tag.coordinate),
    provider && [tag.provider(provider)],
    agreement && [tag.agreement(agreement)],
  ].filter((names) => names !== undefined);
  if (wanted.length === 0) return true;
  const held = sql.join(
    wanted.map((names) => sql`tags && ${names}::text[]`),
    sql` and `,
  );
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'off', true)`.execute(
      tx,
    );
    const { rows } = await sql<{ found: boolean }>`
      select exists (select from search_record where at >= ${from} and at < ${until} and ${held}) as found`.execute(tx);
    return rows[0]!.found;
  });
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
export function branches(
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
    // As an array: looked up first, whatever the planner thinks of scanning the newest records for one person's.
    return sql`index = any(array(select index from search_person where ref = any(${keysOf(query.subjects!)}) and ${own}))`;
  });
  return found;
}
