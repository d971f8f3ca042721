import { createPublicKey, type JsonWebKey } from "node:crypto";
import { z } from "zod";
import { type OrgId, parseJws, type PurposeCode, type Signer, signJws, verifyJws, WeftError } from "#libs/terms";
import { coordinate, orgId, purposeCode, recordId, subjectRef } from "../forms.js";
import type { RegistryKeys } from "../registry-keys.js";

/**
 * Was anybody read on a consent that had ended? The register knows who withdrew and not who is read; the log knows who is read and not who
 * withdrew. So the register asks the log, for a look that is recorded, and is told counts; what it asks with is shown to nobody else.
 */
const instant = z.iso.datetime({ offset: false });

export const EndedConsent = z
  .strictObject({
    provider: orgId,
    recipient: orgId,
    /** The person as this provider may know them, under each key that is open. */
    refs: z.array(subjectRef).min(1).max(16).readonly(),
    purposes: z.array(purposeCode).min(1).max(32).readonly(),
    coordinates: z.array(coordinate).min(1).max(256).readonly(),
    /** From when nothing may be released on it. */
    after: instant,
    /** When the person consented anew. */
    before: instant.optional(),
  })
  .readonly();
export type EndedConsent = z.infer<typeof EndedConsent>;

export const MAX_ENDED = 2_000;

/** What the register signs: its question, bound to the record of the look that it serves. */
const EndedQuestion = z.strictObject({
  look: recordId,
  ended: z.array(EndedConsent).max(MAX_ENDED).readonly(),
});
const TYP = "ended-consents+jwt";

/** `POST /ended-consents` */
export const EndedCall = z
  .strictObject({
    record: z.string().max(64 * 1024),
    proof: z.string().max(16 * 1024),
    question: z.string().max(3_000_000),
  })
  .readonly();
export type EndedCall = z.infer<typeof EndedCall>;

/** Of one provider, recipient and purpose. */
export interface AfterEnd {
  readonly provider: OrgId;
  readonly recipient: OrgId;
  readonly purpose: PurposeCode;
  /** How often somebody was asked about on consent after theirs had ended. */
  readonly asked: number;
  /** Of these, how often everybody who was asked about was told of: must be 0. */
  readonly released: number;
  /** How often they were asked about together with others, and something was told of some: the log cannot tell of whom. */
  readonly mixed: number;
}

export function signEnded(look: string, ended: readonly EndedConsent[], signer: Signer): string {
  return signJws(TYP, { look, ended }, signer);
}

/** Throws RECORD_REJECTED unless a register that the registry lists signed it, for this look. */
export function readEnded(
  question: string,
  look: string,
  { organisations }: RegistryKeys,
  now: Date,
): readonly EndedConsent[] {
  const jws = parseJws(question, TYP);
  const listed = Object.values(organisations).flatMap(({ keys }) => keys);
  const keys = listed.filter(({ kid, use }) => use === "consent" && kid === jws.kid);
  const holds = keys.some(
    ({ jwk, from, until }) =>
      Date.parse(from) <= now.getTime() &&
      now.getTime() <= Date.parse(until) &&
      verifyJws(jws, createPublicKey({ key: jwk as JsonWebKey, format: "jwk" })),
  );
  const read = EndedQuestion.safeParse(jws.payload);
  if (!holds || !read.success || read.data.look !== look)
    throw new WeftError("RECORD_REJECTED", { detail: "ended consents: no register of the registry asks this" });
  return read.data.ended;
}
