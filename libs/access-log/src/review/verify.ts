import { z } from "zod";
import { type B64u, WeftError } from "#libs/terms";
import { readDisclosures } from "../disclosures.js";
import { assertCurrent, type RecordSigners, verifyRecord } from "../presentation.js";
import { type PinnedLogs, verifyProof } from "../proof.js";
import { entryOf } from "../record.js";
import type { CallerPart } from "../record-parts.js";
import type { ReviewScope } from "../search/search.js";
import type { Look, ReviewPart } from "./part.js";
import { assertMayReview, type ReviewRights } from "./rights.js";

/** `POST /review`: the record of the look-up, whole, and the proof that the log holds it. There is no question beside it. */
export const ReviewCall = z
  .strictObject({ record: z.string().max(256 * 1024), proof: z.string().max(16 * 1024) })
  .readonly();
export type ReviewCall = z.infer<typeof ReviewCall>;

export interface ReviewExpectations {
  /** Of this log: a record or a proof for another is refused. */
  readonly origin: string;
  /** This log's own key. */
  readonly logs: PinnedLogs;
  readonly signers: RecordSigners;
  readonly reviewRights: ReviewRights;
}

declare const verified: unique symbol;
/** A look-up that is recorded, current, and not answered before. Only `claimReview` makes one. */
export interface RecordedLook {
  readonly look: Look;
  readonly scope: ReviewScope;
  /** Of its record. */
  readonly index: number;
  readonly jti: B64u;
  readonly [verified]: true;
}

/** Who remembers, for longer than a record lives, which were answered; also after a restart and beside another process. */
export interface UsedReviews {
  /** True the first time. */
  claim(jti: B64u): Promise<boolean>;
}

/** Throws RECORD_REJECTED, PROOF_REJECTED or REPLAYED. A record is used up only once all else about it holds. */
export async function claimReview(
  call: ReviewCall,
  expected: ReviewExpectations,
  used: UsedReviews,
  now: Date,
): Promise<RecordedLook> {
  const recorded = verifyReview(call, expected, now);
  if (!(await used.claim(recorded.jti))) throw new WeftError("REPLAYED");
  return recorded as RecordedLook;
}

function verifyReview({ record, proof }: ReviewCall, expected: ReviewExpectations, now: Date) {
  const [jwt = "", ...disclosures] = record.split("~");
  if (disclosures.pop() !== "") throw refused("it does not end with a tilde");
  const payload = verifyRecord(jwt, expected.signers);
  assertCurrent(payload, now);
  if (payload.kind !== "review") throw refused("it is no review");
  if (payload.log !== expected.origin) throw refused("it is for another log");
  const { origin, index } = verifyProof(proof, entryOf(jwt), expected.logs);
  if (origin !== expected.origin) throw new WeftError("PROOF_REJECTED", { detail: "the proof is of another log" });
  const { named } = readDisclosures(disclosures, payload);
  const [caller, part] = [named.get("caller") as CallerPart | undefined, named.get("review") as ReviewPart | undefined];
  if (!caller || !part) throw refused("a part is held back");
  const scope = assertMayReview({ iss: payload.iss, caller, part }, expected.reviewRights);
  return { jti: payload.jti, look: part.look, scope, index };
}

function refused(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail: `review: ${detail}` });
}
