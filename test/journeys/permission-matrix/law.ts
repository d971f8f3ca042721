import type { Agreement, Field, Grant, Papers } from "./papers.js";

/**
 * What must come out, as a lawyer would say it with the contracts in hand. Two questions, in this order:
 *
 *     mayAsk    may this organisation ask for this field, for this purpose, today?   from agreements and release rules alone
 *     keptBack  does the person's own word keep it back?                             from consents and restrictions alone
 */
export interface Asker {
  readonly consumer: string;
  readonly purpose: string;
  readonly now: Date;
  /** `Type.field` -> argument -> literal. */
  readonly arguments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type Ruling = { readonly refused: string } | { readonly refused: null; readonly basis: string | null };

export function mayAsk(field: Field, asker: Asker, papers: Papers): Ruling {
  // What is not about a person is nobody's secret.
  if (field.kind === "structure") return { refused: null, basis: null };

  const signed = papers.agreements.filter(
    ({ provider, consumer }) => provider === field.ministry && consumer === asker.consumer,
  );
  const inForce = signed.find((it) => isInForce(it, asker.now) && grantsFor(it, asker.purpose).length > 0);
  const grant = inForce && grantsFor(inForce, asker.purpose)[0];

  // No agreement for the purpose is in force.
  if (inForce === undefined || grant === undefined) return { refused: withoutAgreement(field, asker, signed, papers) };
  // The ministry never releases the field for this purpose, whatever anybody agrees.
  if (!purposesOf(field, papers).has(asker.purpose)) return { refused: "PURPOSE_NOT_ALLOWED" };
  // The agreement does not name it.
  if (!isNamed(field, grant, papers)) return { refused: "FIELD_NOT_IN_AGREEMENT" };
  // The ministry releases it on another ground in law, or in another form.
  if (!isReleased(field, grant, papers)) return { refused: "RELEASE_NOT_ALLOWED" };
  // A filter or a threshold that the agreement leaves out.
  if (!argumentsAgreed(field, grant, asker, papers)) return { refused: "ARGUMENT_NOT_IN_AGREEMENT" };
  // More rows of a list than persons in one request; a person is one.
  const persons = field.kind === "list" ? Number(asker.arguments[field.at]?.["first"]) : 1;
  if (persons > inForce.limits.personsPerRequest) return { refused: "LIMIT_EXCEEDED" };
  return { refused: null, basis: grant.basis };
}

function isInForce({ state, valid }: Agreement, now: Date): boolean {
  return state === "active" && new Date(valid.from) <= now && now <= new Date(valid.until);
}

function grantsFor({ grants }: Agreement, purpose: string): Grant[] {
  return grants.filter((grant) => grant.purpose === purpose);
}

/** The two never agreed on the purpose: then the field may say more, that it is for other purposes. */
function withoutAgreement(field: Field, asker: Asker, signed: readonly Agreement[], papers: Papers): string {
  if (signed.some((it) => grantsFor(it, asker.purpose).length > 0)) return "AGREEMENT_INACTIVE";
  const agreedOtherwise = signed.some(
    (it) =>
      isInForce(it, asker.now) &&
      it.grants.some((grant) => grant.basis !== "vital-interest" && isOpen(field, grant, papers)),
  );
  return agreedOtherwise || !purposesOf(field, papers).has(asker.purpose)
    ? "PURPOSE_NOT_ALLOWED"
    : "AGREEMENT_INACTIVE";
}

/** What a field comes along with: a leading one with what it leads to, one beside with the values that it stands beside. */
function companionsOf(field: Field, papers: Papers): Field[] {
  return field.kind === "leading"
    ? beneath(field, papers)
    : fieldsOfType(field.type, papers).filter(({ kind }) => kind === "value");
}

export function beneath(field: Field, papers: Papers): Field[] {
  return fieldsOfType(field.returns, papers).flatMap((it) => (it.kind === "structure" ? beneath(it, papers) : [it]));
}

function fieldsOfType(type: string, papers: Papers): Field[] {
  return [...papers.fields.values()].filter((it) => it.type === type);
}

const comesAlong = ({ kind }: Field) => kind === "leading" || kind === "beside";

function purposesOf(field: Field, papers: Papers): Set<string> {
  const whose = field.kind === "beside" ? companionsOf(field, papers) : [field];
  return new Set(whose.flatMap(({ releases }) => releases.flatMap(({ purposes }) => purposes)));
}

function isNamed(field: Field, grant: Grant, papers: Papers): boolean {
  if (comesAlong(field)) return companionsOf(field, papers).some((it) => !comesAlong(it) && isNamed(it, grant, papers));
  return grant.fields[field.type]?.includes(field.name) === true;
}

function isReleased(field: Field, grant: Grant, papers: Papers): boolean {
  const open = comesAlong(field) ? companionsOf(field, papers).filter((it) => isOpen(it, grant, papers)) : [field];
  if (field.kind === "beside") return open.length > 0;
  const basis = grant.basis.toUpperCase().replaceAll("-", "_");
  const fitting = field.releases.filter(
    ({ purposes, bases }) => purposes.includes(grant.purpose) && bases.includes(basis),
  );
  // As a predicate: only what answers from a closed list. As an aggregate: never a single person.
  return fitting.some(({ mode }) =>
    open.some((it) => mode === "VALUE" || (mode === "PREDICATE" && it.closed && !comesAlong(it))),
  );
}

function isOpen(field: Field, grant: Grant, papers: Papers): boolean {
  if (field.kind === "structure" || (field.kind === "beside" && companionsOf(field, papers).length === 0)) return false;
  return (
    purposesOf(field, papers).has(grant.purpose) && isNamed(field, grant, papers) && isReleased(field, grant, papers)
  );
}

function argumentsAgreed(field: Field, grant: Grant, asker: Asker, papers: Papers): boolean {
  return Object.entries(asker.arguments[field.at] ?? {}).every(([name, literal]) => {
    const at = `${field.at}(${name}:)`;
    const read = beneath(field, papers).find((it) => it.name === name);
    const isFilter = field.arguments.some((it) => it.name === name && it.filter);
    if (isFilter && !grant.filters.includes(at)) return false;
    if (isFilter && read !== undefined && !isOpen(read, grant, papers)) return false;
    return grant.arguments?.[at]?.includes(literal) ?? true;
  });
}

/** What a person once agreed to. */
export interface Consent {
  readonly recipients: readonly string[];
  readonly purposes: readonly string[];
  readonly fields: readonly string[];
  readonly standing: "valid" | "withdrawn" | "expired";
}

/** What the person, or the authority that protects them, has said. */
export interface PersonalWord {
  readonly consents: readonly Consent[];
  readonly restriction: "none" | "objection" | "protection";
}

/** Which of the fields asked of one ministry, all of them agreed, are kept back of this person. */
export function keptBack(
  asked: readonly Field[],
  basis: string,
  word: PersonalWord,
  { consumer, purpose }: Pick<Asker, "consumer" | "purpose">,
  papers: Papers,
): Set<Field> {
  const about = asked.filter(({ kind }) => kind !== "structure");
  if (word.restriction !== "none") return new Set(about);
  if (basis !== "consent") return new Set();
  const consented = (field: Field) =>
    word.consents.some(
      (it) =>
        it.standing === "valid" &&
        it.recipients.includes(consumer) &&
        it.purposes.includes(purpose) &&
        it.fields.includes(field.at),
    );
  const values = about.filter((field) => !comesAlong(field));
  const given = values.filter(consented);
  // Not one of the values is given: then that there is a record is not told either.
  if (values.length > 0 && given.length === 0) return new Set(about);
  return new Set(
    about.filter(
      (field) =>
        !consented(field) &&
        !(comesAlong(field) && companionsOf(field, papers).some((companion) => given.includes(companion))),
    ),
  );
}
