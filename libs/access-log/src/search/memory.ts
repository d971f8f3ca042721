import type { SearchEntry } from "./entry.js";
import { concludes, type Indexed, matches, onlyAsked, valuesOf, visibleTo } from "./matches.js";
import {
  COUNT_LIMIT,
  type CountBy,
  type Counts,
  type Facet,
  FACET_SIZE,
  type FacetValue,
  type Hit,
  isBroad,
  type RecordSearch,
  type ReviewScope,
  type SearchQuery,
} from "./search.js";
import { summarise } from "./summary.js";

/** The index in memory, for tests: slow, plain, and what the one on PostgreSQL must agree with. */
export interface MemorySearch extends RecordSearch {
  add(...entries: readonly SearchEntry[]): void;
}

export function memorySearch(): MemorySearch {
  const entries: SearchEntry[] = [];
  const found = (scope: ReviewScope, query: SearchQuery): Hit[] =>
    connect(entries)
      .flatMap((indexed) => visibleTo(scope, indexed) ?? [])
      .filter((hit) => matches(hit, query))
      .sort((a, b) => b.index - a.index);
  return {
    add: (...more) => void entries.push(...more),
    find: async (scope, query, { limit, before }) => {
      const all = found(scope, query).filter(({ index }) => before === undefined || index < before);
      const hits = all.slice(0, limit).map((hit) => onlyAsked(hit, query.subjects));
      return { hits, next: all.length > limit ? hits.at(-1)?.index : undefined };
    },
    count: async (scope, query, by) => countHits(found(scope, query), by, isBroad(query) ? Infinity : COUNT_LIMIT),
    summarise: async (scope, query) => {
      const { from, until } = query;
      const hits = found(scope, { kinds: ["intent"], from, until }).filter(({ access, index }) => access === index);
      return summarise(
        hits.map((hit) => onlyAsked(hit)),
        query,
      );
    },
    status: async () => ({ indexed: (entries.at(-1)?.index ?? -1) + 1, behind: 0, seconds: 0 }),
  };
}

/** Which access each record belongs to, and which outcome concluded it: its own writer's or the log's, the first of them. */
function connect(entries: readonly SearchEntry[]): Indexed[] {
  const byJti = new Map<string, SearchEntry>();
  const conclusions = new Map<SearchEntry, SearchEntry>();
  const rest: { readonly entry: SearchEntry; readonly access: number | undefined }[] = [];
  for (const entry of entries) {
    const first = entry.parent === undefined ? entry : byJti.get(entry.parent);
    byJti.set(entry.jti, entry);
    if (first && concludes(entry, first) && !conclusions.has(first)) conclusions.set(first, entry);
    else rest.push({ entry, access: first?.index });
  }
  return rest.map((indexed) => ({ ...indexed, conclusion: conclusions.get(indexed.entry) }));
}

function countHits(hits: readonly Hit[], { facets, every }: CountBy, most: number): Counts {
  const counted = hits.slice(0, most);
  const tally = (facet: Facet): FacetValue[] => {
    const counts = Map.groupBy(
      counted.flatMap((hit) => valuesOf(hit, facet)),
      (value) => value,
    );
    return [...counts]
      .map(([value, { length: count }]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, FACET_SIZE);
  };
  const buckets = Map.groupBy(every ? counted : [], ({ at }) => startOf(at, every ?? "day").getTime());
  return {
    total: counted.length,
    complete: hits.length < most,
    facets: Object.fromEntries(facets.map((facet) => [facet, tally(facet)])),
    timeline: [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([from, { length: count }]) => ({ from: new Date(from), count })),
  };
}

function startOf(at: Date, every: "hour" | "day" | "month"): Date {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  if (every === "month") return new Date(Date.UTC(year, month));
  return new Date(Date.UTC(year, month, at.getUTCDate(), every === "hour" ? at.getUTCHours() : 0));
}
