import { type PartyId, type SubjectRef, WeftError } from "#libs/terms";
import type { AgreedFetch } from "./decide-again.js";
import type { AdapterStore } from "./store.js";

declare const verified: unique symbol;
/** All that is checked before a ministry's machine is asked has been checked. `readProtected` demands one. */
export interface VerifiedFetch extends AgreedFetch {
  readonly [verified]: true;
}

/**
 * A record answers each of its fetches once, durably: a restart does not open it again. Throws REPLAYED, or LIMIT_EXCEEDED where the
 * officer has asked about too many persons today.
 */
export async function claimFetch(fetch: AgreedFetch, store: AdapterStore, now: Date): Promise<VerifiedFetch> {
  const { jti, exp } = fetch.record;
  if (!(await store.claim(jti, fetch.fetch.n, exp, fetch.record))) throw new WeftError("REPLAYED");
  await countPersons(fetch, fetch.refs, store, now);
  await holdToOnePerson(fetch, store, now);
  return fetch as VerifiedFetch;
}

/** An officer gave one reason for one person: whoever got hold of their token asks about nobody else. Counted as a day's persons are. */
async function holdToOnePerson({ grant, token, refs }: AgreedFetch, store: AdapterStore, now: Date): Promise<void> {
  if (grant.basis !== "VITAL_INTEREST" || token === undefined) return;
  const whose = { agreement: grant.agreement, officer: `token:${token.iss} ${token.jti}` as PartyId, now };
  if (await store.countPersons(whose, refs, 1)) return;
  throw new WeftError("LIMIT_EXCEEDED", { detail: "one person for each emergency" });
}

/** Distinct persons of this officer's day under this agreement; those of a list are known only after it was read. */
export async function countPersons(
  fetch: AgreedFetch,
  refs: readonly SubjectRef[],
  store: AdapterStore,
  now: Date,
): Promise<void> {
  const { limits, agreement } = fetch.grant;
  const limit = limits.personsPerOfficerDay;
  if (limit === undefined || refs.length === 0) return;
  if (await store.countPersons({ agreement, officer: fetch.record.caller.officer, now }, refs, limit)) return;
  throw new WeftError("LIMIT_EXCEEDED", { detail: "persons per officer and day" });
}
