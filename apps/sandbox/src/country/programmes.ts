import { type Day, day, isoDate, TODAY } from "./calendar.js";
import { WRONG_ID_OF } from "./cast.js";
import { GHOSTS, nationalIdOf, type Person, personAt, receivesCash } from "./person.js";
import type { Prf } from "./prf.js";

/** Who takes part in which programme, before any clerk writes it down. */
export type Standing = "APPLIED" | "ACTIVE" | "SUSPENDED" | "EXITED";
export type DisabilityLevel = "MILD" | "MODERATE" | "SEVERE" | "PROFOUND";
export type PaymentState = "INSTRUCTED" | "CONFIRMED" | "RETURNED";

export interface CashEnrolment {
  readonly cashNo: string;
  /** Whom the programme believes it enrols: the person, or somebody who never existed. */
  readonly holder: Person;
  /** As the office wrote it down, before clerical mistakes; somebody else's in the story `wrong-id`. */
  readonly nid: string | null;
  readonly status: Standing;
  readonly since: Day;
  readonly amount: string;
  readonly householdSize: number;
  /** 0 poorest to 100. */
  readonly score: number;
  readonly updated: Day;
  readonly deleted: boolean;
  readonly story: "dead-but-paid" | "never-existed" | "wrong-id" | "paid-twice" | null;
}

export interface Enrolment {
  readonly number: string;
  readonly status: Standing;
  readonly since: Day;
  readonly updated: Day;
}

export interface DisabilityCase extends Enrolment {
  /** Null: not assessed yet. */
  readonly level: DisabilityLevel | null;
}

export interface Payment {
  readonly number: string;
  readonly cents: number;
  readonly state: PaymentState;
  readonly due: Day;
}

export interface Payee {
  readonly payeeNo: string;
  readonly enrolment: CashEnrolment;
  readonly account: string;
  readonly payments: readonly Payment[];
}

const standings: readonly [Standing, ...Standing[]] = ["ACTIVE", "SUSPENDED", "EXITED", "APPLIED"];
/** Second enrolments and people who never existed draw their numbers here, clear of everyone else's. */
const SECOND = 2 ** 25;
const INVENTED = 2 ** 24;

/** Programme numbers: the cast's are low, so that a roster in this order begins with them. */
export function programmeNumber(
  prf: Prf,
  n: number,
  field: string,
  letter: string,
  digits: 7 | 8,
  bits: 22 | 26,
): string {
  const low = 10 ** (digits - 2);
  const part =
    n % INVENTED < 120 ? low + (n % INVENTED) + (n >= INVENTED ? 500 : 0) : 10 * low + prf.permute(n, field, bits);
  return letter + String(part).padStart(digits, "0");
}

export function cashEnrolments(prf: Prf, person: Person): CashEnrolment[] {
  const { n, part } = person;
  const main = part
    ? part.cash
      ? mainEnrolment(prf, person)
      : null
    : receivesCash(prf, n, person.household, person.wealth)
      ? mainEnrolment(prf, person)
      : null;
  const enrolments = main ? [main] : [];
  if (main?.story === "paid-twice") enrolments.push({ ...main, cashNo: cashNo(prf, n + SECOND) });
  if (!part && prf.chance(n, "never-existed", 0.0004)) enrolments.push(inventedEnrolment(prf, n));
  return enrolments;
}

function cashNo(prf: Prf, n: number): string {
  return programmeNumber(prf, n, "cash-no", "C", 8, 26);
}

