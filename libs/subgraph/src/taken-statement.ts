import { type InclusionProof, issueRecord, type IssuedRecord } from "#libs/access-log";
import { type OrgId, type PartyId, type Signer, toB64u } from "#libs/terms";
import type { AdapterStore } from "./store.js";

/** Whoever states, and where to. */
export interface TakenStatement {
  readonly provider: OrgId;
  readonly adapter: { readonly id: PartyId; readonly signer: Signer };
  readonly store: AdapterStore;
  readonly log: { readonly origin: string; append(record: IssuedRecord): Promise<InclusionProof> };
}

const STATED = "stated-day";
const DAY = 86_400_000;
/** Milliseconds after midnight: no record of the day before can be taken any more. */
const SETTLED = 10 * 60_000;
/** Days that are made up for after an outage, at one time. */
const AT_ONCE = 31;

/**
 * Tells the log, signed, which records were taken on each day that has ended since it was last told: a heartbeat of the adapter's own. The log
 * cannot hide a record from those who search it, nor make one up, without the two sides differing. Resolves to the days told; rejects
 * where the log does not take one, and tells it next time.
 */
export async function stateTaken(
  { provider, adapter, store, log }: TakenStatement,
  now: Date,
): Promise<readonly string[]> {
  const ended = dayOf(now.getTime() - SETTLED - DAY);
  const last = store.findMark(STATED);
  // The first day of a new store is told once it has ended.
  if (last === undefined) await store.setMark(STATED, dayOf(now.getTime() - DAY));
  const days = last === undefined ? [] : daysAfter(last, ended).slice(0, AT_ONCE);
  for (const day of days) {
    const { count, sum } = store.taken(day);
    const taken = { aud: provider, day, count, sum: toB64u(sum) };
    const draft = { kind: "heartbeat", iss: adapter.id, log: log.origin, taken, sections: [] } as const;
    await log.append(issueRecord(draft, adapter.signer, now));
    await store.setMark(STATED, day);
  }
  return days;
}

function daysAfter(last: string, until: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(last) + DAY; dayOf(at) <= until; at += DAY) days.push(dayOf(at));
  return days;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
