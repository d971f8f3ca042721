import type { CaseId, Scheme } from "#libs/terms";

/**
 * Whether a case is named by a person's number. The case goes into the log as the caller names it, and the log never holds an
 * identifier: such a token is refused before anything of it is recorded.
 */
export function isPersonsNumber(caseId: CaseId, schemes: Iterable<Scheme>): boolean {
  return [...schemes].some(({ pattern }) => pattern.test(caseId) || pattern.test(caseId.toUpperCase()));
}
