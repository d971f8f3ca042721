import type { z } from "zod";
import { type OrgId, type PartyId, WeftError } from "#libs/terms";
import type { Occasion } from "./api.js";
import type {
  Asked,
  InvestigationAction,
  InvestigationActionRequest,
  InvestigationOutcome,
  InvestigationReason,
  InvestigationReply,
  InvestigationState,
  InvestigationStep,
} from "./investigations-api.js";
import type { Reviewer, Scope } from "./reviewer.js";

/**
 * From an alert or an access to what it was. Whoever investigates sees a pseudonym and asks the house that knows the person; that house answers
 * by a code, and no name crosses. What it was is said by two people.
 *
 *     open ── ask ──▶ asked ── reply (the officer's house) ──▶ replied ── propose ──▶ proposed ── confirm (another person) ──▶ closed
 *       │ ▲             └──────── propose, once it is overdue ──────────────────────────▲ │
 *       │ └────────────────────────────── return (another person) ─────────────────────────┤
 *       └─────────────────────────────────── propose ───────────────────────────────────┘
 */
export interface InvestigationCase {
  readonly id: string;
  readonly house: OrgId;
  readonly consumer: OrgId;
  /** The accesses that it is about, by index. */
  readonly of: readonly number[];
  readonly alert: string | undefined;
  readonly reason: z.infer<typeof InvestigationReason>;
  readonly case: string;
  readonly purpose: Occasion["purpose"];
  readonly state: InvestigationState;
  readonly to: z.infer<typeof Asked> | undefined;
  readonly due: Date | undefined;
  readonly reply: z.infer<typeof InvestigationReply> | undefined;
  readonly outcome: z.infer<typeof InvestigationOutcome> | undefined;
  readonly steps: readonly InvestigationStepTaken[];
}

export interface InvestigationStepTaken {
  readonly step: InvestigationStep;
  readonly house: OrgId;
  readonly by: PartyId;
  readonly at: Date;
  /** Index of the step's own record. */
  readonly record: number;
}

type Actor = Pick<Reviewer, "organisation" | "officer" | "roles">;

interface Rule {
  readonly from: readonly InvestigationState[];
  readonly to: InvestigationState;
  readonly step: InvestigationStep;
  readonly side: "house" | "consumer";
  readonly roles: Actor["roles"];
  /** The step whose last author may not take this one. */
  readonly notBy: InvestigationStep | undefined;
  readonly needs: readonly (keyof InvestigationActionRequest)[];
}

const leading: Actor["roles"] = ["dpo", "authority"];
const anyone: Actor["roles"] = ["dpo", "authority", "second-reviewer"];

const rules: Readonly<Record<InvestigationAction, Rule>> = {
  ask: {
    from: ["open", "replied"],
    to: "asked",
    step: "asked",
    side: "house",
    roles: leading,
    notBy: undefined,
    needs: ["to", "days"],
  },
  reply: {
    from: ["asked"],
    to: "replied",
    step: "replied",
    side: "consumer",
    roles: ["dpo"],
    notBy: undefined,
    needs: ["reply"],
  },
  propose: {
    from: ["open", "asked", "replied"],
    to: "proposed",
    step: "proposed",
    side: "house",
    roles: leading,
    notBy: undefined,
    needs: ["outcome"],
  },
  return: {
    from: ["proposed"],
    to: "open",
    step: "returned",
    side: "house",
    roles: anyone,
    notBy: "proposed",
    needs: [],
  },
  confirm: {
    from: ["proposed"],
    to: "closed",
    step: "confirmed",
    side: "house",
    roles: anyone,
    notBy: "proposed",
    needs: [],
  },
};

/** Who takes part sees it: the officer's house from the moment that it was asked something. */
export function isVisibleTo(it: InvestigationCase, { organisation }: Actor, scope: Scope | undefined): boolean {
  if (it.house === organisation || scope === "all") return true;
  return it.consumer === organisation && it.steps.some(({ step }) => step === "asked");
}

/** What a step changes. Throws NOT_FOUND for whom it does not concern, ROLE_REQUIRED, REVIEW_CHANGED, SECOND_PERSON_REQUIRED. */
export function nextStep(
  it: InvestigationCase,
  action: InvestigationAction,
  actor: Actor,
  now: Date,
): { readonly state: InvestigationState; readonly step: InvestigationStep } {
  const { from, to, step, side, roles, notBy } = rules[action];
  if (actor.organisation !== it[side]) {
    throw new WeftError(isVisibleTo(it, actor, undefined) ? "ROLE_REQUIRED" : "NOT_FOUND");
  }
  if (!roles.some((role) => actor.roles.includes(role))) throw new WeftError("ROLE_REQUIRED");
  const isTooEarly = action === "propose" && it.state === "asked" && !isOverdue(it, now);
  if (!from.includes(it.state) || isTooEarly) throw new WeftError("REVIEW_CHANGED");
  const before = it.steps.findLast((taken) => taken.step === notBy);
  if (before?.by === actor.officer && before.house === actor.organisation)
    throw new WeftError("SECOND_PERSON_REQUIRED");
  return { state: to, step };
}

/** The case after a step, with what the step brings. Throws REQUEST_MALFORMED where it brings anything else than it needs. */
export function afterStep(
  it: InvestigationCase,
  action: InvestigationAction,
  { state, taken }: { readonly state: InvestigationState; readonly taken: InvestigationStepTaken },
  brought: InvestigationActionRequest,
): InvestigationCase {
  assertBrought(action, brought);
  const { to, days = 0, reply, outcome } = brought;
  const after = { ...it, state, steps: [...it.steps, taken] };
  if (action === "ask")
    return { ...after, to, due: new Date(taken.at.getTime() + days * 86_400_000), reply: undefined };
  if (action === "reply") return { ...after, reply };
  if (action === "propose") return { ...after, outcome };
  return action === "return" ? { ...after, outcome: undefined } : after;
}

export function assertBrought(action: InvestigationAction, brought: InvestigationActionRequest): void {
  const { needs } = rules[action];
  const given = Object.entries(brought).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length !== needs.length || needs.some((name) => !given.includes(name)))
    throw new WeftError("REQUEST_MALFORMED");
}

export function isOverdue({ state, due }: InvestigationCase, now: Date): boolean {
  return state === "asked" && due !== undefined && due < now;
}

/** What somebody may do now, for a page. */
export function investigationActions(it: InvestigationCase, actor: Actor, now: Date): InvestigationAction[] {
  return (Object.keys(rules) as InvestigationAction[]).filter((action) => {
    try {
      return nextStep(it, action, actor, now) !== undefined;
    } catch {
      return false;
    }
  });
}

/** Kept by the console. No step is taken twice: as many steps as it was decided on must still have been taken. */
export interface InvestigationStore {
  add(it: InvestigationCase): Promise<void>;
  find(id: string): Promise<InvestigationCase | undefined>;
  /** Of an organisation, as the one that investigates or whose officer it is; undefined: of all. Newest first. */
  of(organisation: OrgId | undefined, limit: number): Promise<readonly InvestigationCase[]>;
  /** Of any house, about any of these accesses. */
  about(records: readonly number[]): Promise<readonly InvestigationCase[]>;
  /** False where it has changed meanwhile. */
  take(before: InvestigationCase, after: InvestigationCase): Promise<boolean>;
}
