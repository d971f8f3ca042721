import { z } from "zod";
import {
  agreementId,
  caseId,
  coordinate,
  digest,
  orgId,
  partyId,
  purposeCode,
  recordId,
  subjectRef,
} from "../forms.js";
import { RecordKind } from "../record-parts.js";
import { MAX_PAGE, MAX_SUBJECTS, type SearchQuery } from "../search/search.js";

/**
 * What a data-protection officer looks for, as their own record says it. The log does not compare a question with a digest in the record:
 * it is asked nothing but this record, and runs what it says. Persons are sealed references; there is no number and no free text.
 */
const instant = z.iso.datetime({ offset: false });
const index = z.int().min(0);
const few = <T extends z.ZodType>(of: T) => z.array(of).min(1).max(64).readonly();

export const LookQuery = z
  .strictObject({
    subjects: z.array(subjectRef).min(1).max(MAX_SUBJECTS).readonly().optional(),
    officer: partyId.optional(),
    client: partyId.optional(),
    consumer: orgId.optional(),
    provider: orgId.optional(),
    purposes: few(purposeCode).optional(),
    coordinates: few(coordinate).optional(),
    agreement: agreementId.optional(),
    case: caseId.optional(),
    kinds: few(RecordKind).optional(),
    outcomes: few(z.enum(["answered", "partial", "refused", "interrupted", "open", "erased"])).optional(),
    from: instant.optional(),
    until: instant.optional(),
    access: index.optional(),
  })
  .readonly();
export type LookQuery = z.infer<typeof LookQuery>;

/** Why whole lists leave the console. A closed list: a sentence of one's own could name somebody. */
export const ExportReason = z.enum(["answer-to-person", "investigation", "court-order", "supervision", "own-audit"]);
export type ExportReason = z.infer<typeof ExportReason>;

export const MAX_EXPORT = 5_000;

/** Why one asks who an officer is, and the steps until their own house knows. */
export const RevealReason = z.enum(["unexplained-access", "complaint", "break-glass", "pattern", "court-order"]);
export type RevealReason = z.infer<typeof RevealReason>;
export const RevealStep = z.enum(["asked", "accepted", "approved", "declined", "shown", "answered"]);
export type RevealStep = z.infer<typeof RevealStep>;

/** Why a provider stops an agreement at once. */
export const SuspensionReason = z.enum(["breach", "investigation", "court-order", "wrong-data", "load"]);
export type SuspensionReason = z.infer<typeof SuspensionReason>;

/** What a house's registers are asked at most at one time. */
export const MAX_QUESTIONS = 64;

/** Does this case explain that this officer asked about this person then? The person is sealed for the house that keeps the case. */
export const ExplainQuestion = z
  .strictObject({ case: caseId.nullable(), subject: subjectRef, officer: partyId, at: instant })
  .readonly();
export type ExplainQuestion = z.infer<typeof ExplainQuestion>;

/** What happens to a question of a person or of the authority until it is answered. */
export const RequestStep = z.enum([
  "received",
  "identified",
  "extended",
  "forwarded",
  "contributed",
  "declined",
  "written",
  "answered",
  "refused",
]);
export type RequestStep = z.infer<typeof RequestStep>;

const facet = z.enum(["consumer", "provider", "officer", "purpose", "coordinate", "kind", "outcome"]);

