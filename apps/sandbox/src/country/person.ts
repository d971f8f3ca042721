import { type Day, TODAY } from "./calendar.js";
import { type CastMember, cast } from "./cast.js";
import { type Household, householdOf } from "./household.js";
import { type Culture, cultures, familyName, givenName, type Sex } from "./names.js";
import { type District, districts, districtWeights, streets } from "./places.js";
import type { Prf } from "./prf.js";

/** What is true of one person of Orvanda. What each MIS believes is another matter: `held.ts`. */
export interface Person {
  readonly n: number;
  readonly household: Household;
  readonly culture: Culture;
  readonly given: string;
  readonly family: string;
  readonly sex: Sex;
  readonly born: Day;
  readonly died: Day | null;
  /** The civil register learnt of the death. */
  readonly deathRegistered: boolean;
  /** National ID, ten digits; null for those who never got one. */
  readonly nid: string | null;
  readonly district: District;
  readonly address: string;
  readonly phone: string;
  /** Place of the household among all, 0 the poorest and 1 the richest. */
  readonly wealth: number;
  readonly stories: readonly Story[];
  /** Number of the guardian, for wards. */
  readonly guardian: number | null;
  /** Set for people with a part to play; clerks make no mistakes with them. */
  readonly part: CastMember | null;
}

export type Story =
  | "dead-but-paid"
  | "never-existed"
  | "wrong-id"
  | "paid-twice"
  | "shared-account-household"
  | "shared-account-agent"
  | "twin"
  | "guardian"
  | "ward"
  | "protected"
  | "objector"
  | "canary";

/** Person numbers from here on belong to people who were never born. */
export const GHOSTS = 2 ** 31;

const DEAD_BUT_PAID = 0.008;
const YEAR = 365.25;

/** Ten digits from 1000000000 on: unique by construction, clear of the decoy range of `registry.yaml`. */
export function nationalIdOf(prf: Prf, n: number): string {
  return String(1_000_000_000 + prf.permute(n, "nid", 32));
}

export function personAt(prf: Prf, n: number): Person {
  const part = cast.get(n) ?? null;
  const household = householdOf(prf, n);
  const { head } = household;
  const culture = prf.weighted(head, "culture", cultures, [4, 3, 2, 2]);
  const sex: Sex = part?.sex ?? (prf.chance(n, "sex", 0.505) ? "F" : "M");
  const district = part ? districtNamed(part.district) : prf.weighted(head, "district", districts, districtWeights);
  const wealth = prf.unit(head, "wealth");
  const born = part?.born ?? bornOn(prf, n, household);
  const guardian = part ? (part.guardian ?? null) : guardianOf(prf, n, household, born);
  const base = { n, household, culture, sex, born, district, wealth, guardian, part };
  return {
    ...base,
    given: part?.given ?? givenName(prf, twinLeader(prf, n, household) ?? n, culture, sex),
    family: part?.family ?? familyName(prf, head, culture),
    nid: hasNationalId(prf, n, wealth, part) ? nationalIdOf(prf, n) : null,
    address: part?.address ?? addressOf(prf, head, district),
    phone: part?.phone ?? `+999${String(10_000_000 + prf.permute(n, "phone", 26))}`,
    ...deathOf(prf, base),
    stories: part?.stories ?? storiesOf(prf, n, household, guardian),
  };
}

/** 92 % of all; 71 % of the poorest fifth. */
function hasNationalId(prf: Prf, n: number, wealth: number, part: CastMember | null): boolean {
  if (part) return part.nid !== false;
  return prf.chance(n, "nid.held", wealth < 0.2 ? 0.71 : 0.9725);
}

function districtNamed(code: string): District {
  return districts.find((district) => district.code === code) ?? districts[0];
}

function addressOf(prf: Prf, head: number, district: District): string {
  return `${prf.integer(head, "address.number", 180) + 1} ${prf.pick(head, "address.street", streets)} Lane, ${district.name}`;
}

function bornOn(prf: Prf, n: number, household: Household): Day {
  const leader = twinLeader(prf, n, household);
  if (leader !== null) return bornOn(prf, leader, household);
  return Math.floor(TODAY - ageAtLastBirthday(prf, n, household) * YEAR - prf.integer(n, "born.day", 365));
}

/** First member an adult, second mostly a partner, the rest children and now and then a grandparent. */
function ageAtLastBirthday(prf: Prf, n: number, { head }: Household): number {
  const headAge = 20 + Math.floor(66 * prf.unit(head, "age.head") ** 1.4);
  if (n === head) return headAge;
  if (n === head + 1 && prf.chance(n, "partner", 0.75))
    return Math.max(18, headAge - 8 + prf.integer(n, "age.partner", 14));
  if (headAge < 55 && prf.chance(n, "elder", 0.07)) return headAge + 18 + prf.integer(n, "age.elder", 15);
  return prf.integer(n, "age.child", Math.min(Math.max(headAge - 16, 2), 24));
}

/** The elder of a pair of twins, for the younger one; null for everyone else. */
function twinLeader(prf: Prf, n: number, { head }: Household): number | null {
  return n - head >= 3 && prf.chance(n, "twin", 0.02) && !prf.chance(n - 1, "twin", 0.02) ? n - 1 : null;
}

function guardianOf(prf: Prf, n: number, { head }: Household, born: Day): number | null {
  const child = TODAY - born < 18 * YEAR;
  return n !== head && child && prf.chance(n, "ward", 0.04) ? head : null;
}

/** Whether the person receives the cash transfer for the household: one of its first two members, mostly of the poorer. */
export function receivesCash(prf: Prf, n: number, { head, size }: Household, wealth: number): boolean {
  const recipient = size > 1 && prf.chance(head, "cash.second", 0.6) ? head + 1 : head;
  return n === recipient && prf.chance(head, "cash.enrolled", wealth < 0.4 ? 0.72 : 0.05);
}

interface Mortal {
  readonly n: number;
  readonly household: Household;
  readonly born: Day;
  readonly wealth: number;
  readonly part: CastMember | null;
}

function deathOf(prf: Prf, person: Mortal): Pick<Person, "died" | "deathRegistered"> {
  const { n, household, born, wealth, part } = person;
  if (part) return { died: part.died ?? null, deathRegistered: part.deathRegistered ?? false };
  const age = (TODAY - born) / YEAR;
  const paid = receivesCash(prf, n, household, wealth);
  const dies = paid
    ? prf.chance(n, "dead-but-paid", DEAD_BUT_PAID)
    : prf.chance(n, "death", age > 60 ? 0.12 : age < 2 ? 0.02 : 0.012);
  if (!dies) return { died: null, deathRegistered: false };
  const span = Math.min(TODAY - born, paid ? 400 : 2200);
  return {
    died: TODAY - 20 - prf.integer(n, "death.day", Math.max(span - 20, 1)),
    deathRegistered: prf.chance(n, "death.registered", paid ? 0.6 : 0.45),
  };
}

function storiesOf(prf: Prf, n: number, household: Household, guardian: number | null): Story[] {
  const stories: Story[] = [];
  const isTwin = twinLeader(prf, n, household) !== null;
  const leadsTwin = n + 1 < household.head + household.size && twinLeader(prf, n + 1, household) === n;
  if (isTwin || leadsTwin) stories.push("twin");
  if (guardian !== null) stories.push("ward");
  if (prf.chance(n, "protected", 0.003)) stories.push("protected");
  else if (prf.chance(n, "objector", 0.002)) stories.push("objector");
  return stories;
}
