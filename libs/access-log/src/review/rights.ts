import { type OrgId, WeftError } from "#libs/terms";
import type { CallerPart } from "../record-parts.js";
import type { ReviewScope } from "../search/search.js";
import { machineLooks, type ReviewPart } from "./part.js";

/**
 * The widest scope in which a console may name an organisation's officer as the reviewer; undefined: it may not. `portal`: its own, and
 * one person at a time, who signed in there.
 */
export type ReviewRights = (iss: string, organisation: OrgId) => "all" | "own" | "portal" | undefined;

export const nobodyReviews: ReviewRights = () => undefined;

/** Why the log may be looked at; never to decide about a person. */
export const reviewPurposes: readonly string[] = ["audit", "data-subject-rights"];

export interface ReviewClaim {
  readonly iss: string;
  readonly caller: CallerPart;
  readonly part: ReviewPart;
}

/**
 * Throws RECORD_REJECTED unless the console may review for this organisation and no wider than it may, for a purpose of review and with
 * the number of a request or investigation. What is seen is the scope that is returned, whatever else the console says.
 */
export function assertMayReview({ iss, caller, part }: ReviewClaim, rights: ReviewRights): ReviewScope {
  const widest = rights(iss, caller.consumer);
  if (widest === undefined) throw refused("the console does not review for this organisation");
  if (part.scope === "all" && widest !== "all") throw refused("the organisation supervises nobody");
  if (caller.client !== iss) throw refused("it names another system than the console");
  if (!reviewPurposes.includes(caller.purpose)) throw refused("not a purpose of review");
  if (caller.case === undefined) throw refused("it names no case");
  if (machineLooks.has(part.look.kind) !== (caller.officer === iss))
    throw refused("a person looks as themselves, and the console's rules as the console");
  if (part.scope === "person") {
    if (widest === "own") throw refused("the organisation is no portal");
    if (part.look.kind !== "accesses" || part.look.use !== "portal") throw refused("a portal asks about one person");
    if (caller.purpose !== "data-subject-rights") throw refused("a portal asks for the person themselves");
    return { all: true };
  }
  return part.scope === "all" ? { all: true } : { organisation: caller.consumer };
}

function refused(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail: `review: ${detail}` });
}
