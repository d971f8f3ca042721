import type { OrgId } from "#libs/terms";
import type { InvestigationCase } from "./investigation.js";

/**
 * Somebody broke the glass, and their own house looks at why: an investigation of that access, with an outcome that a second person confirmed. It
 * has so many hours; from then on it is overdue, for its own data-protection officer, the ministry that was asked, and the authority.
 *
 *     waiting ── the house closes it in time ──▶ reviewed
 *        │
 *     due passes
 *        ▼
 *     overdue ── the house closes it ──▶ late
 */
export type EmergencyReview = "waiting" | "overdue" | "reviewed" | "late";

/** An alert that says so; `due` is by when its house must have looked. */
export interface Emergency {
  readonly consumer: OrgId;
  /** Index of the access. */
  readonly records: readonly number[];
  readonly due: Date | undefined;
}

/** Another house's investigation of the same access is that house's own: it neither fulfils the duty nor ends it. */
export function emergencyReview(
  { consumer, records, due }: Emergency,
  investigations: readonly InvestigationCase[],
  now: Date,
): EmergencyReview {
  const closed = investigations
    .filter((it) => it.house === consumer && it.state === "closed" && records.every((index) => it.of.includes(index)))
    .flatMap(({ steps }) => steps.findLast(({ step }) => step === "confirmed")?.at.getTime() ?? []);
  const until = due?.getTime() ?? Infinity;
  if (closed.length === 0) return now.getTime() > until ? "overdue" : "waiting";
  return Math.min(...closed) > until ? "late" : "reviewed";
}
