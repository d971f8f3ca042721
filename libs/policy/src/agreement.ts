import type { AgreementId, Branded, Digest, OrgId, PurposeCode } from "#libs/terms";
import { z } from "zod";
import { legalBasisWords } from "./legal-basis.js";

/**
 * `agreement.yaml` as JSON: what one organisation releases to another, for which purposes, on what ground in law.
 *
 * Nothing here has a default: both sides sign what the file says, so the file says everything.
 */

/** `Type.field(argument:)`, as in GraphQL schema coordinates. */
export type ArgumentCoordinate = Branded<"ArgumentCoordinate">;

/** A string that fits the pattern, typed as the term it is. The pattern survives into the JSON Schema, a transform would not. */
function term<T extends string>(pattern: RegExp, says: string): z.ZodType<T, T> {
  return z.string().regex(pattern, `is not ${says}`).describe(says) as unknown as z.ZodType<T, T>;
}

const orgId = term<OrgId>(/^(?=.{3,64}$)org:[a-z0-9._-]+$/, "an organisation (org:…)");
const agreementId = term<AgreementId>(/^[a-z][a-z0-9-]{1,63}$/, "an agreement's name (a-z, 0-9, -)");
const purposeCode = term<PurposeCode>(/^[a-z][a-z0-9-]{1,62}$/, "a purpose of purposes.yaml");
const digest = term<Digest>(/^sha-256:[A-Za-z0-9_-]{43}$/, "a digest (sha-256:…)");
const argumentCoordinate = term<ArgumentCoordinate>(
  /^[_A-Za-z]\w*\.[_A-Za-z]\w*\([_A-Za-z]\w*:\)$/,
  "an argument's coordinate, as in Query.roster(district:)",
);
const graphqlName = z
  .string()
  .regex(/^[_A-Za-z]\w*$/, "is not a GraphQL name")
  .max(128);
const instant = z.iso.datetime({ offset: false, error: "is not an instant, as in 2026-01-01T00:00:00Z" });
const duration = z
  .string()
  .regex(/^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/, "is not a duration, as in P30D");
const dayDuration = z
  .string()
  .regex(/^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, "is not a duration of whole days, as in P2Y");
const count = z.int().min(1).max(1_000_000);

const grantSchema = z.strictObject({
  purpose: purposeCode,
  basis: z.enum(legalBasisWords).describe("The ground in law, GDPR Art. 6(1)."),
  provision: z.string().min(1).max(300).describe("The provision of law, as a court would cite it."),
  subjects: z.enum(["applicants", "any"]).describe("applicants: the request names a case, and the case the person."),
  fields: z
    .record(graphqlName, z.array(graphqlName).min(1).refine(isUnique, "names a field twice"))
    .describe("Type -> fields. `Query` names list entry points. Reaching fields and companions come along."),
  filters: z.array(argumentCoordinate).refine(isUnique, "names a filter twice").describe("Filters that may be used."),
  arguments: z
    .record(argumentCoordinate, z.array(graphqlName).min(1))
    .optional()
    .describe("Narrows an argument with a closed list to these of its values."),
  notice: z
    .strictObject({ delay: duration, provision: z.string().min(1).max(300) })
    .optional()
    .describe("Only where a law says so: how long after an access the person hears of it, and which law."),
});

export const agreementSchema = z
  .strictObject({
    agreement: agreementId,
    version: z.int().min(1),
    state: z.enum(["active", "suspended", "terminated"]),
    provider: orgId,
    consumer: orgId,
    summary: z.record(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/), z.string().min(1)),
    valid: z.strictObject({ from: instant, until: instant }),
    grants: z.array(grantSchema).min(1),
    operations: z.strictObject({ mode: z.enum(["within-grant", "registered-only"]), folder: z.string().min(1) }),
    limits: z.strictObject({
      personsPerRequest: count,
      personsPerOfficerDay: count.optional(),
      oldestData: duration.optional(),
    }),
    duties: z.strictObject({
      retention: duration.describe("For how long the consumer may keep what it was told."),
      onward: z.enum(["none", "agreed"]),
      records: dayDuration
        .optional()
        .describe("For how long the access log keeps what it knows of accesses under this agreement; the proofs stay."),
    }),
    options: z.strictObject({
      discloseConsentState: z.boolean(),
      callerProof: z.enum(["none", "required"]),
      listRecording: z.enum(["provider"]),
    }),
    meaning: digest,
  })
  .refine((it) => Date.parse(it.valid.from) < Date.parse(it.valid.until), {
    path: ["valid", "until"],
    error: "is not after valid.from",
  })
  .refine((it) => isUnique(it.grants.map((grant) => grant.purpose)), {
    path: ["grants"],
    error: "grants one purpose twice; a purpose has one legal basis in one agreement",
  });

export type Agreement = z.infer<typeof agreementSchema>;
export type AgreementGrant = Agreement["grants"][number];

export interface SignedAgreement {
  readonly agreement: Agreement;
  /** `digestOf(jcs(agreement))`: what both signatures cover. */
  readonly digest: Digest;
  /** Digests of the operations registered under the agreement; asked only where its mode is `registered-only`. */
  readonly operations: ReadonlySet<Digest>;
  /** Registered, and suspended by the provider: refused whatever the mode. */
  readonly suspended?: ReadonlySet<Digest>;
  /** The same for people to read. */
  readonly registered?: readonly { readonly name: string; readonly text: string; readonly suspended: boolean }[];
  /** By which key each side signed, and when by its own word, for people to read. */
  readonly signedBy?: readonly { readonly organisation: OrgId; readonly kid: string; readonly signedAt?: Date }[];
}

function isUnique(words: readonly string[]): boolean {
  return new Set(words).size === words.length;
}
