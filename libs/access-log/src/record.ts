import { hash } from "node:crypto";
import { z } from "zod";
import { type B64u, type OrgId, random16, sha256, type Signer, signJws } from "#libs/terms";
import { recordId } from "./forms.js";
import {
  type CallerPart,
  type ErasurePart,
  type OutcomePart,
  RecordKind,
  type RequestPart,
  type Section,
  type TakenPart,
} from "./record-parts.js";
import type { ReviewPart } from "./review/part.js";

/**
 * Access record: one entry of the log, and at the same time what an adapter is shown. SD-JWT (RFC 9901), `typ:
 * access-record+sd-jwt`, signed EdDSA.
 *
 *     issuer JWT ~ caller ~ request ~ section … ~ subject … ~      each disclosure b64u(JSON), salted; the JWT holds digests
 *
 * A provider gets: issuer JWT ~ caller ~ its own section ~ its subjects ~ (the caller's proof ~) . `sections` is padded with decoys and ordered by
 * digest, so that neither how many ministries were asked nor which can be read from the JWT.
 */
export interface RecordDraft {
  readonly kind: RecordKind;
  /** `gateway:…`, `adapter:…`, `review:…`, or the log's own origin. */
  readonly iss: string;
  /** Origin of the log that is to hold it. */
  readonly log: string;
  /** jti of the access's first record; absent on that first one. */
  readonly parent?: string;
  /** Seconds; 30 unless told. */
  readonly lifetime?: number;
  readonly caller?: CallerPart;
  readonly request?: RequestPart;
  readonly outcome?: OutcomePart;
  readonly review?: ReviewPart;
  readonly taken?: TakenPart;
  readonly erasure?: ErasurePart;
  /** At most one per audience. */
  readonly sections: readonly Section[];
}

export interface IssuedRecord {
  readonly jwt: string;
  readonly jti: B64u;
  /** Every disclosure: for the log, which alone sees all of them. */
  readonly disclosures: readonly string[];
  /** What this provider is shown. Throws where the record has no section for it. */
  presentationFor(aud: OrgId): string;
  /** All of it, as the log itself is shown a review's record. */
  presentation(): string;
}

export const RECORD_TYP = "access-record+sd-jwt";
export const DEFAULT_LIFETIME = 30;
/** No record lives longer: an adapter must not be shown an old decision, and the log sees ends in time. */
export const MAX_LIFETIME = 300;
const SMALLEST_PADDING = 8;
const NAMED_PADDING = 2;

/** Of this form alone: whatever else stood here would be in clear for good. */
const sdDigest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The issuer JWT's members, all of them, none personal. */
export const RecordPayload = z
  .strictObject({
    v: z.literal(1),
    iss: z.string().min(3).max(128),
    jti: recordId,
    iat: z.int().min(0),
    exp: z.int().min(0),
    kind: RecordKind,
    log: z.string().min(1).max(128),
    parent: recordId.optional(),
    _sd_alg: z.literal("sha-256"),
    _sd: z.array(sdDigest).readonly(),
    sections: z.array(z.strictObject({ "...": sdDigest }).readonly()).readonly(),
  })
  .readonly();
export type RecordPayload = z.infer<typeof RecordPayload>;

/** Signs a record. About 40 µs for one section, most of it the signature; a salt and a hash more per disclosure. */
export function issueRecord(draft: RecordDraft, signer: Signer, now: Date): IssuedRecord {
  const seed = random16();
  const parts = { ...draft, ...(draft.request && { request: { ...draft.request, decoys: seed } }) };
  const named = (["caller", "request", "outcome", "review", "taken", "erasure"] as const)
    .filter((name) => parts[name] !== undefined)
    .map((name) => ({ name, ...disclose([random16(), name, parts[name]]) }));
  const sections = draft.sections.map(discloseSection);
  const byAudience = new Map(sections.map((section) => [section.aud, section]));
  if (byAudience.size !== sections.length) throw new TypeError("two sections of one record have the same audience");
  const jti = random16();
  const jwt = signJws(RECORD_TYP, payloadOf(draft, jti, now, named, sections, seed), signer);
  const caller = named.find(({ name }) => name === "caller");
  const all = [...named.map(({ text }) => text), ...sections.flatMap(({ text, details }) => [text, ...details])];
  return {
    jwt,
    jti,
    disclosures: all,
    presentation: () => [jwt, ...all, ""].join("~"),
    presentationFor(aud) {
      const section = byAudience.get(aud);
      if (!section) throw new TypeError("the record has no section for this audience");
      return [jwt, ...(caller ? [caller.text] : []), section.text, ...section.details, ""].join("~");
    },
  };
}

