import { z } from "zod";
import { IndexStatus, Occasion } from "./api.js";

/** What the console's page of agreements and its server say to each other; see `api.ts`. */
const instant = z.iso.datetime({ offset: false });
const agreementId = z.string().regex(/^[a-z][a-z0-9-]{1,63}$/);

/** How an agreement stands at this moment. `soon`: in force, and over within sixty days. */
export const AgreementStanding = z.enum(["active", "soon", "over", "later", "suspended", "terminated"]);
export type AgreementStanding = z.infer<typeof AgreementStanding>;

export const SuspensionReason = z.enum(["breach", "investigation", "court-order", "wrong-data", "load"]);

const Suspended = z
  .strictObject({ at: instant, reason: SuspensionReason, /** Index of its record in the log. */ record: z.int() })
  .readonly();

export const AgreementSummary = z
  .strictObject({
    agreement: agreementId,
    version: z.int(),
    standing: AgreementStanding,
    provider: z.string(),
    consumer: z.string(),
    summary: z.string(),
    from: instant,
    until: instant,
    purposes: z.array(z.string()).readonly(),
    /** How many fields it grants. */
    fields: z.int(),
    /** Where the provider stopped it at once, beside what both sides signed. */
    suspended: Suspended.optional(),
    /** Whether the one who asks may stop it. */
    mayStop: z.boolean(),
  })
  .readonly();
export type AgreementSummary = z.infer<typeof AgreementSummary>;

/** `GET /api/agreements?language=en` */
export const AgreementsAnswer = z.strictObject({ agreements: z.array(AgreementSummary).readonly() }).readonly();
export type AgreementsAnswer = z.infer<typeof AgreementsAnswer>;

const Grant = z.strictObject({
  purpose: z.string(),
  basis: z.string(),
  /** The provision of law, as a court would cite it. */
  provision: z.string(),
  subjects: z.enum(["applicants", "any"]),
  fields: z.array(z.strictObject({ coordinate: z.string(), label: z.string() }).readonly()).readonly(),
  filters: z.array(z.string()).readonly(),
  /** Where a law lets the person hear of an access later. */
  notice: z.strictObject({ delay: z.string(), provision: z.string() }).readonly().optional(),
});

const Facts = z.array(z.strictObject({ name: z.string(), value: z.string() }).readonly()).readonly();

/** The page that a lawyer signs, in one language: all its words, in the order in which they are read. */
export const AgreementPage = z
  .strictObject({
    language: z.string(),
    rtl: z.boolean(),
    title: z.string(),
    standing: z.string(),
    summary: z.string(),
    sides: z.strictObject({ title: z.string(), facts: Facts }).readonly(),
    grants: z
      .strictObject({
        title: z.string(),
        each: z
          .array(
            z
              .strictObject({
                purpose: z.string(),
                ground: z.string(),
                fields: Grant.shape.fields,
                notes: z.array(z.string()).readonly(),
              })
              .readonly(),
          )
          .readonly(),
      })
      .readonly(),
    signed: z.strictObject({ title: z.string(), hint: z.string(), facts: Facts }).readonly(),
  })
  .readonly();
export type AgreementPage = z.infer<typeof AgreementPage>;

/** `GET /api/agreements/<id>?language=en`: what both sides signed, as they should be able to read it. */
export const AgreementAnswer = z
  .strictObject({
    ...AgreementSummary.unwrap().shape,
    /** Of the canonical file: what both signatures cover. */
    digest: z.string(),
    /** Of the definitions of all granted fields: a changed meaning ends the grant. */
    meaning: z.string(),
    page: AgreementPage,
    grants: z.array(Grant.readonly()).readonly(),
    limits: z
      .strictObject({
        personsPerRequest: z.int(),
        personsPerOfficerDay: z.int().optional(),
        oldestData: z.string().optional(),
      })
      .readonly(),
    duties: z
      .strictObject({
        retention: z.string(),
        onward: z.enum(["none", "agreed"]),
        /** For how long the log keeps what it knows of accesses under this agreement. */
        records: z.string().optional(),
      })
      .readonly(),
    operations: z
      .strictObject({
        mode: z.enum(["within-grant", "registered-only"]),
        registered: z.array(z.strictObject({ name: z.string(), suspended: z.boolean() }).readonly()).readonly(),
      })
      .readonly(),
    /** The time is the signer's own word. A signature counts where the key was its organisation's on the day on which the agreement begins. */
    signatures: z
      .array(
        z
          .strictObject({
            organisation: z.string(),
            key: z.string(),
            signedAt: instant.optional(),
            keyFrom: instant.optional(),
            keyUntil: instant.optional(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type AgreementAnswer = z.infer<typeof AgreementAnswer>;

/** `POST /api/agreements/<id>/use`: what of the grant was asked for, in a time. It is a look, and so a record. */
export const AgreementUseRequest = z
  .strictObject({ occasion: Occasion, /** Inclusive. */ from: instant, /** Exclusive. */ until: instant })
  .readonly();
export type AgreementUseRequest = z.infer<typeof AgreementUseRequest>;

export const AgreementUseAnswer = z
  .strictObject({
    record: z.int(),
    status: IndexStatus,
    /** Accesses under the agreement that the reviewer may see. */
    accesses: z.int(),
    /** False: more than were counted, the newest. Then "never" is not said of a field. */
    complete: z.boolean(),
    fields: z
      .array(z.strictObject({ coordinate: z.string(), label: z.string(), accesses: z.int() }).readonly())
      .readonly(),
  })
  .readonly();
export type AgreementUseAnswer = z.infer<typeof AgreementUseAnswer>;

/** `POST /api/agreements/<id>/suspension`, by the provider's data-protection officer. What lifts it is a version that both sides sign. */
export const SuspendRequest = z.strictObject({ occasion: Occasion, reason: SuspensionReason }).readonly();
export type SuspendRequest = z.infer<typeof SuspendRequest>;
