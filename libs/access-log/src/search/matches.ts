import type { OrgId, SubjectRef } from "#libs/terms";
import { isFirstIntent } from "../storage.js";
import type { SearchEntry } from "./entry.js";
import type { Facet, Hit, HitOutcome, ReviewScope, SearchQuery } from "./search.js";

/** A record and, where it is the first of its access, the outcome that concluded it. */
export interface Indexed {
  readonly entry: SearchEntry;
  readonly access: number | undefined;
  readonly conclusion: SearchEntry | undefined;
}

/** By its own writer's word or, in the end, by the log's, whose name is its origin and no party's. */
export function concludes(
  entry: Pick<SearchEntry, "kind" | "iss">,
  first: Pick<SearchEntry, "kind" | "iss" | "parent">,
): boolean {
  const isWritersOwn = entry.iss === first.iss || !/^(gateway|adapter):/.test(entry.iss);
  return entry.kind === "outcome" && isFirstIntent(first) && isWritersOwn;
}

/**
 * What a scope sees of a record, with all its persons; undefined where it is not its business. Whether a query matches is asked of this
 * alone, so that no answer tells of what is not seen.
 */
export function visibleTo(scope: ReviewScope, { entry, access, conclusion }: Indexed): Hit | undefined {
  const whole = wholeHit(entry, access, conclusion);
  if ("all" in scope || whole.caller?.consumer === scope.organisation) return whole;
  const isOwn = ({ provider }: { readonly provider: OrgId }): boolean => provider === scope.organisation;
  const sections = whole.sections.filter(isOwn);
  const { outcome } = whole;
  const sources = outcome?.sources.filter(isOwn) ?? [];
  if (sections.length === 0 && sources.length === 0) return undefined;
  return { ...whole, sections, denied: [], outcome: outcome && { ...outcome, sources } };
}

function wholeHit(entry: SearchEntry, access: number | undefined, conclusion: SearchEntry | undefined): Hit {
  const { index, at, kind, caller, sections, denied, refused } = entry;
  const outcome = outcomeOf(entry, conclusion);
  return { index, at, kind, access, caller, sections, denied, refused, outcome };
}

function outcomeOf(entry: SearchEntry, conclusion: SearchEntry | undefined): HitOutcome | undefined {
  const teller = entry.kind === "outcome" ? entry : conclusion;
  if (teller) {
    const sources = (teller.outcome?.sources ?? []).map(({ aliases, provider, persons, withheld }) => ({
      provider,
      persons,
      withheld,
      subjects: aliases,
    }));
    return { status: teller.outcome?.status ?? "erased", index: teller.index, sources };
  }
  return isFirstIntent(entry) ? { status: "open", index: undefined, sources: [] } : undefined;
}

export function matches(hit: Hit, query: SearchQuery): boolean {
  const { caller } = hit;
  const is = <T>(wanted: T | undefined, found: T | undefined): boolean => wanted === undefined || wanted === found;
  const isOneOf = <T>(wanted: readonly T[] | undefined, found: readonly T[]): boolean =>
    wanted === undefined || found.some((value) => wanted.includes(value));
  return (
    is(query.access, hit.access) &&
    is(query.officer, caller?.officer) &&
    is(query.client, caller?.client) &&
    is(query.consumer, caller?.consumer) &&
    is(query.case, caller?.case) &&
    isOneOf(query.purposes, caller ? [caller.purpose] : []) &&
    isOneOf(query.kinds, [hit.kind]) &&
    isOneOf(query.outcomes, hit.outcome ? [hit.outcome.status] : []) &&
    isOneOf(query.provider && [query.provider], valuesOf(hit, "provider")) &&
    isOneOf(
      query.agreement && [query.agreement],
      hit.sections.map(({ agreement }) => agreement),
    ) &&
    isOneOf(query.coordinates, valuesOf(hit, "coordinate")) &&
    isOneOf(query.subjects, personsOf(hit)) &&
    (query.from === undefined || hit.at >= query.from) &&
    (query.until === undefined || hit.at < query.until)
  );
}

/** The persons of a hit, and those that a provider found under another number. */
function personsOf({ sections, outcome }: Hit): SubjectRef[] {
  return [...sections, ...(outcome?.sources ?? [])].flatMap(({ subjects }) => subjects);
}

const facetValues: Record<Facet, (hit: Hit) => readonly string[]> = {
  consumer: ({ caller }) => (caller ? [caller.consumer] : []),
  officer: ({ caller }) => (caller ? [caller.officer] : []),
  purpose: ({ caller }) => (caller ? [caller.purpose] : []),
  kind: ({ kind }) => [kind],
  outcome: ({ outcome }) => (outcome ? [outcome.status] : []),
  provider: ({ sections }) => sections.map(({ provider }) => provider),
  coordinate: ({ sections }) => sections.flatMap(({ coordinates }) => coordinates),
};

/** The values of a facet that a record counts for, each once. */
export function valuesOf(hit: Hit, facet: Facet): readonly string[] {
  return [...new Set(facetValues[facet](hit))];
}

/** Of the persons of a hit, only those that were asked for, in that order. */
export function onlyAsked(hit: Hit, asked: readonly SubjectRef[] = []): Hit {
  const only = <T extends { readonly subjects: readonly SubjectRef[] }>(part: T): T => ({
    ...part,
    subjects: asked.filter((ref) => part.subjects.includes(ref)),
  });
  const outcome = hit.outcome && { ...hit.outcome, sources: hit.outcome.sources.map(only) };
  return { ...hit, sections: hit.sections.map(only), outcome };
}
