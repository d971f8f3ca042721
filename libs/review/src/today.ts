import type { OrgId } from "#libs/terms";
import { emergencyReview } from "./emergency.js";
import { type InvestigationCase, investigationActions, isOverdue } from "./investigation.js";
import { MAX_EVIDENCE } from "./investigations-api.js";
import { hitOf } from "./present.js";
import { actionsOf, type RevealCase } from "./reveal.js";
import type { Reviewer } from "./reviewer.js";
import type { WorkItem } from "./today-api.js";
import { type Budget, chooseWork } from "./worklist.js";

type Actor = Pick<Reviewer, "organisation" | "officer" | "roles">;

/** How many a day asks of one house. */
export const BUDGET = 10;
/** How many accesses are drawn by lot in a day. */
export const SAMPLE = 5;

/** What was done of a day's sample. */
export interface WorkStore {
  done(organisation: OrgId, day: string): Promise<ReadonlySet<string>>;
  note(who: Pick<Reviewer, "organisation" | "officer">, day: string, key: string, at: Date): Promise<void>;
}

export const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

/** Yesterday and today, in UTC: what a look at the beginning of a day is about. */
export function daysSeen(now: Date): { readonly from: Date; readonly until: Date } {
  const today = Date.parse(`${dayOf(now)}T00:00:00Z`);
  return { from: new Date(today - 86_400_000), until: new Date(now.getTime() + 1_000) };
}

/** Investigations in which the next step is this person's. */
export function investigationWork(all: readonly InvestigationCase[], actor: Actor, now: Date): WorkItem[] {
  return all.flatMap((it): WorkItem[] => {
    const actions = investigationActions(it, actor, now);
    const about = { key: `investigation ${it.id} ${it.steps.length}`, at: `/investigations/${it.id}`, case: it.case };
    const due = it.due && { due: it.due.toISOString() };
    if (actions.includes("reply")) return [{ ...about, kind: "answer", want: "reply", ...due }];
    if (actions.includes("confirm")) return [{ ...about, kind: "decision", want: "confirm" }];
    if (!actions.includes("propose")) return [];
    return [{ ...about, kind: "decision", want: "decide", ...(isOverdue(it, now) && due) }];
  });
}

/** Requests to know an officer in which this person may decide or answer. */
export function revealWork(all: readonly RevealCase[], actor: Actor): WorkItem[] {
  return all.flatMap((reveal): WorkItem[] => {
    const actions = actionsOf(reveal, actor).filter((action) => action !== "decline");
    const isAnswer = actions.includes("show") || actions.includes("answer");
    if (actions.length === 0) return [];
    return [
      {
        kind: "answer",
        key: `reveal ${reveal.id} ${reveal.state}`,
        want: isAnswer ? "reveal-answer" : "reveal-decide",
        at: "/reveals",
        case: reveal.case,
        due: reveal.due.toISOString(),
      },
    ];
  });
}

/** What a rule found, as far as a day's work needs it. */
export interface AlertToSee {
  readonly id: string;
  readonly rule: string;
  readonly consumer: OrgId;
  readonly records: readonly number[];
  readonly score: number;
  readonly due: Date | undefined;
}

/** Alerts of which no investigation has begun. */
export function alertWork(alerts: readonly AlertToSee[], investigations: readonly InvestigationCase[]): WorkItem[] {
  const begun = new Set(investigations.map(({ alert }) => alert));
  return alerts
    .filter(({ id, rule }) => !begun.has(id) && rule !== EMERGENCY)
    .map(({ id, rule, records, score, due }) => ({
      kind: "alert",
      key: `alert ${id}`,
      want: "look-alert",
      at: addressOf(id, records, rule === "unexplained" ? "unexplained-access" : "pattern"),
      reason: rule,
      weight: score,
      ...(due && { due: due.toISOString() }),
    }));
}

/** The rule that finds who broke the glass. */
export const EMERGENCY = "break-glass";

/**
 * Emergencies that their own house has not reviewed, whoever had a reason for them: for that house until it has begun, and again once it is overdue;
 * for the ministry that was asked and the authority until they look themselves, and then once more when it is overdue. `known`: investigations of
 * these accesses by any house.
 */
export function emergencyWork(
  emergencies: readonly AlertToSee[],
  known: readonly InvestigationCase[],
  { organisation }: Pick<Actor, "organisation">,
  now: Date,
): WorkItem[] {
  return emergencies.flatMap((emergency): WorkItem[] => {
    const { id, consumer, records, score, due } = emergency;
    const review = emergencyReview(emergency, known, now);
    const mine = known.some(({ house, of }) => house === organisation && records.every((index) => of.includes(index)));
    if (review === "reviewed" || review === "late" || (mine && review === "waiting")) return [];
    const isOwn = consumer === organisation;
    return [
      {
        kind: "emergency",
        key: `alert ${id} ${review}`,
        want: review === "waiting" || isOwn ? "review-emergency" : "emergency-overdue",
        at: addressOf(id, records, EMERGENCY),
        reason: EMERGENCY,
        weight: score,
        ...(due && { due: due.toISOString() }),
        ...(records[0] !== undefined && { record: records[0] }),
      },
    ];
  });
}

function addressOf(alert: string, records: readonly number[], reason: string): string {
  return `/investigations?of=${records.slice(-MAX_EVIDENCE).join(",")}&reason=${reason}&alert=${alert}`;
}

/** Accesses that nobody chose, but for those that are investigated already. */
export function sampleWork(
  sample: readonly Parameters<typeof hitOf>[0][],
  investigations: readonly InvestigationCase[],
): WorkItem[] {
  const looked = new Set(investigations.flatMap(({ of }) => of));
  return sample
    .filter(({ index }) => !looked.has(index))
    .map((hit) => ({
      kind: "sample",
      key: `sample ${hit.index}`,
      want: "justify",
      at: `/accesses/${hit.index}`,
      access: hitOf(hit),
    }));
}

/** The day's choice out of all that waits. */
export function workOf(waiting: readonly WorkItem[], budget: Omit<Budget, "size">, now: Date) {
  const dated = waiting.map((item) => ({
    item,
    kind: item.kind,
    key: item.key,
    ...(item.due !== undefined && { due: new Date(item.due) }),
    ...(item.weight !== undefined && { weight: item.weight }),
  }));
  const chosen = chooseWork(dated, { ...budget, size: BUDGET }, now);
  const open = waiting.filter(({ key }) => !budget.done.has(key));
  const counts = Map.groupBy(open, ({ kind }) => kind);
  return {
    work: chosen.map(({ item }) => item),
    waiting: Object.fromEntries([...counts].map(([kind, some]) => [kind, some.length])),
  };
}
