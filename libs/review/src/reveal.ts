import { type OrgId, type PartyId, WeftError } from "#libs/terms";
import type { RevealAction, RevealOutcome, RevealRequest, RevealState } from "./api.js";
import type { Reviewer } from "./reviewer.js";

/**
 * Who is the officer of a record? Officers are pseudonyms; their own house knows more. Another house may ask, and never learns it: it hears how
 * the access was explained.
 *
 *     asked ── accept (a DPO of the officer's house) ─▶ accepted ── approve (a second person there) ─▶ approved ── show (that DPO) ─▶ shown ── answer ─▶ answered
 *       └──────────────── decline (anyone of both) ◀──────┘
 */
export interface RevealCase {
  readonly id: string;
  readonly asker: { readonly organisation: OrgId; readonly officer: PartyId };
  /** The officer's house. */
  readonly consumer: OrgId;
  readonly officer: PartyId;
  readonly of: number;
  readonly reason: RevealRequest["reason"];
  readonly case: string;
  readonly purpose: "audit" | "data-subject-rights";
  readonly state: RevealState;
  readonly due: Date;
  readonly outcome: RevealOutcome | undefined;
  readonly steps: readonly {
    readonly step: RevealState;
    readonly by: PartyId;
    readonly at: Date;
    /** Index of the step's own record. */
    readonly record: number;
  }[];
}

/** Milliseconds that the officer's house has for an answer. */
export const REVEAL_DUE = 14 * 86_400_000;

interface Rule {
  readonly from: readonly RevealState[];
  readonly to: RevealState;
  readonly role: "dpo" | "either";
  /** Steps whose author may not take this one. */
  readonly notBy: readonly RevealState[];
}

const rules: Readonly<Record<RevealAction, Rule>> = {
  accept: { from: ["asked"], to: "accepted", role: "dpo", notBy: [] },
  approve: { from: ["accepted"], to: "approved", role: "either", notBy: ["asked", "accepted"] },
  decline: { from: ["asked", "accepted"], to: "declined", role: "either", notBy: [] },
  show: { from: ["approved", "shown"], to: "shown", role: "dpo", notBy: ["approved"] },
  answer: { from: ["shown"], to: "answered", role: "dpo", notBy: [] },
};

type Actor = Pick<Reviewer, "organisation" | "officer" | "roles">;

/** The state after this step. Throws NOT_FOUND for whom it does not concern, ROLE_REQUIRED, REVIEW_CHANGED or SECOND_PERSON_REQUIRED. */
export function nextState(reveal: RevealCase, action: RevealAction, actor: Actor): RevealState {
  const { from, to, role, notBy } = rules[action];
  if (actor.organisation !== reveal.consumer) {
    throw new WeftError(actor.organisation === reveal.asker.organisation ? "ROLE_REQUIRED" : "NOT_FOUND");
  }
  const isEntitled = actor.roles.includes("dpo") || (role === "either" && actor.roles.includes("second-reviewer"));
  if (!isEntitled) throw new WeftError("ROLE_REQUIRED");
  if (!from.includes(reveal.state)) throw new WeftError("REVIEW_CHANGED");
  const isOwnStep = reveal.steps.some(({ step, by }) => by === actor.officer && notBy.includes(step));
  if (isOwnStep) throw new WeftError("SECOND_PERSON_REQUIRED");
  return to;
}

/** What somebody may do now, for a page. */
export function actionsOf(reveal: RevealCase, actor: Actor): RevealAction[] {
  return (Object.keys(rules) as RevealAction[]).filter((action) => {
    try {
      return nextState(reveal, action, actor) !== undefined;
    } catch {
      return false;
    }
  });
}

/** Kept by the console. No step is taken twice: the state that a step was decided on must still hold. */
export interface RevealStore {
  add(reveal: RevealCase): Promise<void>;
  find(id: string): Promise<RevealCase | undefined>;
  /** Of an organisation, as the asker or as the officer's house; newest first. */
  of(organisation: OrgId, limit: number): Promise<readonly RevealCase[]>;
  /** False where it has changed meanwhile. */
  take(
    reveal: Pick<RevealCase, "id" | "state">,
    step: RevealCase["steps"][number],
    outcome: RevealOutcome | undefined,
  ): Promise<boolean>;
}

/** The house's own list of pseudonyms and staff numbers. */
export interface StaffDirectory {
  find(organisation: OrgId, officer: PartyId): Promise<string | undefined>;
}
