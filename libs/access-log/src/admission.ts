import { z } from "zod";
import { type Digest, WeftError } from "#libs/terms";
import { type DisclosedParts, readDisclosures } from "./disclosures.js";
import { assertCurrent, type RecordSigners, verifyRecord } from "./presentation.js";
import { decoyDigests, entryOf, type RecordPayload } from "./record.js";
import type { PartName } from "./named-parts.js";
import type { CallerPart, RecordKind, RequestPart } from "./record-parts.js";
import type { ReviewPart } from "./review/part.js";
import { assertMayReview, nobodyReviews, type ReviewRights } from "./review/rights.js";
import type { Candidate } from "./storage.js";
import { leafHash } from "./tree.js";

/** One element of `POST /append`. */
export const Submission = z
  .strictObject({
    jwt: z.string().max(64 * 1024),
    disclosures: z.array(z.string().max(256 * 1024)).max(20_000),
    requestKey: z
      .string()
      .regex(/^sha-256:[A-Za-z0-9_-]{43}$/)
      .optional(),
  })
  .readonly();
export type Submission = z.infer<typeof Submission>;

export interface AdmissionRules {
  /** The log's own origin: a record for another log is refused. */
  readonly origin: string;
  readonly signers: RecordSigners;
  /** Which console may name whose officers; none unless told. */
  readonly reviewRights?: ReviewRights;
}

/** Which records each kind of party may write, and what each must disclose to the log. The log's own are not admitted: it writes them. */
const writers: Record<string, readonly RecordKind[]> = {
  gateway: ["intent", "outcome", "refusal"],
  adapter: ["rows", "outcome", "refusal", "heartbeat"],
  review: ["review"],
};
const disclosed: Partial<Record<RecordKind, readonly PartName[]>> = {
  intent: ["caller", "request"],
  refusal: ["caller", "request"],
  outcome: ["outcome"],
  rows: ["caller"],
  review: ["caller", "review"],
  heartbeat: ["taken"],
};

/** Throws RECORD_INVALID unless the record is one that this log takes at this time. */
export function admit(submission: Submission, rules: AdmissionRules, now: Date): Candidate {
  const { jwt, disclosures } = submission;
  const requestKey = submission.requestKey as Digest | undefined;
  const payload = readRecord(submission, rules, now);
  if (payload.kind === "intent" && payload.parent === undefined && requestKey === undefined) {
    throw invalid("a first intent comes with its request key");
  }
  return {
    leaf: leafHash(entryOf(jwt)),
    jti: payload.jti,
    kind: payload.kind,
    iss: payload.iss,
    parent: payload.parent,
    exp: new Date(payload.exp * 1000),
    jwt,
    disclosures,
    requestKey,
  };
}

function readRecord({ jwt, disclosures }: Submission, rules: AdmissionRules, now: Date): RecordPayload {
  const { origin, signers, reviewRights = nobodyReviews } = rules;
  try {
    const payload = verifyRecord(jwt, signers);
    assertCurrent(payload, now);
    if (payload.log !== origin) throw invalid("it is for another log");
    assertAllowed(payload);
    const { named } = assertWhole(payload, disclosures);
    if (payload.kind === "review") {
      const [caller, part] = [named.get("caller") as CallerPart, named.get("review") as ReviewPart];
      assertMayReview({ iss: payload.iss, caller, part }, reviewRights);
    }
    return payload;
  } catch (error) {
    if (error instanceof WeftError && error.code === "RECORD_REJECTED")
      throw invalid(error.detail ?? "rejected", error);
    throw error;
  }
}

function assertAllowed({ iss, kind, parent }: RecordPayload): void {
  if (!writers[iss.slice(0, iss.indexOf(":"))]?.includes(kind)) throw invalid("its issuer does not write this kind");
  if (parent === undefined && (kind === "rows" || kind === "outcome")) throw invalid("it has no parent");
}

/**
 * The log is told all: every part that the kind has, every section, and every subject of every section. Throws RECORD_INVALID, also for a
 * record that was whole when it came and of which something was taken away.
 */
export function assertWhole(payload: RecordPayload, disclosures: readonly string[]): DisclosedParts {
  const parts = readDisclosures(disclosures, payload);
  const { named, sections } = parts;
  // The log's own heartbeat says nothing.
  const isOwnBeat = payload.kind === "heartbeat" && payload.iss === payload.log;
  const wanted = isOwnBeat ? [] : (disclosed[payload.kind] ?? []);
  if (wanted.some((name) => !named.has(name))) throw invalid("a part is not disclosed to the log");
  if (sections.some(({ referred, section }) => referred !== section.subjects.length)) {
    throw invalid("a subject is not disclosed to the log");
  }
  if (sections.some(({ refersProof, section }) => refersProof && section.callerProof === null)) {
    throw invalid("a caller's proof is not disclosed to the log");
  }
  if (new Set(sections.map(({ section }) => section.aud)).size !== sections.length) {
    throw invalid("two sections have the same audience");
  }
  if (named.has("request")) assertNothingKept(payload, parts);
  if (payload.kind === "review" && (payload._sd.length !== named.size || named.size !== 2 || sections.length > 0)) {
    throw invalid("a review says who looks and for what, and nothing else");
  }
  return parts;
}

/**
 * What a ministry is shown the log holds too. Without this, a digest that the log takes for a decoy could be a section for a ministry,
 * or a second caller: somebody would be read of whom the log knows nothing.
 */
function assertNothingKept({ _sd, sections }: RecordPayload, { named, hidden }: DisclosedParts): void {
  if (_sd.length !== named.size) throw invalid("a part is kept from the log");
  const { decoys } = named.get("request") as RequestPart;
  const known = new Set<string>(decoys === undefined ? [] : decoyDigests(decoys, sections.length));
  if (hidden.some((digest) => !known.has(digest))) throw invalid("a section is kept from the log");
}

function invalid(detail: string, cause?: unknown): WeftError {
  return new WeftError("RECORD_INVALID", { detail, cause });
}
