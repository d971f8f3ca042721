import { type Coordinate, type OrgId, type PurposeCode, type SubjectRef, WeftError } from "#libs/terms";
import { instantOf, secondsOf } from "./members.js";
import {
  type CollectionMethod,
  ConsentRecord,
  digestOfRecord,
  type Entity,
  type EventType,
  isEverywhere,
  providersOf,
  type RecordKind,
} from "./record.js";

/**
 * What may become of a record. Pure: a version in, the next version out, or a refusal.
 *
 *     give ─▶ in force ─┬─ narrow, renew ─▶ in force
 *                       └─ withdraw · expire · voided ─▶ ended, for ever
 *
 * Nothing widens a record and nothing brings one back: who wants more gives another. A restriction that speaks of every provider
 * names a new one in its next version, as soon as there is one.
 */
export interface Terms {
  readonly kind: RecordKind;
  readonly principal: SubjectRef;
  readonly guardian?: Guardian;
  readonly purposes: readonly { readonly purpose: PurposeCode; readonly purpose_type?: string }[];
  readonly recipient: OrgId | "any";
  readonly information: readonly { readonly controller: OrgId; readonly coordinates: readonly Coordinate[] }[];
  /** A restriction's: those are all providers there are, and more will be added as they join. */
  readonly everywhere?: boolean;
  readonly from: Date;
  readonly until: Date;
  readonly dateRange?: { readonly from?: string | undefined; readonly until?: string | undefined };
  readonly frequency?: { readonly uses: number; readonly days?: number | undefined };
  readonly dataEraseAt?: Date;
  readonly notice?: { readonly digest: string; readonly language: string };
}

/** Who gives for a ward; the principal is the ward. Kept is the earlier of both ends, never the day of majority itself. */
export interface Guardian {
  readonly ref: SubjectRef;
  /** When the ward comes of age. */
  readonly majority: Date;
}

/** Who decided, and how the register knows. */
export interface Act {
  readonly by: Entity;
  readonly method: CollectionMethod;
  readonly at: Date;
}

export type RecordState = "to-come" | "in-force" | "expired" | "withdrawn" | "voided";

/** Milliseconds. Nobody foresees what they would want in ten years. */
const LONGEST = 10 * 366 * 86_400_000;

export function give(id: string, terms: Terms, act: Act): ConsentRecord {
  const { from, guardian } = terms;
  const until = earlier(terms.until, guardian?.majority);
  if (until <= from || until <= act.at || until.getTime() - from.getTime() > LONGEST) throw malformed("validity");
  const record = ConsentRecord.safeParse({
    schema_version: "weft-consent-record-1",
    record_id: id,
    record_version: 1,
    previous_version: null,
    pii_principal_id: terms.principal,
    ...(guardian && { guardian_id: guardian.ref }),
    kind: terms.kind,
    pii_processing: processingOf({ ...terms, until }),
    event: eventOf(terms.kind, "given", act),
  });
  if (!record.success) throw malformed("terms");
  return record.data;
}

function processingOf(terms: Terms): object {
  return {
    ...(terms.kind === "consent" && { lawful_basis: "dpv:Consent" }),
    purposes: terms.purposes,
    recipient_third_parties: [terms.recipient],
    pii_information: terms.information.map(({ controller, coordinates }) => ({
      pii_controller: controller,
      coordinates: [...new Set(coordinates)].sort(),
    })),
    ...(terms.everywhere === true && { every_controller: true }),
    ...(terms.dateRange && { date_range: terms.dateRange }),
    ...(terms.frequency && { frequency: terms.frequency }),
    validity: { from: instantOf(terms.from), until: instantOf(terms.until) },
    ...(terms.dataEraseAt && { retention_period: { dataEraseAt: instantOf(terms.dataEraseAt) } }),
    ...(terms.notice && { privacy_notice: terms.notice.digest, language: terms.notice.language }),
  };
}

/** What is left of a consent. An objection is not narrowed but withdrawn and made anew: for no moment is it away. */
export interface Narrowing {
  readonly purposes?: readonly PurposeCode[];
  readonly coordinates?: readonly Coordinate[];
  readonly until?: Date;
}

/** Throws CONSENT_ENDED, or CONSENT_NOT_NARROWER where anything would be more than before or all would be as before. */
export function narrow(record: ConsentRecord, to: Narrowing, act: Act): ConsentRecord {
  assertInForce(record, act.at);
  if (record.kind !== "consent") throw new WeftError("CONSENT_NOT_NARROWER");
  const { purposes, pii_information, validity } = record.pii_processing;
  const fields = new Set(pii_information.flatMap(({ coordinates }) => coordinates));
  const until = to.until === undefined ? validity.until : instantOf(to.until);
  const more =
    to.purposes?.some((one) => !purposes.some(({ purpose }) => purpose === one)) === true ||
    to.coordinates?.some((one) => !fields.has(one)) === true ||
    secondsOf(until) > secondsOf(validity.until);
  const kept = new Set(to.coordinates ?? fields);
  const processing = {
    ...record.pii_processing,
    purposes: purposes.filter(({ purpose }) => to.purposes?.includes(purpose) ?? true),
    pii_information: pii_information
      .map((one) => ({ ...one, coordinates: one.coordinates.filter((field) => kept.has(field)) }))
      .filter(({ coordinates }) => coordinates.length > 0),
    validity: { ...validity, until },
  };
  const empty = processing.purposes.length === 0 || processing.pii_information.length === 0;
  if (more || empty || secondsOf(until) <= act.at.getTime() / 1000) throw new WeftError("CONSENT_NOT_NARROWER");
  return next(record, "narrowed", act, processing);
}

