import type { KeyObject } from "node:crypto";
import { type B64u, type OrgId, parseJws, type SubjectRef, verifyJws, WeftError } from "#libs/terms";
import { assertDistinctReferences, type DisclosedParts, readDisclosures } from "./disclosures.js";
import { entryOf, MAX_LIFETIME, RECORD_TYP, RecordPayload } from "./record.js";
import type { CallerPart, RecordKind, Section } from "./record-parts.js";

/** What one provider may believe of a record that it was shown. It says nothing of whether the log holds it: see `verifyProof`. */
export interface RecordView {
  readonly jti: B64u;
  readonly iss: string;
  readonly kind: RecordKind;
  readonly log: string;
  /** Seconds. */
  readonly iat: number;
  readonly exp: number;
  readonly parent?: B64u;
  readonly caller: CallerPart;
  readonly section: Section;
  readonly subjects: ReadonlySet<SubjectRef>;
  /** What the log's tree holds for this record. */
  readonly entry: Buffer;
}

/** Whose key a kid is. Undefined: unknown, which is refused. */
export type RecordSigners = (kid: string) => { readonly iss: string; readonly key: KeyObject } | undefined;

export interface PresentationExpectations {
  readonly audience: OrgId;
  readonly signers: RecordSigners;
  readonly now: Date;
}

/** Seconds of difference between two clocks that are still the same time. */
export const CLOCK_SKEW = 5;
const MAX_PRESENTATION = 1024 * 1024;
const MAX_JWT = 64 * 1024;

/** Throws RECORD_REJECTED unless the text is a signed, current intent with all that this audience is owed, and nothing else. */
export function verifyPresentation(text: string, expected: PresentationExpectations): RecordView {
  if (text.length > MAX_PRESENTATION) throw refused("too large");
  const [jwt = "", ...rest] = text.split("~");
  if (rest.pop() !== "") throw refused("does not end with a tilde");
  const payload = verifyRecord(jwt, expected.signers);
  assertCurrent(payload, expected.now);
  if (payload.kind !== "intent") throw refused("not an intent");
  return { ...viewOf(readDisclosures(rest, payload), payload, expected.audience), entry: entryOf(jwt) };
}

/** The payload of a record that a known key signed in its own name. Times are not judged here. */
export function verifyRecord(jwt: string, signers: RecordSigners): RecordPayload {
  if (jwt.length > MAX_JWT) throw refused("too large");
  const jws = parsed(() => parseJws(jwt, RECORD_TYP));
  const signer = signers(jws.kid);
  if (!signer || !verifyJws(jws, signer.key)) throw refused("no known key signed it");
  const result = RecordPayload.safeParse(jws.payload);
  if (!result.success) throw refused("the payload is not well-formed");
  if (result.data.iss !== signer.iss) throw refused("the key is not its issuer's");
  assertDistinctReferences(result.data);
  return result.data;
}

/** Issued by now, not expired, and of no more than the longest life, give or take the skew. */
export function assertCurrent({ iat, exp }: RecordPayload, now: Date): void {
  const seconds = now.getTime() / 1000;
  if (exp <= iat || exp - iat > MAX_LIFETIME) throw refused("its lifetime is not allowed");
  if (iat > seconds + CLOCK_SKEW) throw refused("issued in the future");
  if (exp <= seconds - CLOCK_SKEW) throw refused("expired");
}

function viewOf(
  { named, sections }: DisclosedParts,
  payload: RecordPayload,
  audience: OrgId,
): Omit<RecordView, "entry"> {
  const [only, ...others] = sections;
  if (!only || others.length > 0 || only.section.aud !== audience) throw refused("not exactly this audience's section");
  if (only.referred !== only.section.subjects.length) throw refused("a subject was held back");
  if (only.refersProof && only.section.callerProof === null) throw refused("the caller's proof was held back");
  const caller = named.get("caller");
  if (caller === undefined || named.size !== 1) throw refused("not exactly the caller");
  const subjects = new Set(only.section.subjects);
  if (subjects.size !== only.section.subjects.length) throw refused("a subject is named twice");
  const { jti, iss, kind, log, iat, exp, parent } = payload;
  const times = { iat, exp, ...(parent !== undefined && { parent }) };
  return { jti, iss, kind, log, ...times, caller: caller as CallerPart, section: only.section, subjects };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new WeftError("RECORD_REJECTED", { detail: "access record: not a compact JWS of its kind", cause });
  }
}

function refused(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail: `access record: ${detail}` });
}
