import type { Field, Papers } from "./papers.js";

/** A field where it stands in an answer: the way to it from a person, or from a list. */
export interface Place {
  readonly field: Field;
  /** Ends with the field itself. */
  readonly steps: readonly Field[];
  readonly from: "person" | "list";
}

/** Every field of every ministry once, by the shortest way. */
export function placesOf(papers: Papers): Place[] {
  const found = new Map<string, Place>();
  const roots = [...papers.fields.values()].filter(({ type }) => type === "Person" || type === "Query");
  let reached: Place[] = roots
    .sort((a, b) => (a.type < b.type ? -1 : 1))
    .map((field) => ({ field, steps: [field], from: field.type === "Query" ? "list" : "person" }));
  while (reached.length > 0) {
    const fresh = reached.filter(({ field }) => !found.has(field.at));
    for (const place of fresh) found.set(place.field.at, place);
    reached = fresh.flatMap(({ field, steps, from }) =>
      field.returns === "Person"
        ? []
        : fieldsOf(field.returns, papers).map((it) => ({ field: it, steps: [...steps, it], from })),
    );
  }
  return [...found.values()];
}

function fieldsOf(type: string, papers: Papers): Field[] {
  return [...papers.fields.values()].filter((field) => field.type === type);
}

/** The literals that are asked with. A field with a required argument that is not here could not be asked at all. */
export type Literals = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const usualLiterals: Literals = {
  "Query.cashTransferEnrolments": { district: '"QV-1-01"', status: "ACTIVE", first: "200" },
  "Identity.ageAtLeast": { years: "Y60" },
  "InsuranceStanding.contributedAtLeast": { months: "M60" },
  "JobseekerStanding.registeredAtLeast": { months: "R3" },
  "Schooling.presentAtLeast": { share: "S80" },
  "CashTransferEnrolment.povertyScoreBelow": { threshold: "ELIGIBLE_2026" },
  "Person.identityMatch": {
    claimed: '{ fullName: "Nobody Here", dateOfBirth: "1990-01-01", nationalId: "1234567890" }',
  },
  "Person.payments": { from: '"2026-01-01"', first: "3" },
  "Person.accountMatch": { account: '"XT00 0000"' },
};

/** One operation that asks for all these places at once. */
export function operationOf(places: readonly Place[], literals: Literals): string {
  const asked = new Set(places.map(({ field }) => field.at));
  const select = (ways: readonly (readonly Field[])[]): string => {
    const byField = Map.groupBy(
      ways.filter((way) => way.length > 0),
      ([first]) => first!,
    );
    return [...byField]
      .map(([field, further]) => {
        const below = select(further.map((way) => way.slice(1)));
        return `${field.name}${argumentsOf(field, literals)}${blockOf(field, below, asked)}`;
      })
      .join(" ");
  };
  const person = select(places.filter(({ from }) => from === "person").map(({ steps }) => steps));
  const list = select(places.filter(({ from }) => from === "list").map(({ steps }) => steps));
  return person === "" ? `{ ${list} }` : `query ($who: PersonKey!) { person(key: $who) { ${person} } ${list} }`;
}

function argumentsOf({ at, arguments: declared }: Field, literals: Literals): string {
  const given = Object.entries(literals[at] ?? {}).map(([name, literal]) => `${name}: ${literal}`);
  if (given.length === 0 && declared.length > 0) throw new Error(`no literals to ask ${at} with`);
  return given.length > 0 ? `(${given.join(", ")})` : "";
}

/** An object that is itself asked about is asked for its name at least; a person for the reference. */
function blockOf({ at, returns, kind }: Field, below: string, asked: ReadonlySet<string>): string {
  if (returns === "Person") return " { id }";
  const isObject =
    below !== "" || kind === "leading" || kind === "list" || (kind === "structure" && returns !== "Boolean");
  if (!isObject) return "";
  return ` { ${asked.has(at) ? "__typename " : ""}${below} }`;
}
