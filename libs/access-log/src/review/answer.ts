import { type OrgId, type SubjectRef, WeftError } from "#libs/terms";
import type { Counts, Hit, HitPage, RecordSearch, ReviewScope, SearchStatus } from "../search/search.js";
import { MAX_PAGE } from "../search/search.js";
import type { Summary } from "../search/summary.js";
import type { RecordStorage } from "../storage.js";
import { readEntry } from "../search/entry.js";
import { disclosedTo } from "./disclosed-to.js";
import { type Look, searchQueryOf } from "./part.js";
import type { RecordedLook } from "./verify.js";

/** A record as it was appended, with what the reviewer may see of it. */
export interface ShownRecord {
  readonly index: number;
  readonly jwt: string;
  /** Null once they are erased; the proofs hold all the same. */
  readonly disclosures: readonly string[] | null;
}

/** A record for the console's rules: the persons of the sections that the scope shows, as each ministry knows them. */
export interface WatchedRecord {
  readonly hit: Hit;
  readonly subjects: readonly { readonly provider: OrgId; readonly refs: readonly SubjectRef[] }[];
}

export interface ReviewAnswer {
  /** How far the index is. */
  readonly status: SearchStatus;
  readonly page?: HitPage;
  readonly counts?: Counts;
  readonly summary?: Summary;
  /** Oldest first. */
  readonly watched?: readonly WatchedRecord[];
  readonly hit?: Hit;
  readonly record?: ShownRecord;
  /** Of one person's accesses: each hit's record, in the order of the page. */
  readonly records?: readonly ShownRecord[];
  /** What concluded it, for whoever sees all of the access: its one disclosure tells of every ministry. */
  readonly outcome?: ShownRecord;
}

export interface ReviewSources {
  readonly search: RecordSearch;
  readonly storage: Pick<RecordStorage, "record">;
}

/** Answers exactly what the record says, within the scope that follows from it. NOT_FOUND: there is no such record, or not in this scope. */
export async function answerReview({ look, scope }: RecordedLook, sources: ReviewSources): Promise<ReviewAnswer> {
  const status = await sources.search.status();
  return { status, ...(await answers[look.kind](look as never, scope, sources)) };
}

type Found = Omit<ReviewAnswer, "status">;
type Answers = {
  readonly [K in Look["kind"]]: (
    look: Extract<Look, { kind: K }>,
    scope: ReviewScope,
    sources: ReviewSources,
  ) => Promise<Found>;
};

const answers: Answers = {
  search: async ({ query, limit, before, facets, every }, scope, { search }) => {
    const wanted = searchQueryOf(query);
    const counted = facets.length > 0 || every !== undefined;
    const [page, counts] = await Promise.all([
      search.find(scope, wanted, { limit, ...(before !== undefined && { before }) }),
      counted ? search.count(scope, wanted, { facets, ...(every && { every }) }) : undefined,
    ]);
    return { page, ...(counts && { counts }) };
  },
  export: async ({ query, limit }, scope, { search }) => ({
    page: await allPages(search, scope, searchQueryOf(query), limit),
  }),
  summary: async ({ from, until, sample }, scope, { search }) => ({
    summary: await search.summarise(scope, { from: new Date(from), until: new Date(until), sample }),
  }),
  consents: asksForNothing,
  reveal: asksForNothing,
  investigation: asksForNothing,
  suspend: asksForNothing,
  explain: asksForNothing,
  relate: asksForNothing,
  offices: asksForNothing,
  watch: async ({ after, limit }, scope, sources) => ({ watched: await watchedAfter(after, limit, scope, sources) }),
  request: asksForNothing,
  accesses: async ({ query, limit, before }, scope, { search, storage }) => {
    const page = await search.find(scope, searchQueryOf(query), { limit, ...(before !== undefined && { before }) });
    const records: ShownRecord[] = [];
    for (const { index } of page.hits) {
      const stored = await storage.record(index);
      if (!stored) throw new WeftError("NOT_FOUND");
      records.push({ index, jwt: stored.jwt, disclosures: disclosedTo(scope, stored, query.subjects) });
    }
    return { page, records };
  },
  record: async ({ index, subjects }, scope, sources) => showRecord(index, subjects, scope, sources),
};

function asksForNothing(): Promise<never> {
  return Promise.reject(new WeftError("RECORD_REJECTED", { detail: "review: a step asks for nothing" }));
}

async function allPages(
  search: RecordSearch,
  scope: ReviewScope,
  query: Parameters<RecordSearch["find"]>[1],
  limit: number,
): Promise<HitPage> {
  const hits: Hit[] = [];
  let before: number | undefined;
  do {
    const page = await search.find(scope, query, {
      limit: Math.min(MAX_PAGE, limit - hits.length),
      ...(before !== undefined && { before }),
    });
    hits.push(...page.hits);
    before = page.next;
  } while (before !== undefined && hits.length < limit);
  return { hits, next: before };
}

/** The search judges whether it is in scope, as for a list: there is one judge. */
async function showRecord(
  index: number,
  subjects: readonly SubjectRef[] | undefined,
  scope: ReviewScope,
  { search, storage }: ReviewSources,
): Promise<Found> {
  const { hits } = await search.find(scope, {}, { limit: 1, before: index + 1 });
  const [hit] = hits;
  const stored = hit?.index === index ? await storage.record(index) : undefined;
  if (!hit || !stored) throw new WeftError("NOT_FOUND");
  const record = { index, jwt: stored.jwt, disclosures: disclosedTo(scope, stored, subjects) };
  const isWhole = "all" in scope || hit.caller?.consumer === scope.organisation;
  const concluding = hit.outcome?.index;
  const told =
    isWhole && concluding !== undefined && concluding !== index ? await storage.record(concluding) : undefined;
  const outcome = told && { index: told.index, jwt: told.jwt, disclosures: told.disclosures ?? null };
  return { hit, record, ...(outcome && { outcome }) };
}

/** Records with the `limit` indices after `after`: fewer where the scope does not show them, or where they only conclude another. */
async function watchedAfter(
  after: number,
  limit: number,
  scope: ReviewScope,
  { search, storage }: ReviewSources,
): Promise<WatchedRecord[]> {
  const { hits } = await search.find(scope, {}, { limit, before: after + limit + 1 });
  const wanted = hits.filter(({ index }) => index > after).toReversed();
  return Promise.all(
    wanted.map(async (hit) => {
      const stored = hit.sections.length > 0 ? await storage.record(hit.index) : undefined;
      const shown = new Set(hit.sections.map(({ provider }) => provider));
      const sections = stored?.disclosures === undefined ? [] : readEntry(stored).sections;
      const subjects = sections
        .filter(({ provider }) => shown.has(provider))
        .map(({ provider, subjects: refs }) => ({ provider, refs }));
      return { hit, subjects };
    }),
  );
}