function mainEnrolment(prf: Prf, person: Person): CashEnrolment {
  const { n, part, died } = person;
  const story = storyOf(prf, person);
  const drawn = prf.weighted(n, "cash.status", standings, [84, 6, 6, 4]);
  const score =
    part?.cash?.score ?? Math.round(Math.min(100, 8 + person.wealth * 70 + prf.integer(n, "cash.score", 16)) * 10) / 10;
  return {
    cashNo: cashNo(prf, n),
    holder: story === "never-existed" ? { ...person, nid: nationalIdOf(prf, n + GHOSTS) } : person,
    nid: nidOnForm(prf, person, story),
    status: part?.cash?.status ?? (died === null ? drawn : "ACTIVE"),
    since: part?.cash?.since ?? sinceOf(prf, n, "cash"),
    amount:
      part?.cash?.amount ??
      `${180 + 40 * Math.min(person.household.size, 6) + 5 * prf.integer(n, "cash.amount", 8)}.00`,
    householdSize: person.household.size,
    score,
    updated: TODAY - prf.integer(n, "cash.updated", 300),
    deleted: !part && prf.chance(n, "cash.deleted", 0.02),
    story,
  };
}

function storyOf(prf: Prf, person: Person): CashEnrolment["story"] {
  const { n, part, died, nid } = person;
  if (part) return (part.stories.find((story) => cashStories.has(story)) as CashEnrolment["story"]) ?? null;
  if (died !== null) return "dead-but-paid";
  if (nid === null) return null;
  if (prf.chance(n, "wrong-id", 0.006) && n > WRONG_ID_OF + 12) return "wrong-id";
  return prf.chance(n, "paid-twice", 0.005) ? "paid-twice" : null;
}

const cashStories = new Set<string>(["dead-but-paid", "never-existed", "wrong-id", "paid-twice"]);

function nidOnForm(prf: Prf, person: Person, story: CashEnrolment["story"]): string | null {
  if (story === "never-existed") return nationalIdOf(prf, person.n + GHOSTS);
  if (story !== "wrong-id") return person.nid;
  return nationalIdOf(prf, person.part ? WRONG_ID_OF : person.n - 12);
}

/** Somebody whom a clerk made up: no birth, no ID that the register knows. */
function inventedEnrolment(prf: Prf, n: number): CashEnrolment {
  const model = personAt(prf, n + INVENTED);
  const holder: Person = {
    ...model,
    n: n + INVENTED,
    nid: nationalIdOf(prf, n + GHOSTS),
    died: null,
    district: personAt(prf, n).district,
    stories: ["never-existed"],
  };
  return {
    ...mainEnrolment(prf, holder),
    cashNo: cashNo(prf, n + INVENTED),
    holder,
    nid: holder.nid,
    status: "ACTIVE",
    deleted: false,
    story: "never-existed",
  };
}

function sinceOf(prf: Prf, n: number, field: string): Day {
  return day("2016-01-01") + prf.integer(n, `${field}.since`, TODAY - 60 - day("2016-01-01"));
}

const levels: readonly [DisabilityLevel, ...DisabilityLevel[]] = ["MILD", "MODERATE", "SEVERE", "PROFOUND"];

export function disabilityCase(prf: Prf, person: Person): DisabilityCase | null {
  const { n, part, born } = person;
  const ageFactor = Math.min((TODAY - born) / 365.25 / 60, 1.5);
  if (part ? !part.disability : !prf.chance(n, "disability", 0.02 + 0.05 * ageFactor)) return null;
  const assessed = part !== null || !prf.chance(n, "disability.unassessed", 0.06);
  return {
    ...enrolmentOf(prf, person, "disability", part?.disability ?? null),
    number: programmeNumber(prf, n, "disability-no", "D", 7, 22),
    level: assessed ? (part?.disability?.level ?? prf.weighted(n, "disability.level", levels, [35, 30, 23, 12])) : null,
  };
}

export function foodEnrolment(prf: Prf, person: Person): Enrolment | null {
  const { n, part, household, wealth } = person;
  const takesPart = part
    ? part.food !== null
    : n === household.head && prf.chance(n, "food", wealth < 0.3 ? 0.65 : 0.04);
  if (!takesPart) return null;
  return {
    ...enrolmentOf(prf, person, "food", part?.food ?? null),
    number: programmeNumber(prf, n, "food-no", "F", 7, 22),
  };
}

