import type { DenyReason, Question, Remedy } from "./decision.js";
import { isUnruled, releasesOf } from "./field-rules.js";
import { type CompiledGrant, isInForce, needsConsent, opens } from "./grant.js";
import type { LegalBasis } from "./legal-basis.js";
import { type Policy, grantsBetween } from "./policy.js";
import type { CoordinateRule } from "./rule.js";

/**
 * The shortest lawful way to what was refused. It is told from what the caller may know already: its own agreements, and the
 * release rules, which are printed in the schema. A remedy never widens anything: asking again is judged again.
 */
export interface Refusal {
  readonly code: DenyReason;
  readonly field: CoordinateRule;
  /** The grant in force, where there is one. */
  readonly compiled: CompiledGrant | undefined;
  readonly question: Question;
  readonly policy: Policy;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function remedyFor(refusal: Refusal): Remedy | null {
  return remedies[refusal.code](refusal);
}

const remedies: Record<DenyReason, (refusal: Refusal) => Remedy | null> = {
  AGREEMENT_INACTIVE: inactive,
  OPERATION_NOT_REGISTERED: ({ compiled, question }) => ({
    say: compiled?.signed.suspended?.has(question.operation)
      ? "Ask the provider, which has suspended the operation."
      : "Register the operation under the agreement.",
  }),
  CASE_REQUIRED: () => ({ say: "Ask with an access token that names the case." }),
  PURPOSE_NOT_ALLOWED: anotherGrant,
  FIELD_NOT_IN_AGREEMENT: anotherGrant,
  RELEASE_NOT_ALLOWED: anotherGrant,
  ARGUMENT_NOT_IN_AGREEMENT: () => ({ say: "Ask with the filters and thresholds that the agreement names." }),
  LIMIT_EXCEEDED: ({ compiled }) => ({ say: `Ask for fewer persons at a time: at most ${mostPersons(compiled)}.` }),
  REASON_REQUIRED: () => ({ say: "Ask with an access token that says the reason, in a sentence." }),
  STEP_UP_REQUIRED: ({ policy: { strongSignIn } }) => ({
    say: strongSignIn
      ? `Let the officer sign in again, strongly, and ask within ${strongSignIn.maxAge} seconds.`
      : "The registry would have to say how officers sign in strongly.",
  }),
};

function mostPersons(compiled: CompiledGrant | undefined): number {
  if (compiled === undefined || compiled.grant.basis === "VITAL_INTEREST") return 1;
  return compiled.grant.limits.personsPerRequest;
}

function anotherGrant(refusal: Refusal): Remedy | null {
  return otherPurpose(refusal) ?? furtherAgreement(refusal);
}

/**
 * Another purpose for which the same two organisations have agreed on the field, now: without consent before with consent. Nobody is told
 * to call it an emergency.
 */
export function findOtherPurpose(
  field: CoordinateRule,
  { question, policy, now }: Pick<Refusal, "question" | "policy" | "now">,
): CompiledGrant | undefined {
  return grantsBetween(policy, question.consumer, field.controller).find(
    (it) =>
      it.grant.purpose !== question.purpose &&
      it.grant.basis !== "VITAL_INTEREST" &&
      isInForce(it, now) &&
      opens(it, field.coordinate),
  );
}

function otherPurpose(refusal: Refusal): Remedy | undefined {
  const found = findOtherPurpose(refusal.field, refusal);
  if (found === undefined) return undefined;
  const { purpose } = found.grant;
  return needsConsent(found)
    ? { say: `Ask with purpose ${purpose}; the person's consent is needed.`, purpose, consent: true }
    : { say: `Ask with purpose ${purpose}.`, purpose };
}

/** No agreement of the two helps: what the ministry's own rule would let them agree on, this purpose before others. */
function furtherAgreement({ field, question, policy }: Refusal): Remedy | null {
  const ruled = releasesOf(field, policy.shape).filter((it) => it.mode !== "AGGREGATE");
  const releases = ruled.filter((it) => it.purposes.length > 0 && it.bases.length > 0);
  if (ruled.length > 0 && releases.length === 0) return { say: "Its provider opens it for no purpose." };
  const release = releases.find((it) => it.purposes.includes(question.purpose)) ?? releases[0];
  if (release === undefined) return isUnruled(field) ? { say: "The agreement would have to name it." } : null;
  const purpose = release.purposes.includes(question.purpose) ? question.purpose : release.purposes[0]!;
  const bases = release.bases.map((it) => spoken[it]).join(" or ");
  return { say: `The agreement would have to name it, for purpose ${purpose}, on the basis of ${bases}.` };
}

const spoken: Record<LegalBasis, string> = {
  CONSENT: "consent",
  CONTRACT: "contract",
  LEGAL_OBLIGATION: "legal obligation",
  VITAL_INTEREST: "vital interest",
  PUBLIC_TASK: "public task",
  LEGITIMATE_INTEREST: "legitimate interest",
};

function inactive({ field, question, policy, now }: Refusal): Remedy {
  const candidates = grantsBetween(policy, question.consumer, field.controller).filter(
    (it) => it.grant.purpose === question.purpose,
  );
  const states = new Set(candidates.map((it) => stateOf(it, now)));
  const state = (["in force", "suspended", "not begun", "ended"] as const).find((it) => states.has(it));
  return { say: inactiveSays[state ?? "none"] };
}

const inactiveSays = {
  "in force": "Ask with an access token that does not leave the agreement out.",
  suspended: "The agreement is suspended; the two organisations can resume it.",
  "not begun": "The agreement has not begun.",
  ended: "The agreement has ended; it would have to be renewed.",
  none: "An agreement with the ministry for this purpose is needed.",
};

function stateOf(compiled: CompiledGrant, now: number): "in force" | "suspended" | "not begun" | "ended" {
  if (isInForce(compiled, now)) return "in force";
  if (compiled.signed.agreement.state === "terminated" || now > compiled.until) return "ended";
  return compiled.signed.agreement.state === "suspended" ? "suspended" : "not begun";
}
