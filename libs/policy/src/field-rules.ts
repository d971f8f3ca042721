import type { Coordinate, PurposeCode } from "#libs/terms";
import type { DenyReason } from "./decision.js";
import type { LegalBasis } from "./legal-basis.js";
import type { CoordinateRule, Release } from "./rule.js";
import { type Shape, fieldsBeneath, siblingsOf } from "./shape.js";

/** A rule of the decision: what it is called, the code of breaking it, and what it asks, as one sentence. */
export interface Rule<Matter> {
  readonly name: string;
  readonly code: DenyReason;
  readonly says: string;
  readonly holds: (matter: Matter) => boolean;
}

export function firstBroken<Matter>(rules: readonly Rule<Matter>[], matter: Matter): Rule<Matter> | undefined {
  return rules.find((rule) => !rule.holds(matter));
}

/** One field under one grant. All of it is known when the contracts are loaded. */
export interface FieldMatter {
  readonly field: CoordinateRule;
  readonly purpose: PurposeCode;
  readonly basis: LegalBasis;
  readonly granted: ReadonlySet<Coordinate>;
  readonly shape: Shape;
}

export const purposeReleased: Rule<FieldMatter> = {
  name: "purpose-released",
  code: "PURPOSE_NOT_ALLOWED",
  says: "The ministry's own release rule for the field names the purpose.",
  holds: ({ field, purpose, shape }) => namesPurpose(field, purpose, shape),
};

export const fieldGranted: Rule<FieldMatter> = {
  name: "field-granted",
  code: "FIELD_NOT_IN_AGREEMENT",
  says: "The agreement's grant for the purpose names the field, or the field comes along with one that it names.",
  holds: (matter) => isGranted(matter, new Set()),
};

export const basisReleased: Rule<FieldMatter> = {
  name: "basis-released",
  code: "RELEASE_NOT_ALLOWED",
  says: "The release rule allows the purpose on the grant's legal basis, and in the form in which the field answers.",
  holds: (matter) => isReleased(matter, new Set()),
};

/** In this order: what no agreement could allow is said before what this agreement leaves out. */
export const fieldRules: readonly Rule<FieldMatter>[] = [purposeReleased, fieldGranted, basisReleased];

/** The purposes and bases that a field may be released for; a companion's are those of the fields that it describes. */
export function releasesOf(field: CoordinateRule, shape: Shape): readonly Release[] {
  return field.kind === "companion" ? siblingsOf(field, shape).flatMap((it) => it.releases) : field.releases;
}

export function namesPurpose(field: CoordinateRule, purpose: PurposeCode, shape: Shape): boolean {
  if (field.kind === "companion") return siblingsOf(field, shape).some((it) => namesPurpose(it, purpose, shape));
  return isUnruled(field) || field.releases.some((release) => release.purposes.includes(purpose));
}

/** Below class P2 a field needs no release rule; then the grant alone decides. From P2 on, no rule means never. */
export function isUnruled(field: CoordinateRule): boolean {
  return field.releases.length === 0 && (field.class === "P0" || field.class === "P1");
}

type Seen = ReadonlySet<CoordinateRule>;

function isGranted(matter: FieldMatter, seen: Seen): boolean {
  if (matter.field.kind === "value" || matter.field.kind === "entry") {
    return matter.granted.has(matter.field.coordinate);
  }
  return comesAlongWith(matter, seen, isGranted);
}

function isReleased(matter: FieldMatter, seen: Seen): boolean {
  const { field } = matter;
  if (field.kind === "companion") return comesAlongWith(matter, seen, isOpen);
  if (field.kind === "reaching") {
    return covers(matter, "VALUE")
      ? comesAlongWith(matter, seen, isOpen)
      : covers(matter, "PREDICATE") && comesAlongWith(matter, seen, (it, s) => isOpen(it, s) && !isOpenValue(it.field));
  }
  return covers(matter, "VALUE") || (covers(matter, "PREDICATE") && !isOpenValue(field));
}

function isOpen(matter: FieldMatter, seen: Seen): boolean {
  return (
    namesPurpose(matter.field, matter.purpose, matter.shape) && isGranted(matter, seen) && isReleased(matter, seen)
  );
}

function comesAlongWith(matter: FieldMatter, seen: Seen, test: (it: FieldMatter, seen: Seen) => boolean): boolean {
  const { field, shape } = matter;
  if (seen.has(field)) return false;
  const further = new Set(seen).add(field);
  const others = field.kind === "companion" ? siblingsOf(field, shape) : fieldsBeneath(field, shape);
  return others.some((it) => test({ ...matter, field: it }, further));
}

/** `AGGREGATE` covers nothing here: a question about rows is not an aggregate. */
function covers({ field, purpose, basis }: FieldMatter, mode: "VALUE" | "PREDICATE"): boolean {
  if (isUnruled(field)) return mode === "VALUE";
  return field.releases.some(
    (release) => release.mode === mode && release.purposes.includes(purpose) && release.bases.includes(basis),
  );
}

/** Types that hold more than a closed list can: a predicate never answers with one. `Person` opens every ministry's fields. */
const openTypes = new Set(["String", "Int", "Float", "ID", "Date", "Decimal", "PersonRef", "Person"]);

/** A list is open too: to be on it is a value. */
function isOpenValue(field: CoordinateRule): boolean {
  return field.kind === "entry" || openTypes.has(field.named);
}
