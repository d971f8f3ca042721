import { decide as judge, type Decision, type Denial as PolicyDenial } from "#libs/policy";
import { type CompiledPlan, planFor } from "#libs/supergraph";
import type { Coordinate } from "#libs/terms";
import { Refusal } from "./refusal.js";
import type { AccessDescribed } from "./describe-access.js";

/** A denial by policy, or of a field that needs a denied one. */
export type Denial =
  PolicyDenial | { readonly effect: "deny"; readonly code: "DEPENDS_ON_DENIED"; readonly remedy: null };

export interface AccessDecided extends AccessDescribed {
  readonly decision: Decision;
  readonly denied: ReadonlyMap<Coordinate, Denial>;
  /** The plan of exactly the coordinates that are not denied. */
  readonly plan: CompiledPlan;
}

const dependsOnDenied: Denial = { effect: "deny", code: "DEPENDS_ON_DENIED", remedy: null };

/** Request x agreements x now -> a verdict for each touched coordinate, and the plan that the permitted ones allow. */
export function decide(described: AccessDescribed): AccessDecided {
  const { caller, operation, progress } = described;
  const { contracts, supergraph } = progress.world;
  const decision = judge(
    {
      consumer: caller.consumer,
      purpose: caller.purpose,
      ...(caller.caseId !== undefined && { caseId: caller.caseId }),
      ...(caller.narrowedTo !== undefined && { narrowedTo: caller.narrowedTo }),
      operation: operation.digest,
      coordinates: operation.touched,
      arguments: operation.arguments,
      persons: described.persons.length,
      entries: described.entries,
      ...(caller.signIn && { signIn: caller.signIn }),
      isReasoned: caller.reason !== undefined,
    },
    contracts.policy,
    progress.now,
  );
  const denied = new Map<Coordinate, Denial>();
  for (const [coordinate, verdict] of decision.verdicts) if (verdict.effect === "deny") denied.set(coordinate, verdict);
  const plan = planFor(supergraph, operation, new Set(denied.keys()));
  for (const { coordinate } of plan.denials) if (!denied.has(coordinate)) denied.set(coordinate, dependsOnDenied);
  const decided: AccessDecided = { ...described, decision, denied, plan };
  progress.decided = decided;
  // Nothing else can be read of it, so that whoever signs in again asks again; what would be refused all the same never comes this far.
  const stepUp = [...denied.values()].some(({ code }) => code === "STEP_UP_REQUIRED");
  if (stepUp && described.question.mode !== "explain") throw new Refusal("STEP_UP_REQUIRED", decided);
  const [first] = plan.denials;
  const denial = first && denied.get(first.coordinate);
  if (described.question.mode === "reject" && denial) throw new Refusal(denial.code, decided);
  return decided;
}
