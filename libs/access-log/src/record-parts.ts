import { z } from "zod";
import {
  type AgreementId,
  type B64u,
  type CaseId,
  codes,
  type Coordinate,
  type Digest,
  type OrgId,
  parseAgreementId,
  parseCaseId,
  parseCoordinate,
  parseOrgId,
  parsePartyId,
  parsePurposeCode,
  type PartyId,
  type PurposeCode,
  type SubjectRef,
} from "#libs/terms";

/**
 * What an access record says, DESIGN §8.2: the parts that are personal or tell who asked. Each is one disclosure of the SD-JWT;
 * the JWT itself holds only their digests. Schema and type share one name.
 */
const orgId = parsedBy<OrgId>(parseOrgId);
const partyId = parsedBy<PartyId>(parsePartyId);
const coordinate = parsedBy<Coordinate>(parseCoordinate);
const digest = matching<Digest>(/^sha-256:[A-Za-z0-9_-]{43}$/);
const code = z.enum(Object.keys(codes) as [keyof typeof codes]);
const count = z.int().min(0).max(1_000_000);
/** A sealed person, `kid.b64u`; who it is, only its provider can tell. */
export const subjectRefForm = /^[a-z0-9-]{1,16}\.[A-Za-z0-9_-]{16,128}$/;
export const subjectRef = matching<SubjectRef>(subjectRefForm);
/** 16 random bytes. */
export const recordIdForm = /^[A-Za-z0-9_-]{21}[AQgw]$/;
export const recordId = matching<B64u>(recordIdForm);

/** Who asks, for what. */
export const CallerPart = z
  .strictObject({
    consumer: orgId,
    client: partyId,
    officer: partyId,
    purpose: parsedBy<PurposeCode>(parsePurposeCode),
    case: parsedBy<CaseId>(parseCaseId).optional(),
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

/** A section's own disclosure. Its subjects are digests here, each with a disclosure of its own. */
export const DisclosedSection = z
  .strictObject({
    aud: orgId,
    agreement: parsedBy<AgreementId>(parseAgreementId),
    version: z.int().min(1),
    digest,
    basis: z.string().regex(/^[A-Z][A-Z_]{1,31}$/),
    fetches: z.array(RecordedFetch).readonly(),
    subjects: z.array(z.strictObject({ "...": matching<B64u>(/^[A-Za-z0-9_-]{43}$/) }).readonly()).readonly(),
    /** Of a list whose persons are not known yet. */
    scope: z
      .strictObject({ entry: coordinate, maxRows: z.int().min(1).max(100_000) })
      .readonly()
      .nullable(),
    consents: z.array(z.string().min(1).max(256)).readonly(),
    /** The caller's own proof of possession, where the agreement asks for it. */
    callerProof: z.string().max(16_384).nullable(),
  })
  .readonly();
export type DisclosedSection = z.infer<typeof DisclosedSection>;

/** What one provider is told: which agreement covers which fetches for which persons. `subjects` are sealed for it. */
export type Section = Omit<DisclosedSection, "subjects"> & { readonly subjects: readonly SubjectRef[] };

export const RecordKind = z.enum(["intent", "rows", "outcome", "refusal", "review", "erasure", "heartbeat"]);
export type RecordKind = z.infer<typeof RecordKind>;

/** The disclosures that have a name. */
export const namedParts = { caller: CallerPart, request: RequestPart, outcome: OutcomePart } as const;
export type PartName = keyof typeof namedParts;

function matching<T extends string>(form: RegExp): z.ZodType<T> {
  return z.string().regex(form) as unknown as z.ZodType<T>;
}

function parsedBy<T extends string>(parse: (value: unknown) => T): z.ZodType<T> {
  return z.string().refine((value) => {
    try {
      return parse(value) === value;
    } catch {
      return false;
    }
  }) as unknown as z.ZodType<T>;
}
