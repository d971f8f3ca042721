import { type Hit, MAX_QUESTIONS } from "#libs/access-log";
import type { CaseId, OrgId } from "#libs/terms";

/** Cases in which one ministry told nothing of somebody, for the house that keeps them. */
export interface OfficeQuestion {
  readonly house: OrgId;
  readonly provider: OrgId;
  /** The newest, each once. */
  readonly cases: readonly CaseId[];
}

/** Each is a record and a call: more are not asked at one time. */
export const MAX_OFFICE_QUESTIONS = 12;

/**
 * Whoever has no number, or a wrong one, is left without an answer; where, the log does not know: a case's own house does. The hits newest first, of
 * houses that can be asked.
 */
export function officeQuestions(hits: readonly Hit[], houses: ReadonlySet<string>): OfficeQuestion[] {
  const silent = hits.flatMap(({ caller, outcome }) => {
    const [house, number] = [caller?.consumer, caller?.case];
    if (house === undefined || number === undefined || !houses.has(house)) return [];
    const sources = (outcome?.sources ?? []).filter(({ withheld }) => withheld > 0);
    return sources.map(({ provider }) => ({ house, provider, number }));
  });
  return [...Map.groupBy(silent, ({ house, provider }) => `${provider} ${house}`)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_OFFICE_QUESTIONS)
    .map(([, some]) => ({
      house: some[0]!.house,
      provider: some[0]!.provider,
      cases: [...new Set(some.map(({ number }) => number))].slice(0, MAX_QUESTIONS),
    }));
}
