import { type InclusionProof, issueRecord, type LogClient, type Look, type ReviewAnswer } from "#libs/access-log";
import {
  type CaseId,
  type Digest,
  parseCaseId,
  parsePurposeCode,
  type PartyId,
  type Signer,
  WeftError,
} from "#libs/terms";
import type { Occasion } from "./api.js";
import { type Reviewer, type Scope, scopeOf } from "./reviewer.js";

/** How one console speaks to the log. */
export interface Console {
  /** `review:…`, as the registry lists it with its key. */
  readonly id: PartyId;
  readonly signer: Signer;
  readonly log: Pick<LogClient, "origin" | "append" | "review">;
  readonly isSupervisory: (organisation: string) => boolean;
  readonly now: () => Date;
}

export interface LookedUp {
  /** Index of the record that says who looked. */
  readonly record: number;
  readonly answer: ReviewAnswer;
}

/**
 * The one way to what the log holds: who looks, why and for what is appended and proven, and the log is shown nothing but that. Where it
 * cannot be recorded, nothing is seen.
 */
export async function lookUp(reviewer: Reviewer, occasion: Occasion, look: Look, console: Console): Promise<LookedUp> {
  const scope = scopeOf(reviewer, console.isSupervisory(reviewer.organisation));
  if (scope === undefined) throw new WeftError("ROLE_REQUIRED");
  const { record, inclusion } = await recordLook(reviewer, occasion, { scope, look }, console);
  return { record: inclusion.index, answer: await console.log.review(record, inclusion) };
}

/** Who looks; where a token shows them, with the key by which the log takes its proof of possession once, of all processes that are shown it. */
export interface Looker extends Pick<Reviewer, "organisation" | "officer"> {
  readonly requestKey?: Digest;
}

/** Appends and proves; for a step that asks the log for nothing, that is all of it. */
export async function recordLook(
  { organisation, officer, requestKey }: Looker,
  occasion: Occasion,
  review: { readonly scope: Scope | "person"; readonly look: Look },
  { id, signer, log, now }: Console,
): Promise<{ readonly record: ReturnType<typeof issueRecord>; readonly inclusion: InclusionProof }> {
  const caller = {
    consumer: organisation,
    client: id,
    officer,
    purpose: parsePurposeCode(occasion.purpose),
    case: parseCaseId(occasion.case) satisfies CaseId,
  };
  const draft = { kind: "review" as const, iss: id, log: log.origin, caller, review, sections: [] };
  const record = issueRecord(draft, signer, now());
  return { record, inclusion: await log.append(record, requestKey) };
}