/** What the JWT of a record says that the log took: form and signature were judged then, and are not again. */
export function admittedPayload(jwt: string): RecordPayload {
  const [, payload = ""] = jwt.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as RecordPayload;
}

/** The 32 bytes that the log's tree commits to: SHA-256 of the issuer JWT with its signature. */
export function entryOf(jwt: string): Buffer {
  return sha256(jwt);
}

/** How a disclosure is referred to. RFC 9901 §4.2.3: SHA-256 over its base64url text. */
export function disclosureDigest(text: string): B64u {
  return hash("sha256", text, "base64url") as B64u;
}

function payloadOf(
  draft: RecordDraft,
  jti: B64u,
  now: Date,
  named: readonly { digest: B64u }[],
  sections: readonly { digest: B64u }[],
  seed: B64u,
): RecordPayload {
  const iat = Math.floor(now.getTime() / 1000);
  const padding = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST_PADDING, sections.length)));
  return {
    v: 1,
    iss: draft.iss,
    jti,
    iat,
    exp: iat + (draft.lifetime ?? DEFAULT_LIFETIME),
    kind: draft.kind,
    ...(draft.parent !== undefined && { parent: draft.parent as B64u }),
    log: draft.log,
    _sd_alg: "sha-256",
    _sd: padded(named, NAMED_PADDING, random16()),
    sections: padded(sections, padding, seed).map((digest) => ({ "...": digest })),
  };
}

function discloseSection(section: Section): { aud: OrgId; text: string; digest: B64u; details: readonly string[] } {
  const subjects = section.subjects.map((ref) => disclose([random16(), ref]));
  const proof = section.callerProof === null ? null : disclose([random16(), section.callerProof]);
  // Member by member: the printed order is part of the form, and a caller's further members stay out.
  const { aud, agreement, version, digest, basis, fetches, scope, consents } = section;
  const references = subjects.map((subject) => ({ "...": subject.digest }));
  const callerProof = proof && { "...": proof.digest };
  const disclosed = {
    aud,
    agreement,
    version,
    digest,
    basis,
    fetches,
    subjects: references,
    scope,
    consents,
    callerProof,
  };
  const details = [...subjects, ...(proof ? [proof] : [])].map(({ text }) => text);
  return { aud, ...disclose([random16(), disclosed]), details };
}

function disclose(parts: readonly unknown[]): { text: string; digest: B64u } {
  const text = Buffer.from(JSON.stringify(parts)).toString("base64url");
  return { text, digest: disclosureDigest(text) };
}

/**
 * Decoys for the places in `sections`. The log is told the seed (in `request`, which no provider sees), so that it can tell a decoy
 * from a section that was kept from it; a ministry can not. The dots are in no disclosure's text: no decoy is also a section.
 */
export function decoyDigests(seed: string, count: number): B64u[] {
  return Array.from({ length: count }, (_, i) => disclosureDigest(`decoy.${seed}.${i}`));
}

/** Digests with decoys, in the order of the digests: uniformly random, so the order tells nothing (RFC 9901 §4.2.4.1). */
function padded(real: readonly { digest: B64u }[], size: number, seed: string): B64u[] {
  return [...real.map(({ digest }) => digest), ...decoyDigests(seed, Math.max(0, size - real.length))].sort();
}
