import type { InclusionProof, issueRecord, Look, ReviewAnswer } from "#libs/access-log";
import type { OrgId } from "#libs/terms";
import { type Console, recordLook } from "../look-up.js";

/** Purpose and case of every record that the rules leave. */
const OCCASION = { purpose: "audit", case: "vigilance" } as const;

export interface LookedAsRules {
  readonly record: ReturnType<typeof issueRecord>;
  readonly inclusion: InclusionProof;
}

/** The rules look as the console itself, in the name of a house, as widely as that house may. No session, and no person, can. */
export function recordAsRules(organisation: OrgId, look: Look, console: Console): Promise<LookedAsRules> {
  const scope = console.isSupervisory(organisation) ? "all" : "own";
  return recordLook({ organisation, officer: console.id }, OCCASION, { scope, look }, console);
}

export async function lookAsRules(
  organisation: OrgId,
  look: Look,
  console: Console,
): Promise<{ readonly record: number; readonly answer: ReviewAnswer }> {
  const { record, inclusion } = await recordAsRules(organisation, look, console);
  return { record: inclusion.index, answer: await console.log.review(record, inclusion) };
}
