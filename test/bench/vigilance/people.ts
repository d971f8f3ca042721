import type { OrgId, PartyId, PurposeCode } from "#libs/terms";
import type { Dice } from "./dice.ts";

/** Who lives here and who works where, with nothing of them but numbers. */
export interface People {
  readonly households: readonly (readonly number[])[];
  /** Number of a person as it was issued → the household's place. */
  readonly householdOf: ReadonlyMap<number, number>;
  /** Numbers issued, by district. */
  readonly districts: readonly (readonly number[])[];
}

/** Members of a household often got their numbers together: eight in a row are one household's, and a third of them was issued. */
const BLOCK = 8;
const FIRST = 4_000_000_000;

export function makePeople(dice: Dice, households: number, districts: number): People {
  const order = Array.from({ length: households }, (_, at) => at);
  for (let at = order.length - 1; at > 0; at--) {
    const other = dice.whole(0, at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  const made = order.map((place) => {
    const size = 1 + dice.whole(0, 3) + dice.whole(0, 4);
    return Array.from({ length: size }, (_, member) => FIRST + place * BLOCK + member);
  });
  const byDistrict: number[][] = Array.from({ length: districts }, () => []);
  made.forEach((members, at) => byDistrict[at % districts]!.push(...members));
  const householdOf = new Map(made.flatMap((members, at) => members.map((number) => [number, at] as const)));
  return { households: made, householdOf, districts: byDistrict };
}

export interface Officer {
  readonly id: PartyId;
  readonly consumer: OrgId;
  readonly office: Office;
  /** Their own number as a person. */
  readonly self: number;
  /** Accesses on a usual day. */
  readonly rate: number;
  /** How often they err, beside others. */
  readonly clumsiness: number;
  /** Works on this share of the days. */
  readonly presence: number;
}

export interface Office {
  readonly name: string;
  readonly district: number;
  readonly work: Work;
}

/** What an organisation's officers do. */
export interface Work {
  readonly consumer: OrgId;
  readonly providers: readonly OrgId[];
  readonly purposes: readonly (readonly [PurposeCode, number])[];
  readonly offices: readonly number[];
  /** Accesses of an officer on a usual day. */
  readonly rate: number;
  /** Share of new cases; the rest is about people whom the officer knows. */
  readonly fresh: number;
  /** Cases that never come, of the new ones. */
  readonly never: number;
}

const org = (name: string) => `org:${name}` as OrgId;
const purposes = (...list: readonly (readonly [string, number])[]) => list as unknown as Work["purposes"];

export const works: readonly Work[] = [
  {
    consumer: org("welfare"),
    providers: [org("civil"), org("cash"), org("disability")],
    purposes: purposes(["eligibility-assessment", 0.75], ["enrolment", 0.25]),
    offices: [14, 12, 11, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 2, 2],
    rate: 8,
    fresh: 0.5,
    never: 0.03,
  },
  {
    consumer: org("clinic"),
    providers: [org("disability"), org("civil")],
    purposes: purposes(["referral", 1]),
    offices: [9, 7, 6, 5, 3],
    rate: 7,
    fresh: 0.7,
    never: 0.01,
  },
  {
    consumer: org("bank"),
    providers: [org("civil"), org("pay")],
    purposes: purposes(["identity-verification", 1]),
    offices: [12, 9, 4],
    rate: 9,
    fresh: 0.95,
    never: 0.02,
  },
  {
    consumer: org("insurance"),
    providers: [org("civil"), org("health")],
    purposes: purposes(["social-insurance", 0.8], ["identity-verification", 0.2]),
    offices: [16, 13, 9, 5],
    rate: 9,
    fresh: 0.4,
    never: 0.01,
  },
  {
    consumer: org("cash"),
    providers: [org("civil"), org("pay")],
    purposes: purposes(["benefit-payment", 1]),
    offices: [6],
    rate: 6,
    fresh: 0.1,
    never: 0.005,
  },
];

export function makeOfficers(dice: Dice, people: People): Officer[] {
  return works.flatMap((work) =>
    work.offices.flatMap((size, at) => {
      const office = { name: `${work.consumer}-${at}`, district: dice.whole(0, people.districts.length), work };
      return Array.from({ length: size }, (_, desk): Officer => {
        const isNew = dice.chance(0.12);
        return {
          id: `officer:${work.consumer.slice(4)}-${at}-${desk}` as PartyId,
          consumer: work.consumer,
          office,
          self: dice.pick(people.districts[office.district]!),
          rate: work.rate * dice.skewed() * (isNew ? 0.6 : 1),
          clumsiness: isNew ? 3 : 0.5 + dice.unit(),
          presence: dice.chance(0.2) ? 0.5 : 0.92,
        };
      });
    }),
  );
}
