import type { Coordinate, OrgId, PurposeCode, SubjectRef } from "#libs/terms";
import type { ConsentReceipt } from "./receipt.js";
import type { Status } from "./status-list.js";

/**
 * May these fields of this person be released to this consumer for this purpose? Judged without looking at the record, on the
 * union of all identifiers of its row, or a second number would be a way round. Pure.
 *
 * The reason why a field is withheld stays in here: outside, "no consent", "withdrawn", "objected" and "protected" are one word.
 */
export interface ConsentQuestion {
  /** The row's every identifier, sealed for this provider. */
  readonly subjectRefs: readonly SubjectRef[];
  readonly consumer: OrgId;
  readonly purpose: PurposeCode;
  /** Every coordinate about to be released. */
  readonly coordinates: readonly Coordinate[];
  /** Those of them whose legal basis is consent. */
  readonly onConsent: ReadonlySet<Coordinate>;
  /** Days (YYYY-MM-DD) that the data covers. A receipt limited to a range covers nothing where this is not known. */
  readonly dataRange?: DayRange;
}

export interface DayRange {
  readonly from: string;
  readonly until: string;
}

export interface ConsentEvidence {
  receiptsOf(subjectRef: SubjectRef): readonly ConsentReceipt[];
  /** `unknown` where no list, another list or only one that is too old is at hand. */
  statusOf(receipt: ConsentReceipt): Status | "unknown";
  /** Releases counted under the receipt since the given time in seconds. */
  usesOf(jti: string, since: number): number;
}

export type ConsentVerdict = "given" | "withheld";

export interface Evaluation {
  /** `given` where nothing stands in the way: a consent where the basis is consent, and no restriction anywhere. */
  readonly verdicts: ReadonlyMap<Coordinate, ConsentVerdict>;
  /** An objection or a protection applies: lists leave the person out whole. */
  readonly restricted: boolean;
  /** The receipts (jti) that a release now would use up by one. */
  readonly receipts: readonly string[];
}

export function evaluateConsent(question: ConsentQuestion, evidence: ConsentEvidence, now: Date): Evaluation {
  const seconds = now.getTime() / 1000;
  const receipts = question.subjectRefs.flatMap((ref) => evidence.receiptsOf(ref));
  const current = receipts.filter(
    (receipt) => receipt.nbf <= seconds && seconds < receipt.exp && concerns(receipt, question),
  );
  const restrictions = current.filter((receipt) => restricts(receipt, evidence));
  const consents = current.filter((receipt) => allows(receipt, question, evidence, seconds));
  const used = new Set<string>();
  const verdicts = new Map<Coordinate, ConsentVerdict>();
  for (const coordinate of question.coordinates) {
    const consent = question.onConsent.has(coordinate) ? consentFor(coordinate, consents, used) : undefined;
    const free = !restrictions.some((restriction) => names(restriction, coordinate));
    const given = free && (consent !== undefined || !question.onConsent.has(coordinate));
    verdicts.set(coordinate, given ? "given" : "withheld");
    if (given && consent) used.add(consent.jti);
  }
  const restricted = restrictions.some((one) => question.coordinates.some((coordinate) => names(one, coordinate)));
  return { verdicts, restricted, receipts: [...used] };
}

/** One that this release uses already, where it will do: no consent is used up for the sake of a field that another one gives. */
function consentFor(
  coordinate: Coordinate,
  consents: readonly ConsentReceipt[],
  used: ReadonlySet<string>,
): ConsentReceipt | undefined {
  return (
    consents.find((one) => used.has(one.jti) && names(one, coordinate)) ??
    consents.find((one) => names(one, coordinate))
  );
}

/** Only a restriction may speak of any recipient and of every purpose. */
function concerns(receipt: ConsentReceipt, question: ConsentQuestion): boolean {
  const restricts = receipt.kind !== "consent";
  return (
    (receipt.recipient === question.consumer || (restricts && receipt.recipient === "any")) &&
    (receipt.purposes.includes(question.purpose) || (restricts && receipt.purposes.length === 0))
  );
}

function names(receipt: ConsentReceipt, coordinate: Coordinate): boolean {
  return receipt.coordinates.includes(coordinate) || (receipt.kind !== "consent" && receipt.coordinates.length === 0);
}

/** A restriction ends only where a list that is recent enough says so. */
function restricts(receipt: ConsentReceipt, evidence: ConsentEvidence): boolean {
  return receipt.kind !== "consent" && evidence.statusOf(receipt) !== "invalid";
}

function allows(
  receipt: ConsentReceipt,
  question: ConsentQuestion,
  evidence: ConsentEvidence,
  seconds: number,
): boolean {
  return (
    receipt.kind === "consent" &&
    evidence.statusOf(receipt) === "valid" &&
    covers(receipt.date_range, question.dataRange) &&
    hasUsesLeft(receipt, evidence, seconds)
  );
}

function covers(allowed: ConsentReceipt["date_range"], asked: DayRange | undefined): boolean {
  if (allowed === undefined) return true;
  if (asked === undefined) return false;
  return (
    (allowed.from === undefined || allowed.from <= asked.from) &&
    (allowed.until === undefined || asked.until <= allowed.until)
  );
}

function hasUsesLeft(receipt: ConsentReceipt, evidence: ConsentEvidence, seconds: number): boolean {
  const { frequency } = receipt;
  if (frequency === undefined) return true;
  const since = frequency.days === undefined ? receipt.nbf : seconds - frequency.days * 86_400;
  return evidence.usesOf(receipt.jti, since) < frequency.uses;
}
