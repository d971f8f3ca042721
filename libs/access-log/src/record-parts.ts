import { z } from "zod";
import { type B64u, reasonForm, type SubjectRef } from "#libs/terms";
import {
  agreementId,
  caseId,
  code,
  coordinate,
  count,
  digest,
  matching,
  orgId,
  partyId,
  purposeCode,
  recordId,
  subjectRef,
} from "./forms.js";

/**
 * What an access record says, DESIGN §8.2: the parts that are personal or tell who asked. Each is one disclosure of the SD-JWT;
 * the JWT itself holds only their digests. Schema and type share one name.
 */

/** Who asks, for what. */
export const CallerPart = z
  .strictObject({
    consumer: orgId,
    client: partyId,
    officer: partyId,
    purpose: purposeCode,
    case: caseId.optional(),
  })
  .readonly();
export type CallerPart = z.infer<typeof CallerPart>;

/** What was asked and what of it was refused; for the log only. `operation` is null where none could be read. */
export const RequestPart = z
  .strictObject({
    operation: digest.nullable(),
    supergraph: digest,
    policy: digest,
    denied: z.array(z.strictObject({ coordinate, code }).readonly()).readonly(),
    /** From which the decoys of `sections` are made; `issueRecord` adds it. */
    decoys: recordId.optional(),
    /** On a refusal: the code that ended the whole request, and how many requests it stands for (rate refusals share a record). */
    refused: z
      .strictObject({ code, times: count.min(1) })
      .readonly()
      .optional(),
  })
  .readonly();
export type RequestPart = z.infer<typeof RequestPart>;

/** How an access ended, per source that was asked. `aliases`: further references of the same persons, sealed for that source. */
export const OutcomePart = z
  .strictObject({
    status: z.enum(["answered", "partial", "refused", "interrupted"]),
    sources: z
      .array(
        z
          .strictObject({ provider: orgId, persons: count, withheld: count, aliases: z.array(subjectRef).readonly() })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type OutcomePart = z.infer<typeof OutcomePart>;

/** Of an adapter's heartbeat: which records it took on a UTC day, as the digest of their set (see `set-digest.ts`). */
export const TakenPart = z
  .strictObject({
    aud: orgId,
    day: z.iso.date(),
    count: z.int().min(0),
    sum: matching<B64u>(/^[A-Za-z0-9_-]{2730}[AEIMQUYcgkosw048]$/),
  })
  .readonly();
export type TakenPart = z.infer<typeof TakenPart>;

/** A run that erased disclosures, by the log: of what class, and how many records. Never whom, and never which. */
export const ErasurePart = z
  .strictObject({
    run: z.int().min(1),
    class: z.enum(["record", "person", "retention"]),
    records: z.int().min(1),
    /** Of retention: what was taken before this day. */
    before: z.iso.date().optional(),
    /** Of retention by an agreement's duty: under this one alone. */
    agreement: agreementId.optional(),
  })
  .readonly();
export type ErasurePart = z.infer<typeof ErasurePart>;

export const RecordedFetch = z
  .strictObject({
    n: z.int().min(0).max(10_000),
    /** SHA-256 of the fetch's bytes. */
    text: digest,
    /** HMAC-SHA-256(argsKey, JCS(variables without `representations`)). */
    args: matching<B64u>(/^[A-Za-z0-9_-]{43}$/),
    coordinates: z.array(coordinate).readonly(),
    /** `@requires` coordinates that may stand in representations. */
    inputs: z.array(coordinate).readonly(),
  })
  .readonly();
export type RecordedFetch = z.infer<typeof RecordedFetch>;

/** Why somebody called it an emergency, and how they had signed in: as the token beside it says, for people to read. */
export const EmergencyPart = z
  .strictObject({
    /** May name a person. */
    reason: z.string().regex(reasonForm),
    acr: z.string().min(1).max(256),
    /** Seconds. */
    authTime: z.int().min(0),
  })
  .readonly();
export type EmergencyPart = z.infer<typeof EmergencyPart>;

/** What the caller's own organisation signed: where the agreement asks for it, and in an emergency always. */
export const CallerProof = z
  .strictObject({ token: z.string().min(1).max(8192), emergency: EmergencyPart.optional() })
  .readonly();
export type CallerProof = z.infer<typeof CallerProof>;

const disclosedElsewhere = z.strictObject({ "...": matching<B64u>(/^[A-Za-z0-9_-]{43}$/) }).readonly();

/**
 * A section's own disclosure. Its subjects are digests here, each with a disclosure of its own; and so is the caller's proof, which names an
 * officer and may name a person: who is shown the section alone, as in a letter, reads neither.
 */
export const DisclosedSection = z
  .strictObject({
    aud: orgId,
    agreement: agreementId,
    version: z.int().min(1),
    digest,
    basis: z.string().regex(/^[A-Z][A-Z_]{1,31}$/),
    fetches: z.array(RecordedFetch).readonly(),
    subjects: z.array(disclosedElsewhere).readonly(),
    /** Of a list whose persons are not known yet. */
    scope: z
      .strictObject({ entry: coordinate, maxRows: z.int().min(1).max(100_000) })
      .readonly()
      .nullable(),
    consents: z.array(z.string().min(1).max(256)).readonly(),
    callerProof: disclosedElsewhere.nullable(),
  })
  .readonly();
export type DisclosedSection = z.infer<typeof DisclosedSection>;

/** What one provider is told: which agreement covers which fetches for which persons. `subjects` are sealed for it. */
export type Section = Omit<DisclosedSection, "subjects" | "callerProof"> & {
  readonly subjects: readonly SubjectRef[];
  readonly callerProof: CallerProof | null;
};

export const RecordKind = z.enum(["intent", "rows", "outcome", "refusal", "review", "erasure", "heartbeat"]);
export type RecordKind = z.infer<typeof RecordKind>;