export function farmEnrolment(prf: Prf, person: Person): Enrolment | null {
  const { n, part, household, district } = person;
  const takesPart = part ? part.farm !== null : n === household.head && district.rural && prf.chance(n, "farm", 0.4);
  if (!takesPart) return null;
  return {
    ...enrolmentOf(prf, person, "farm", part?.farm ?? null),
    number: programmeNumber(prf, n, "farm-no", "A", 7, 22),
  };
}

function enrolmentOf(
  prf: Prf,
  { n, died }: Person,
  field: string,
  part: { status: Standing; since?: Day } | null,
): Omit<Enrolment, "number"> {
  const status = part?.status ?? prf.weighted(n, `${field}.status`, standings, [82, 5, 10, 3]);
  return {
    status: died !== null && !part ? "EXITED" : status,
    since: part?.since ?? sinceOf(prf, n, field),
    updated: TODAY - prf.integer(n, `${field}.updated`, 300),
  };
}

const PAYDAYS = ["2026-06-05", "2026-07-05", "2026-08-05", "2026-09-05", "2026-10-05", "2026-11-05"].map(day);

/** Whoever was ever paid has an account with the payment provider. */
export function payee(prf: Prf, enrolment: CashEnrolment): Payee | null {
  const { holder, status, since } = enrolment;
  if (status === "APPLIED" || enrolment.deleted || (holder.part && !holder.part.account)) return null;
  const key = Number(enrolment.cashNo.slice(1));
  const last = status === "ACTIVE" ? PAYDAYS.length : prf.integer(key, "pay.months", PAYDAYS.length);
  const due = PAYDAYS.slice(0, last).filter((at) => at >= since || isoDate(since) < "1910");
  return {
    payeeNo: `B${String(key).padStart(8, "0")}`.replace(
      /^B(\d{8})$/,
      (_, digits: string) => `B${scramble(prf, digits)}`,
    ),
    enrolment,
    account: accountOf(prf, holder, key),
    payments: due.map((at, i) => paymentOf(prf, enrolment, key, at, i === due.length - 1)),
  };
}

/** The provider numbers its customers itself. */
function scramble(prf: Prf, digits: string): string {
  const key = Number(digits);
  return String(key < 2_000_000 ? key : 10_000_000 + prf.permute(key - 10_000_000, "payee-no", 26)).padStart(8, "0");
}

function paymentOf(prf: Prf, { holder, amount }: CashEnrolment, key: number, due: Day, newest: boolean): Payment {
  const states: readonly [PaymentState, ...PaymentState[]] = ["CONFIRMED", "RETURNED", "INSTRUCTED"];
  const drawn = prf.weighted(key, `pay.state.${due}`, states, newest ? [88, 5, 7] : [96, 4, 0]);
  const state = holder.part ? (newest ? (holder.part.lastPayment ?? "CONFIRMED") : "CONFIRMED") : drawn;
  return { number: `${key}-${isoDate(due).slice(0, 7)}`, cents: Math.round(Number(amount) * 100), state, due };
}

const AGENT_SHARE = 0.006;

/** Mostly one's own; in some households the head's; and now and then an agent's, who collects for a whole village. */
function accountOf(prf: Prf, person: Person, key: number): string {
  const own = (at: number) => `9990${String(10 ** 9 + prf.permute(at, "account", 30))}`;
  if (sharesWithAgent(prf, person))
    return own(person.part ? 21 : 700_000_000 + Number(person.district.code.replaceAll(/\D/g, "")));
  if (sharesInHousehold(prf, person)) return own(person.household.head + 500_000_000);
  return own(key);
}

export function sharesWithAgent(prf: Prf, { n, part }: Person): boolean {
  return part ? part.stories.includes("shared-account-agent") : prf.chance(n, "account.agent", AGENT_SHARE);
}

export function sharesInHousehold(prf: Prf, { n, part }: Person): boolean {
  return part ? part.stories.includes("shared-account-household") : prf.chance(n, "account.household", 0.08);
}
