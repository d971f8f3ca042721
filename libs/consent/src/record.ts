import { type Digest, digestOf, jcs, type OrgId, WeftError } from "#libs/terms";
import { z } from "zod";
import {
  coordinates,
  dateRange,
  digest,
  frequency,
  instant,
  officer,
  org,
  purpose,
  recordId,
  subjectRef,
} from "./members.js";

/**
 * What a person agreed to or forbade, as the register keeps it: the sections and names of ISO/IEC TS 27560, states and grounds in
 * the words of W3C DPV. A record is never changed; a change is its next version, which holds the digest of the version before.
 *
 *     consent     one recipient may have these fields for these purposes
 *     objection   a recipient or anybody must not; no purposes or coordinates listed means all
 *     protection  the same, by an authority's decision
 *
 * Persons are references sealed for the register itself: no name and no number, and nothing that another party could look up.
 */
export const EVENT_TYPES = ["given", "narrowed", "renewed", "extended", "withdrawn", "expired", "voided"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** How the register came to know of it. A scan stays where it was made; its digest is here. */
export const CollectionMethod = z.discriminatedUnion("how", [
  z.strictObject({ how: z.literal("self") }).describe("By the person, with a code."),
  z
    .strictObject({ how: z.literal("in-person"), organisation: org, officer, evidence: digest })
    .describe("At an office, with an officer's help."),
  z
    .strictObject({ how: z.literal("register"), organisation: org.optional() })
    .describe("By the register: its time is over, or another register told that its ground is gone."),
]);
export type CollectionMethod = Readonly<z.infer<typeof CollectionMethod>>;

const entity = z.enum(["data-subject", "guardian", "authority", "register"]).describe("Who decided.");
export type Entity = z.infer<typeof entity>;

const event = {
  event_time: instant,
  event_type: z.enum(EVENT_TYPES),
  entity_id: entity,
  collection_method: CollectionMethod,
};

const eventState = z
  .enum([
    "dpv:ConsentGiven",
    "dpv:RenewedConsentGiven",
    "dpv:ConsentWithdrawn",
    "dpv:ConsentExpired",
    "dpv:ConsentInvalidated",
  ])
  .describe("dpv:ConsentStatus.");

const informationOf = <C extends z.ZodType>(fields: C) =>
  z
    .array(z.strictObject({ pii_controller: org, coordinates: fields }))
    .min(1)
    .max(64);

const processing = {
  date_range: dateRange.optional(),
  frequency: frequency.optional(),
  validity: z.strictObject({ from: instant, until: instant }).describe("From inclusive, until exclusive."),
  retention_period: z.strictObject({ dataEraseAt: instant }).optional(),
  privacy_notice: digest.optional().describe("Of the words that the person was shown."),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
};

const purposeEntry = z.strictObject({
  purpose,
  purpose_type: z.string().max(128).optional().describe("Its DPV term."),
});

const header = {
  schema_version: z.literal("weft-consent-record-1"),
  record_id: recordId,
  record_version: z.int().min(1).max(10_000),
  previous_version: digest.nullable().describe("Of the version before; null for the first."),
  pii_principal_id: subjectRef,
  guardian_id: subjectRef.optional().describe("Given by this person for a ward, who is pii_principal_id."),
};

export const ConsentRecord = z.discriminatedUnion("kind", [
  z.strictObject({
    ...header,
    kind: z.literal("consent"),
    pii_processing: z.strictObject({
      lawful_basis: z.literal("dpv:Consent"),
      purposes: z.array(purposeEntry).min(1).max(32),
      recipient_third_parties: z.tuple([org]),
      pii_information: informationOf(coordinates.min(1)),
      ...processing,
    }),
    event: z.strictObject({ ...event, event_state: eventState }),
  }),
  z.strictObject({
    ...header,
    kind: z.enum(["objection", "protection"]),
    pii_processing: z.strictObject({
      purposes: z.array(purposeEntry).max(32),
      recipient_third_parties: z.tuple([z.union([org, z.literal("any")])]),
      pii_information: informationOf(coordinates),
      every_controller: z
        .literal(true)
        .optional()
        .describe("Of every provider, also one that joins later: it is then added to pii_information."),
      ...processing,
    }),
    event: z.strictObject(event),
  }),
]);
export type ConsentRecord = Readonly<z.infer<typeof ConsentRecord>>;
export type RecordKind = ConsentRecord["kind"];

/** What is kept and digested: one text for one record, whoever prints it. */
export const printRecord = (record: ConsentRecord): string => jcs(record);

export const digestOfRecord = (record: ConsentRecord): Digest => digestOf(printRecord(record));

/** Throws REGISTER_DAMAGED where the text is not what `printRecord` would print. */
export function parseRecord(text: string): ConsentRecord {
  const read = ConsentRecord.safeParse(parsed(text));
  if (!read.success || printRecord(read.data) !== text) throw damaged("a record is not in its own form");
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One record's versions, first to newest: each names the one before, and who and what for never changes. */
export function assertOneRecord(versions: readonly ConsentRecord[]): void {
  const [first] = versions;
  let previous: Digest | null = null;
  for (const [at, version] of versions.entries()) {
    const same =
      version.record_id === first?.record_id &&
      version.kind === first.kind &&
      version.pii_principal_id === first.pii_principal_id &&
      version.guardian_id === first.guardian_id;
    if (!same || version.record_version !== at + 1 || version.previous_version !== previous)
      throw damaged(`version ${at + 1} of a record does not follow from the one before`);
    previous = digestOfRecord(version);
  }
}

export function damaged(detail: string): WeftError {
  return new WeftError("REGISTER_DAMAGED", { detail });
}

export const providersOf = ({ pii_processing }: ConsentRecord): readonly OrgId[] =>
  pii_processing.pii_information.map(({ pii_controller }) => pii_controller);

/** A restriction that also speaks of providers who are not there yet. */
export const isEverywhere = (record: ConsentRecord): boolean =>
  record.kind !== "consent" && record.pii_processing.every_controller === true;

export const recipientOf = ({ pii_processing }: ConsentRecord): OrgId | "any" =>
  pii_processing.recipient_third_parties[0];
