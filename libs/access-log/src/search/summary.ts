import { sha256, type OrgId } from "#libs/terms";
import { COUNT_LIMIT, type Hit } from "./search.js";

/** What somebody who begins their day wants to know of a time: counts, who did not answer, and a few accesses that nobody chose. */
export interface SummaryQuery {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly until: Date;
  readonly sample: { readonly size: number; readonly seed: string };
}

export interface Summary {
  /** Accesses that began in this time. */
  readonly accesses: number;
  /** False: there were more, and only the newest `COUNT_LIMIT` are counted and drawn from. */
  readonly complete: boolean;
  /** How many of them the sources are told from: the newest. */
  readonly told: number;
  /** By provider, in alphabetical order. */
  readonly sources: readonly SourceSummary[];
  readonly sample: readonly Hit[];
}

/** Reading what an access said costs a hundred times what counting it does; a first page waits for it. */
export const TOLD_LIMIT = 500;

/** Of accesses that have ended. */
export interface SourceSummary {
  readonly provider: OrgId;
  readonly asked: number;
  /** Of these, how often nothing came back. */
  readonly silent: number;
  /** Whether nothing came back the last time. */
  readonly isSilent: boolean;
  readonly persons: number;
  /** Of the persons, how many nothing was said of: not known there, not resolved, or withheld. Which of them, the log cannot tell. */
  readonly withheld: number;
}

/**
 * Where an access stands in the draw: the smallest are taken. It follows from the seed, which stands in the record of the look, and the index,
 * which the log gave; so nobody chooses, and whoever draws again draws the same.
 */
export function lotOf(seed: string, index: number): string {
  return sha256(`${seed} ${index}`).toString("hex");
}

/** Of first intents as a scope sees them, newest first. What an index on a database must agree with. */
export function summarise(hits: readonly Hit[], { sample: { size, seed } }: SummaryQuery): Summary {
  const counted = hits.slice(0, COUNT_LIMIT);
  const told = counted.slice(0, TOLD_LIMIT);
  const lots = counted.map((hit) => ({ hit, lot: lotOf(seed, hit.index) }));
  return {
    accesses: counted.length,
    complete: hits.length < COUNT_LIMIT,
    told: told.length,
    sources: sourcesOf(told),
    sample: lots
      .sort((a, b) => (a.lot < b.lot ? -1 : 1))
      .slice(0, size)
      .map(({ hit }) => hit),
  };
}

/** By provider. The hits newest first. */
export function sourcesOf(told: readonly Hit[]): readonly SourceSummary[] {
  const asked = told.flatMap(answersIn);
  return [...Map.groupBy(asked, ({ provider }) => provider)]
    .map(([provider, some]): SourceSummary => ({
      provider,
      asked: some.length,
      silent: some.filter(({ isSilent }) => isSilent).length,
      isSilent: some[0]!.isSilent,
      persons: some.reduce((sum, { persons }) => sum + persons, 0),
      withheld: some.reduce((sum, { withheld }) => sum + withheld, 0),
    }))
    .sort((a, b) => (a.provider < b.provider ? -1 : 1));
}

/**
 * Whoever was asked, and whoever looked somebody up whom a list had found. A provider that was asked about persons and looked up none did not
 * answer.
 */
function answersIn({ sections, outcome }: Hit) {
  if (outcome?.status !== "answered" && outcome?.status !== "partial") return [];
  const named = new Set(sections.filter(({ persons }) => persons > 0).map(({ provider }) => provider));
  const providers = new Set([...named, ...outcome.sources.map(({ provider }) => provider)]);
  return [...providers].map((provider) => {
    const told = outcome.sources.find((source) => source.provider === provider);
    const { persons = 0, withheld = 0 } = told ?? {};
    return { provider, persons, withheld, isSilent: persons === 0 && named.has(provider) };
  });
}
