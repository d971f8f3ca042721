import type { Coordinate, Digest, OrgId, PartyId, PurposeCode, SubjectRef } from "#libs/terms";
import { z } from "zod";

/** The members that records, receipts and requests are made of. Each keeps its pattern, so that the JSON Schema says it too. */
function term<T extends string>(pattern: RegExp, says: string): z.ZodType<T, T> {
  return z.string().regex(pattern).describe(says) as unknown as z.ZodType<T, T>;
}

export const org = term<OrgId>(/^(?=.{3,64}$)org:[a-z0-9._-]+$/, "An organisation.");
export const officer = term<PartyId>(/^(?=.{3,64}$)officer:[a-z0-9._-]+$/, "An officer, by a pseudonym.");
export const adapter = term<PartyId>(/^(?=.{3,64}$)adapter:[a-z0-9._-]+$/, "An adapter of registry.yaml.");
export const purpose = term<PurposeCode>(/^[a-z][a-z0-9-]{1,62}$/, "A purpose of purposes.yaml.");
export const coordinate = term<Coordinate>(
  /^[_A-Za-z][_0-9A-Za-z]*\.[_A-Za-z][_0-9A-Za-z]*$/,
  "A field, as Type.field.",
);
export const subjectRef = term<SubjectRef>(/^[a-z0-9]{1,16}\.[A-Za-z0-9_-]{64}$/, "A person, sealed for one party.");
export const digest = term<Digest>(/^sha-256:[A-Za-z0-9_-]{43}$/, "A digest: sha-256: and 32 bytes in base64url.");
export const recordId = term<string>(/^[A-Za-z0-9_-]{22}$/, "A consent record by its name: 16 random bytes.");
export const instant = term<string>(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, "An instant, as 2026-01-01T00:00:00Z.");
export const seconds = z.int().min(0).describe("Seconds since 1970.");

/** Whose data of which days: from and until inclusive. */
export const dateRange = z.strictObject({ from: z.iso.date().optional(), until: z.iso.date().optional() });
/** At most this many releases in each `days` days, or in the consent's whole life. */
export const frequency = z.strictObject({
  uses: z.int().min(1),
  days: z.int().min(1).max(3660).optional(),
});
export const purposes = z.array(purpose).max(32);
export const coordinates = z.array(coordinate).max(256);

export const secondsOf = (text: string): number => Date.parse(text) / 1000;
/** Whole seconds: a record says no more. */
export const instantOf = (moment: Date): string => `${moment.toISOString().slice(0, 19)}Z`;