/** Longer, and nothing else. What a guardian gave needs to be told again when the ward comes of age, and ends then. */
export function renew(record: ConsentRecord, wanted: Date, act: Act, majority?: Date): ConsentRecord {
  assertInForce(record, act.at);
  if ((record.guardian_id !== undefined) !== (majority !== undefined)) throw malformed("majority");
  const until = earlier(wanted, majority);
  const { validity } = record.pii_processing;
  const longer = until.getTime() / 1000 > secondsOf(validity.until);
  if (!longer || until.getTime() - act.at.getTime() > LONGEST) throw malformed("validity");
  const processing = { ...record.pii_processing, validity: { ...validity, until: instantOf(until) } };
  return next(record, "renewed", act, processing);
}

/** A provider has joined whom the restriction speaks of. It forbids no more than it said from the beginning. */
export function extend(record: ConsentRecord, controller: OrgId, at: Date): ConsentRecord {
  assertInForce(record, at);
  if (!isEverywhere(record) || providersOf(record).includes(controller)) throw malformed("nothing to extend");
  const { pii_information } = record.pii_processing;
  const processing = {
    ...record.pii_processing,
    pii_information: [...pii_information, { pii_controller: controller, coordinates: [] }],
  };
  return next(record, "extended", { by: "register", method: { how: "register" }, at }, processing);
}

export function withdraw(record: ConsentRecord, act: Act): ConsentRecord {
  assertInForce(record, act.at);
  return next(record, "withdrawn", act);
}

/** Its ground is gone: the guardian is no longer one. */
export function voidRecord(record: ConsentRecord, act: Act): ConsentRecord {
  assertInForce(record, act.at);
  return next(record, "voided", act);
}

export function expire(record: ConsentRecord, at: Date): ConsentRecord {
  if (stateOf(record, at) !== "expired" || record.event.event_type === "expired") throw malformed("not expired");
  return next(record, "expired", { by: "register", method: { how: "register" }, at });
}

/** What the newest version says at a moment. */
export function stateOf(record: ConsentRecord, now: Date): RecordState {
  const { event_type } = record.event;
  if (isEnd(event_type)) return event_type;
  const { from, until } = record.pii_processing.validity;
  const moment = now.getTime() / 1000;
  if (moment >= secondsOf(until)) return "expired";
  return moment < secondsOf(from) ? "to-come" : "in-force";
}

function earlier(one: Date, other: Date | undefined): Date {
  return other !== undefined && other < one ? other : one;
}

/** No further version can follow. */
export function hasEnded(record: ConsentRecord): boolean {
  return isEnd(record.event.event_type);
}

function isEnd(type: EventType): type is "withdrawn" | "voided" | "expired" {
  return type === "withdrawn" || type === "voided" || type === "expired";
}

/** What has not begun may be narrowed or withdrawn as what has. */
function assertInForce(record: ConsentRecord, at: Date): void {
  const state = stateOf(record, at);
  if (state !== "in-force" && state !== "to-come") throw new WeftError("CONSENT_ENDED");
}

function next(record: ConsentRecord, type: EventType, act: Act, processing: object = record.pii_processing) {
  return ConsentRecord.parse({
    ...record,
    pii_processing: processing,
    record_version: record.record_version + 1,
    previous_version: digestOfRecord(record),
    event: eventOf(record.kind, type, act),
  });
}

const states: Readonly<Record<EventType, string>> = {
  given: "dpv:ConsentGiven",
  narrowed: "dpv:ConsentGiven",
  renewed: "dpv:RenewedConsentGiven",
  extended: "dpv:ConsentGiven",
  withdrawn: "dpv:ConsentWithdrawn",
  expired: "dpv:ConsentExpired",
  voided: "dpv:ConsentInvalidated",
};

function eventOf(kind: RecordKind, type: EventType, { by, method, at }: Act): object {
  return {
    event_time: instantOf(at),
    event_type: type,
    entity_id: by,
    collection_method: method,
    ...(kind === "consent" && { event_state: states[type] }),
  };
}

function malformed(detail: string): WeftError {
  return new WeftError("REQUEST_MALFORMED", { detail: `consent: ${detail}` });
}
