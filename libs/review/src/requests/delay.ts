import { end, parse } from "iso8601-duration";
import type { Contracts } from "#libs/contracts";
import type { FoundAccess } from "./found.js";

/**
 * When the person may hear of an access: at once, unless the grant that it rests on names a law under which they hear later. Where several
 * ministries were asked, the latest of them, because one sentence tells of them all.
 */
export function toldFrom(
  { at, purpose, sections }: Pick<FoundAccess, "at" | "purpose" | "sections">,
  { agreements }: Pick<Contracts, "agreements">,
): Date {
  const taken = new Date(at);
  const moments = sections.flatMap(({ agreement: id }) => {
    const signed = agreements.find(({ agreement }) => agreement.agreement === id);
    const notice = signed?.agreement.grants.find((grant) => grant.purpose === purpose)?.notice;
    return notice ? [end(parse(notice.delay), taken).getTime()] : [];
  });
  return new Date(Math.max(taken.getTime(), ...moments));
}

/** Lawfully delayed accesses are counted, and nothing else is said of them. */
export function toldNow<A extends Pick<FoundAccess, "at" | "purpose" | "sections">>(
  found: readonly A[],
  contracts: Pick<Contracts, "agreements">,
  now: Date,
): { readonly told: readonly A[]; readonly withheld: number } {
  const told = found.filter((access) => toldFrom(access, contracts) <= now);
  return { told, withheld: found.length - told.length };
}
