import { type Kysely, type RawBuilder, sql } from "kysely";
import {
  COUNT_LIMIT,
  type CountBy,
  type Counts,
  type Facet,
  FACET_SIZE,
  isBroad,
  type ReviewScope,
  type SearchQuery,
} from "../search/search.js";
import { branches, spansOf } from "./search-conditions.js";
import { sumDays } from "./search-days.js";
import { tag } from "./search-rows.js";
import type { Tables } from "./tables.js";

/** How many of each value, by facet; `time` by the second at which its part of the timeline begins; `total` by nothing. */
export class Sums {
  readonly #sums = new Map<string, Map<string, number>>();

  add({ facet, value, count }: Tally): void {
    const values = this.#sums.get(facet) ?? new Map<string, number>();
    this.#sums.set(facet, values.set(value, (values.get(value) ?? 0) + count));
  }

  of(facet: Tally["facet"]): readonly (readonly [value: string, count: number])[] {
    return [...(this.#sums.get(facet) ?? [])];
  }

  get total(): number {
    return this.#sums.get("total")?.get("") ?? 0;
  }
}

export interface Tally {
  readonly facet: Facet | "total" | "time";
  readonly value: string;
  readonly count: number;
}

/** Days that are over were counted once; what else a question leaves is counted now. Both are of one moment. */
export async function countRecords(
  db: Kysely<Tables>,
  scope: ReviewScope,
  query: SearchQuery,
  by: CountBy,
): Promise<Counts> {
  const snapshot = db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only");
  return snapshot.execute(async (tx) => {
    const sums = new Sums();
    const rest = isBroad(query) ? await sumDays(tx, scope, query, by, sums) : [query];
    const counted = sums.total;
    for (const part of rest) {
      const room = COUNT_LIMIT - (sums.total - counted);
      if (room > 0) await countNow(tx, scope, part, by, room, sums);
    }
    const complete = sums.total - counted < COUNT_LIMIT;
    return { total: sums.total, complete, facets: facetsOf(by.facets, sums), timeline: timelineOf(sums) };
  });
}

/** The newest, no more than there is room for. */
async function countNow(
  db: Kysely<Tables>,
  scope: ReviewScope,
  query: SearchQuery,
  by: CountBy,
  most: number,
  sums: Sums,
): Promise<void> {
  const own = "all" in scope ? "" : scope.organisation;
  const whole = sql`consumer is not distinct from ${own} or ${own} = ''`;
  const isTagged = by.facets.some((facet) => facet === "provider" || facet === "coordinate");
  const columns = sql`index, at, kind, outcome, consumer, officer, purpose, ${isTagged ? sql`tags, ` : sql``}${whole} as whole`;
  const before = sums.total;
  for (const span of await spansOf(db, query)) {
    const room = most - (sums.total - before);
    if (room <= 0) return;
    const { rows } = await sql<Tally>`
      with hit as materialized (
        select * from (${branches(scope, query, span, columns, room)}) as newest order by index desc limit ${room}
      )
      select 'total' as facet, '' as value, count(*)::int as count from hit
      ${sql.join(talliesOf(by, own), sql` `)}`.execute(db);
    for (const tally of rows) sums.add(tally);
  }
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

function facetsOf(facets: readonly Facet[], sums: Sums): Counts["facets"] {
  const values = (facet: Facet) =>
    sums
      .of(facet)
      .map(([value, counted]) => ({ value, count: counted }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, FACET_SIZE);
  return Object.fromEntries(facets.map((facet) => [facet, values(facet)]));
}

function timelineOf(sums: Sums): Counts["timeline"] {
  return sums
    .of("time")
    .map(([seconds, counted]) => ({ from: new Date(Number(seconds) * 1000), count: counted }))
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}
