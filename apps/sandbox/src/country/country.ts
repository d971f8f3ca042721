import { canaryAmount, canaryBirth, canaryNumbers, canarySince, canaryText } from "./canary.js";
import { dateAs } from "./calendar.js";
import { speltAs } from "./held.js";
import { jobseeker } from "./jobs.js";
import { patient } from "./health.js";
import { insured } from "./insurance.js";
import { type Person, personAt } from "./person.js";
import { createPrf, type Prf } from "./prf.js";
import { schooling } from "./schooling.js";
import { cashEnrolments, disabilityCase, farmEnrolment, foodEnrolment, payee } from "./programmes.js";

/** Orvanda, code QV: an invented country with invented people. */
export interface Country {
  readonly seed: string;
  readonly people: number;
  readonly prf: Prf;
  person(n: number): Person;
  /** In order, made anew on each walk: nothing is kept. */
  persons(): Generator<Person>;
}

export const SEED = "orvanda";
/** Raise when the generator says anything else than before: kept data of another edition is made again. */
const GENERATOR = 2;
/** Below this the cast would not fit. */
export const LEAST_PEOPLE = 240;

export function orvanda(people: number, seed: string = SEED): Country {
  if (!Number.isInteger(people) || people < LEAST_PEOPLE || people > 1_000_000) {
    throw new RangeError(`people: a whole number from ${LEAST_PEOPLE} to 1000000`);
  }
  const prf = createPrf(seed);
  return {
    seed,
    people,
    prf,
    person: (n) => personAt(prf, n),
    *persons() {
      for (let n = 0; n < people; n++) yield personAt(prf, n);
    },
  };
}

/** Names the content of every generated file and database. */
export function editionOf({ seed, people }: Country): string {
  return `${seed} generator ${GENERATOR} people ${people}`;
}

export interface CanaryValues {
  readonly texts: readonly string[];
  /** National IDs and the numbers of each programme, in every spelling that a MIS uses. */
  readonly identifiers: readonly string[];
  /** Alone, for the search of hashes. */
  readonly nationalIds: readonly string[];
  readonly amounts: readonly string[];
  readonly dates: readonly string[];
}

/** Every value that must never be found outside its ministry: what the search for copies looks for. */
export function canaryValues(country: Country): CanaryValues {
  const persons = canaryNumbers.map((n) => country.person(n));
  const nationalIds = persons.map(({ nid }) => nid ?? "");
  const fields = ["GIVEN", "FAMILY", "ADDRESS", "REMARK"] as const;
  return {
    texts: persons.flatMap(({ n, phone }) => [...fields.map((field) => canaryText(n, field)), phone]),
    nationalIds,
    identifiers: [
      ...nationalIds.flatMap((nid) => [nid, ...["####.###.###", "###-###-####"].map((form) => speltAs(nid, form))]),
      ...persons.flatMap((person) => programmeNumbers(country, person)),
    ],
    amounts: persons.flatMap(({ n }) => amountSpellings(canaryAmount(n))),
    dates: persons.flatMap(({ n }) => [canaryBirth(n), canarySince(n)].flatMap(dateSpellings)),
  };
}

function programmeNumbers({ prf }: Country, person: Person): string[] {
  const [cash] = cashEnrolments(prf, person);
  const payment = cash && payee(prf, cash);
  const enrolments = [disabilityCase(prf, person), foodEnrolment(prf, person), farmEnrolment(prf, person)];
  const numbers = [
    ...enrolments,
    schooling(prf, person),
    insured(prf, person),
    patient(prf, person),
    jobseeker(prf, person),
  ].map((enrolment) => enrolment?.number);
  return [cash?.cashNo, payment?.payeeNo, payment?.account, ...numbers].filter((number) => number !== undefined);
}

function amountSpellings(amount: string): string[] {
  const [whole = "", cents = ""] = amount.split(".");
  return [amount, `${whole}${cents}`, `${whole.slice(0, 3)}.${whole.slice(3)},${cents}`];
}

function dateSpellings(iso: string): string[] {
  return [iso, dateAs(iso, "yyyyMMdd"), dateAs(iso, "dd/MM/yyyy"), dateAs(iso, "dd.MM.yyyy")];
}
