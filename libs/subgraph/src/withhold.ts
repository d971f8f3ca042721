import { type ConsentEvidence, type ConsentReceipt, evaluateConsent } from "#libs/consent";
import type { CoordinateRule, LegalBasis, Policy } from "#libs/policy";
import type { CanonicalPerson, Coordinate, OrgId, PurposeCode, SubjectRef } from "#libs/terms";
import type { PersonSeals } from "./person-seals.js";
import type { Consenting, ReadPlan, RowIdentity, Withheld } from "./read/port.js";

/** What is about to be released to whom, apart from the persons. */
export interface Release {
  readonly consumer: OrgId;
  readonly purpose: PurposeCode;
  /** Of the one grant under which the provider releases all of the fetch. */
  readonly basis: LegalBasis;
  readonly plan: Pick<ReadPlan, "kind" | "coordinates" | "touched">;
}

export interface WithholdingEvidence extends ConsentEvidence {
  readonly seals: PersonSeals;
  readonly policy: Policy;
}

export interface JudgedRow {
  readonly person: CanonicalPerson;
  readonly withheld: Withheld;
  /** Consents that a release of this row uses. */
  readonly receipts: readonly ConsentReceipt[];
}

/**
 * Judges rows by their identifiers alone, before any personal column is read. Consent is asked for the fields with a value; a field
 * that only leads to those, or only accompanies them, goes with them. A list leaves out whole whoever is restricted in any
 * field of it, or gave no consent for one by whose stored value its rows are chosen or ordered.
 */
export function judgeRows(
  rows: readonly RowIdentity[],
  release: Release,
  evidence: WithholdingEvidence,
  now: Date,
): readonly JudgedRow[] {
  const fields = fieldsOf(release.plan, evidence.policy);
  return rows.map((row) => judgeRow(row, release, fields, evidence, now));
}

/**
 * Everybody who may be in a list that rests on consent, each judged by the one identifier that a receipt of theirs names. The rows
 * that are found are judged again on all that they hold; who consented in parts under several numbers is not in a list.
 */
export function consentingPersons(
  subjects: Iterable<SubjectRef>,
  release: Release,
  evidence: WithholdingEvidence,
  now: Date,
): readonly Consenting[] {
  const { consumer, purpose } = release;
  const agrees = ({ kind, recipient, purposes }: ConsentReceipt) =>
    kind === "consent" && recipient === consumer && purposes.includes(purpose);
  const persons = new Set<CanonicalPerson>();
  for (const subject of subjects) {
    const person = evidence.receiptsOf(subject).some(agrees) ? evidence.seals.find(subject) : undefined;
    if (person !== undefined) persons.add(person);
  }
  const rows = [...persons].map((person) => ({ person, identifiers: [person] }));
  return judgeRows(rows, release, evidence, now).filter(({ withheld }) => withheld !== "everything");
}

interface Fields {
  readonly values: readonly Coordinate[];
  /** Lead to values or accompany them; entries too. */
  readonly others: readonly CoordinateRule[];
  /** Not selected, but a list's rows are chosen or ordered by them. */
  readonly sought: readonly Coordinate[];
}

function fieldsOf({ coordinates, touched }: Release["plan"], policy: Policy): Fields {
  const rules = [...coordinates].map((one) => policy.shape.rules.get(one)).filter((rule) => rule !== undefined);
  return {
    values: rules.filter(({ kind }) => kind === "value").map(({ coordinate }) => coordinate),
    others: rules.filter(({ kind }) => kind === "reaching" || kind === "companion" || kind === "entry"),
    sought: [...touched].filter((one) => !coordinates.has(one)),
  };
}

function judgeRow(
  { person, identifiers }: RowIdentity,
  { consumer, purpose, basis, plan }: Release,
  { values, others, sought }: Fields,
  evidence: WithholdingEvidence,
  now: Date,
): JudgedRow {
  const subjectRefs = [...new Set([person, ...identifiers])].flatMap((one) => evidence.seals.sealAll(one));
  const coordinates = [...values, ...others.map(({ coordinate }) => coordinate), ...sought];
  const question = { subjectRefs, consumer, purpose, coordinates };
  const free = evaluateConsent({ ...question, onConsent: new Set() }, evidence, now);
  const given =
    basis === "CONSENT" ? evaluateConsent({ ...question, onConsent: new Set(coordinates) }, evidence, now) : free;
  const isGiven = (one: Coordinate) => given.verdicts.get(one) === "given";
  const notFound = plan.kind === "lists" && (free.restricted || !sought.every(isGiven));
  if (notFound || (values.length > 0 && !values.some(isGiven))) return { person, withheld: "everything", receipts: [] };
  const goesAlong = (rule: CoordinateRule) =>
    isGiven(rule.coordinate) ||
    (free.verdicts.get(rule.coordinate) === "given" && leadsToGiven(rule, values.filter(isGiven), evidence.policy));
  const withheld = new Set([
    ...values.filter((one) => !isGiven(one)),
    ...others.filter((rule) => !goesAlong(rule)).map(({ coordinate }) => coordinate),
  ]);
  const receipts = subjectRefs.flatMap((ref) => evidence.receiptsOf(ref));
  return { person, withheld, receipts: receipts.filter(({ jti }) => given.receipts.includes(jti)) };
}

/** Does the field lead to one of these values, or stand beside one? */
function leadsToGiven(rule: CoordinateRule, given: readonly Coordinate[], policy: Policy): boolean {
  const near = rule.kind === "companion" ? new Set([typeOf(rule.coordinate)]) : typesReached(rule, policy);
  return given.some((one) => near.has(typeOf(one)));
}

/** The types that a field leads to without passing through a value: a `Person` found on the way is somebody's own question. */
function typesReached(rule: CoordinateRule, policy: Policy): ReadonlySet<string> {
  const seen = new Set<string>();
  const pending = [rule.named];
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (seen.has(type) || type === "Person") continue;
    seen.add(type);
    for (const field of policy.shape.fieldsOf.get(type) ?? []) if (field.kind !== "value") pending.push(field.named);
  }
  return seen;
}

function typeOf(coordinate: Coordinate): string {
  return coordinate.slice(0, coordinate.indexOf("."));
}