export const Look = z.discriminatedUnion("kind", [
  /** One page of hits and, where asked, what all of them are counted by. */
  z
    .strictObject({
      kind: z.literal("search"),
      query: LookQuery,
      limit: z.int().min(1).max(MAX_PAGE),
      before: index.optional(),
      facets: z.array(facet).max(7).readonly(),
      every: z.enum(["hour", "day", "month"]).optional(),
    })
    .readonly(),
  /** One record, and of its persons those that are asked about. */
  z.strictObject({ kind: z.literal("record"), index, subjects: LookQuery.unwrap().shape.subjects }).readonly(),
  z
    .strictObject({
      kind: z.literal("export"),
      query: LookQuery,
      limit: z.int().min(1).max(MAX_EXPORT),
      format: z.enum(["csv", "json"]),
      reason: ExportReason,
    })
    .readonly(),
  /** A step towards an officer's name. It asks the log for nothing: that it was taken is all. */
  z
    .strictObject({
      kind: z.literal("reveal"),
      request: recordId,
      step: RevealStep,
      /** The record that it is about, and the pseudonym there. */
      of: index,
      officer: partyId,
      reason: RevealReason,
    })
    .readonly(),
  /** What somebody who begins their day wants to know, and a few accesses that nobody chose: the seed of the draw is told. */
  z
    .strictObject({
      kind: z.literal("summary"),
      from: instant,
      until: instant,
      sample: z.strictObject({ size: z.int().min(1).max(50), seed: z.string().min(1).max(96) }).readonly(),
    })
    .readonly(),
  /** Of the consent register: how many were given, withdrawn and so on. It is asked there, with this record. */
  z.strictObject({ kind: z.literal("consents"), from: instant, until: instant }).readonly(),
  /** A step of an investigation. It asks the log for nothing: that it was taken is all. */
  z
    .strictObject({
      kind: z.literal("investigation"),
      investigation: recordId,
      step: z.enum(["opened", "asked", "replied", "proposed", "returned", "confirmed"]),
      /** The accesses that it is about. */
      of: z.array(index).min(1).max(16).readonly(),
      reason: z.enum(["unexplained-access", "complaint", "break-glass", "pattern", "random-sample"]),
      to: z.enum(["dpo", "superior"]).optional(),
      reply: z.enum(["task-confirmed", "mistake-admitted", "not-explained", "own-proceedings"]).optional(),
      outcome: z.enum(["justified", "mistake", "breach"]).optional(),
    })
    .readonly(),
  /** The provider's word that nothing is to be asked under this version of an agreement any more: see `suspension.ts`. */
  z
    .strictObject({
      kind: z.literal("suspend"),
      agreement: agreementId,
      version: z.int().min(1),
      /** Of the agreement as both sides signed it. */
      digest,
      reason: SuspensionReason,
    })
    .readonly(),
  /** What follows a record, oldest first, with the persons of each: for the console's own rules, and no person's eyes. */
  z.strictObject({ kind: z.literal("watch"), after: z.int().min(-1), limit: z.int().min(1).max(MAX_PAGE) }).readonly(),
  /** What is asked of a house's own registers. It asks the log for nothing; that house answers only to this record. */
  z
    .strictObject({
      kind: z.literal("explain"),
      aud: orgId,
      questions: z.array(ExplainQuestion).min(1).max(MAX_QUESTIONS).readonly(),
      /** The house that knows who lives together: officer and person are paired for it, unreadable to whoever asks. */
      pairedFor: orgId.optional(),
    })
    .readonly(),
  /** Of the house that knows: whether the two of each pair live together. It asks the log for nothing, and the pairs come beside it. */
  z
    .strictObject({
      kind: z.literal("relate"),
      aud: orgId,
      /** Of each, as it is sealed. */
      pairs: z.array(digest).min(1).max(MAX_QUESTIONS).readonly(),
    })
    .readonly(),
  /** Which offices of a house keep these cases, counted. It asks the log for nothing; that house answers only to this record. */
  z
    .strictObject({
      kind: z.literal("offices"),
      aud: orgId,
      cases: z.array(caseId).min(1).max(MAX_QUESTIONS).readonly(),
    })
    .readonly(),
  /** A step of a request that asks the log for nothing. */
  z.strictObject({ kind: z.literal("request"), request: recordId, step: RequestStep }).readonly(),
  /** One person's accesses with what proves each: for the letter to them, a house's part of it, or a portal where they signed in. */
  z
    .strictObject({
      kind: z.literal("accesses"),
      use: z.enum(["letter", "part", "portal"]),
      request: recordId.optional(),
      query: LookQuery.unwrap().required({ subjects: true }).readonly(),
      limit: z.int().min(1).max(MAX_PAGE),
      before: index.optional(),
    })
    .readonly(),
]);
export type Look = z.infer<typeof Look>;

/** Asked by the console itself; its record names no officer but the console. */
export const machineLooks: ReadonlySet<Look["kind"]> = new Set(["watch", "explain", "relate"]);

/** `all`: every organisation's records; `own`: what concerns the officer's own organisation; `person`: one person's, for a portal. */
export const ReviewPart = z.strictObject({ scope: z.enum(["all", "own", "person"]), look: Look }).readonly();
export type ReviewPart = z.infer<typeof ReviewPart>;

/** Read from JSON: what is not asked for is not there. */
export function searchQueryOf({ from, until, ...query }: LookQuery): SearchQuery {
  const times = {
    ...(from !== undefined && { from: new Date(from) }),
    ...(until !== undefined && { until: new Date(until) }),
  };
  return { ...(query as SearchQuery), ...times };
}
