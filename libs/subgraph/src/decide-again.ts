import {
  compilePolicy,
  type CoordinateRule,
  decide,
  type Decision,
  type Grant,
  type Policy,
  type SignedAgreement,
  type StrongSignIn,
} from "#libs/policy";
import { type OrgId, WeftError } from "#libs/terms";
import type { PassedOnTokens } from "#libs/token";
import type { ShownFetch } from "./caller-proof.js";

/** What this ministry has itself agreed, from its own copy of the contracts. */
export interface OwnTerms {
  readonly provider: OrgId;
  /** Of the contracts that it was loaded from. */
  readonly version: number;
  readonly policy: Policy;
  /** Whose tokens are believed, where a record holds one. */
  readonly callers?: PassedOnTokens | undefined;
}

declare const agreed: unique symbol;
/** The ministry's own copy permits every coordinate and argument, under the very agreement that the record names. */
export interface AgreedFetch extends ShownFetch {
  readonly grant: Grant;
  readonly decision: Decision;
  readonly [agreed]: true;
}

/**
 * Only the agreements of this provider, and none `registered-only`: which registered operation a fetch comes from is told to the
 * log alone, so that rule is the gateway's; fields, arguments and volume are held here.
 */
export function ownPolicy(
  provider: OrgId,
  rules: Iterable<CoordinateRule>,
  agreements: Iterable<SignedAgreement>,
  strongSignIn?: StrongSignIn,
): Policy {
  const own = [...agreements]
    .filter(({ agreement }) => agreement.provider === provider)
    .map((signed) => ({ ...signed, agreement: withinGrant(signed.agreement) }));
  return compilePolicy(rules, own, strongSignIn);
}

function withinGrant(agreement: SignedAgreement["agreement"]): SignedAgreement["agreement"] {
  return { ...agreement, operations: { ...agreement.operations, mode: "within-grant" } };
}

/**
 * Judges the fetch as if no gateway had: consumer, purpose and case from the record, coordinates and arguments from the own parser, how the
 * officer signed in and that they gave a reason from the token that their own organisation signed.
 * Throws the decision's own code, or AGREEMENT_INACTIVE where the record names another agreement than the one in force here.
 */
export function decideAgain(fetch: ShownFetch, terms: OwnTerms, now: Date): AgreedFetch {
  const { record, plan, question, persons, token } = fetch;
  const { caller, section } = record;
  const decision = decide(
    {
      consumer: caller.consumer,
      purpose: caller.purpose,
      ...(caller.case === undefined ? {} : { caseId: caller.case }),
      operation: plan.digest,
      coordinates: plan.coordinates,
      arguments: question.arguments,
      persons: persons.length,
      entries: question.entries,
      ...signInOf(token),
      isReasoned: record.section.callerProof?.emergency !== undefined,
    },
    terms.policy,
    now,
  );
  for (const [coordinate, verdict] of decision.verdicts) {
    if (verdict.effect === "deny") throw new WeftError(verdict.code, { detail: `own decision refuses ${coordinate}` });
  }
  const grant = decision.agreements.get(terms.provider);
  if (!grant || !isNamed(grant, section)) {
    throw new WeftError("AGREEMENT_INACTIVE", {
      detail: "the record names another agreement than the one in force here",
    });
  }
  if (grant.options.callerProof === "required" && token === undefined)
    throw new WeftError("RECORD_REJECTED", { detail: "the agreement asks for the caller's own token" });
  if (record.section.callerProof?.emergency && grant.basis !== "VITAL_INTEREST")
    throw new WeftError("RECORD_REJECTED", { detail: "the record calls an emergency what is none" });
  return { ...fetch, grant, decision } as unknown as AgreedFetch;
}

function signInOf(token: ShownFetch["token"]) {
  if (token?.acr === undefined || token.auth_time === undefined) return {};
  return { signIn: { acr: token.acr, authTime: token.auth_time } };
}

function isNamed(grant: Grant, section: ShownFetch["record"]["section"]): boolean {
  return (
    grant.agreement === section.agreement &&
    grant.version === section.version &&
    grant.digest === section.digest &&
    grant.basis === section.basis
  );
}
