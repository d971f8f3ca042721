import { z } from "zod";
import { members, PersonKey } from "#libs/consent";
import { WeftError } from "#libs/terms";

const { coordinates, dateRange, digest, frequency, instant, org, purposes, subjectRef } = members;

const Guardian = z.strictObject({ person: PersonKey, majority: instant.describe("When the ward comes of age.") });

const given = {
  person: PersonKey,
  guardian: Guardian.optional(),
  from: instant.optional(),
  until: instant,
  /** Of the signed paper, which stays at the office. */
  evidence: digest,
};

/** Given at an office, with an officer's help. */
export const GivenInPerson = z.discriminatedUnion("kind", [
  z.strictObject({
    ...given,
    kind: z.literal("consent"),
    purposes: purposes.min(1),
    coordinates: coordinates.min(1),
    date_range: dateRange.optional(),
    frequency: frequency.optional(),
    dataEraseAt: instant.optional(),
  }),
  z.strictObject({
    ...given,
    kind: z.enum(["objection", "protection"]),
    recipient: z.union([org, z.literal("any")]).default("any"),
    /** Empty: all. */
    purposes: purposes.default([]),
    coordinates: coordinates.default([]),
    /** Where no coordinates are named: at these providers only. */
    controllers: z.array(org).min(1).max(64).optional(),
  }),
]);
export type GivenInPerson = z.infer<typeof GivenInPerson>;

export const GiveBody = z.strictObject({ consents: z.array(GivenInPerson).min(1).max(500) });

export const SearchBody = z.strictObject({ person: PersonKey });

const act = { evidence: digest, by: z.enum(["data-subject", "guardian", "authority"]).default("data-subject") };
export const WithdrawalBody = z.strictObject(act);
export const NarrowingBody = z.strictObject({
  ...act,
  purposes: purposes.min(1).optional(),
  coordinates: coordinates.min(1).optional(),
  until: instant.optional(),
});
export const RenewalBody = z.strictObject({ ...act, until: instant, majority: instant.optional() });

/** That an organisation may ask this person again; `evidence` is of the paper that they signed. */
export const HeardAgainBody = z.strictObject({ person: PersonKey, organisation: org, evidence: digest });

/** As the reporting provider's own references: each person by any of its numbers. */
export const EndedRelationBody = z.strictObject({
  guardian: z.array(subjectRef).min(1).max(16),
  ward: z.array(subjectRef).min(1).max(16),
});

/** Throws REQUEST_MALFORMED, and says of nothing that was sent what it was. */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const at = read.error.issues[0]?.path.filter(
    (part) => typeof part === "number" || /^[a-zA-Z_]{1,32}$/.test(String(part)),
  );
  throw new WeftError("REQUEST_MALFORMED", { detail: `body: ${at?.join(".") ?? ""}` });
}
