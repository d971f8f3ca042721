import { day, type Day } from "./calendar.js";
import { canaryCast } from "./canary.js";
import type { FeeExemption } from "./health.js";
import type { Fund } from "./insurance.js";
import type { Sex } from "./names.js";
import type { Story } from "./person.js";
import { ROSTER_DISTRICT } from "./places.js";
import type { DisabilityLevel, Standing } from "./programmes.js";
import type { SchoolStage } from "./schooling.js";

/** A person with a part to play. What is not said here is drawn like anyone else's; `null` says: not enrolled. */
export interface CastMember {
  readonly given: string;
  readonly family: string;
  readonly sex: Sex;
  readonly born: Day;
  readonly district: string;
  readonly nid?: false;
  readonly died?: Day;
  readonly deathRegistered?: boolean;
  readonly address?: string;
  readonly phone?: string;
  readonly stories: readonly Story[];
  readonly guardian?: number;
  readonly cash: {
    readonly status: Standing;
    readonly amount?: string;
    readonly since?: Day;
    readonly score?: number;
  } | null;
  readonly disability: { readonly level: DisabilityLevel; readonly status: Standing; readonly since?: Day } | null;
  readonly food: { readonly status: Standing; readonly since?: Day } | null;
  readonly farm: { readonly status: Standing; readonly since?: Day } | null;
  /** In which funds of the social insurance; in none unless said. */
  readonly insured?: readonly Fund[];
  /** Looks for work, and takes part in public works. */
  readonly jobseeker?: true;
  readonly patient: { readonly exemption?: FeeExemption; readonly inLongCare?: boolean; readonly since?: Day } | null;
  readonly school: { readonly stage: SchoolStage; readonly since?: Day } | null;
  readonly account: boolean;
  /** State of the newest payment. */
  readonly lastPayment?: "CONFIRMED" | "RETURNED" | "INSTRUCTED";
}

const alone = {
  cash: null,
  disability: null,
  food: null,
  farm: null,
  patient: null,
  school: null,
  account: false,
  stories: [],
} as const;
const onRoster = {
  ...alone,
  district: ROSTER_DISTRICT,
  cash: { status: "ACTIVE" },
  account: true,
  lastPayment: "CONFIRMED",
} as const;

/** Named parts of the four questions and one person for each story. Numbers below 120 are theirs and the canaries'. */
const named: readonly (readonly [n: number, member: CastMember])[] = [
  // The applicant of the first question.
  [
    1,
    {
      ...onRoster,
      given: "Amara",
      family: "Tessel",
      sex: "F",
      born: day("1959-03-14"),
      cash: { status: "ACTIVE", amount: "412.50", since: day("2021-05-01"), score: 31.4 },
      disability: { level: "SEVERE", status: "ACTIVE", since: day("2019-09-12") },
      food: { status: "SUSPENDED", since: day("2023-02-01") },
      farm: { status: "ACTIVE", since: day("2020-04-06") },
      jobseeker: true,
      patient: { exemption: "LONG_ILLNESS", inLongCare: true, since: day("2022-10-17") },
      school: { stage: "ADULT", since: day("2025-09-08") },
    },
  ],
  // The roster of the second question: these stand on its first page.
  [3, { ...onRoster, given: "Ilveth", family: "Vorrane", sex: "F", born: day("1981-07-02") }],
  [
    4,
    {
      ...onRoster,
      given: "Orshed",
      family: "Lennott",
      sex: "M",
      born: day("1944-11-23"),
      died: day("2026-08-30"),
      deathRegistered: true,
      stories: ["dead-but-paid"],
    },
  ],
  [5, { ...onRoster, given: "Sāmalu", family: "Ngorama", sex: "F", born: day("1972-01-19"), nid: false }],
  [6, { ...onRoster, given: "Kelmuk", family: "Raskow", sex: "M", born: day("1968-05-27"), lastPayment: "RETURNED" }],
  [
    7,
    {
      ...onRoster,
      given: "Brinane",
      family: "Ostund",
      sex: "F",
      born: day("1939-02-08"),
      died: day("2026-09-17"),
      deathRegistered: false,
      stories: ["dead-but-paid"],
    },
  ],
  [
    8,
    {
      ...onRoster,
      given: "Rakhem",
      family: "ka-Bakhour",
      sex: "M",
      born: day("1977-10-30"),
      stories: ["never-existed"],
    },
  ],
  [9, { ...onRoster, given: "Mirela", family: "Pellish", sex: "F", born: day("1985-12-11"), stories: ["paid-twice"] }],
  [10, { ...onRoster, given: "Uluk", family: "Dorrane", sex: "M", born: day("1990-04-04"), lastPayment: "INSTRUCTED" }],
  // The two of the referral.
  [
    12,
    {
      ...alone,
      given: "Khaliya",
      family: "ka-Merit",
      sex: "F",
      born: day("1993-06-21"),
      district: "QV-7-02",
      patient: { exemption: "LONG_ILLNESS", inLongCare: true, since: day("2023-08-14") },
      disability: { level: "MODERATE", status: "ACTIVE", since: day("2022-03-15") },
    },
  ],
  [
    13,
    {
      ...alone,
      given: "Velwyn",
      family: "oth Vaskeby",
      sex: "F",
      born: day("1988-09-09"),
      district: "QV-4-03",
      disability: { level: "SEVERE", status: "ACTIVE", since: day("2020-11-02") },
    },
  ],
  // The bank's new customer, who also receives a benefit that is none of the bank's business.
  [14, { ...onRoster, given: "Toved", family: "Halmik", sex: "M", born: day("1979-08-16"), district: "QV-1-02" }],
  // One person for each other story.
  [15, { ...onRoster, given: "Selvira", family: "Fennel", sex: "F", born: day("1986-03-03"), stories: ["protected"] }],
  [16, { ...onRoster, given: "Davonn", family: "Mardik", sex: "M", born: day("1970-07-07"), stories: ["objector"] }],
  [
    17,
    { ...onRoster, given: "Tashira", family: "ka-Rishan", sex: "F", born: day("1964-02-29"), stories: ["guardian"] },
  ],
  [
    18,
    {
      ...alone,
      given: "Yokhir",
      family: "ka-Rishan",
      sex: "M",
      born: day("2015-10-10"),
      district: ROSTER_DISTRICT,
      stories: ["ward"],
      guardian: 17,
      disability: { level: "PROFOUND", status: "ACTIVE", since: day("2018-01-08") },
      school: { stage: "PRIMARY" },
    },
  ],
  [19, { ...onRoster, given: "Lysja", family: "oth Stavholm", sex: "F", born: day("1995-05-25"), stories: ["twin"] }],
  [20, { ...onRoster, given: "Lysdis", family: "oth Stavholm", sex: "F", born: day("1995-05-25"), stories: ["twin"] }],
  [
    21,
    {
      ...onRoster,
      given: "Arnok",
      family: "oth Grimegard",
      sex: "M",
      born: day("1961-01-31"),
      stories: ["shared-account-agent"],
    },
  ],
  [
    22,
    {
      ...onRoster,
      given: "Frowyn",
      family: "oth Nordesund",
      sex: "F",
      born: day("1958-12-01"),
      stories: ["shared-account-agent"],
    },
  ],
  [
    23,
    {
      ...onRoster,
      given: "Nesked",
      family: "Quillel",
      sex: "M",
      born: day("1974-04-18"),
      stories: ["shared-account-household"],
    },
  ],
  [24, { ...onRoster, given: "Hariss", family: "Brandow", sex: "M", born: day("1983-11-05"), stories: ["wrong-id"] }],
];

export const cast: ReadonlyMap<number, CastMember> = new Map([...named, ...canaryCast()]);

/** `Amara Tessel` -> 1. */
export const namedPersons: ReadonlyMap<string, number> = new Map(
  named.map(([n, { given, family }]) => [`${given} ${family}`, n]),
);

/** Whose number the `wrong-id` enrolment of the cast carries. */
export const WRONG_ID_OF = 120;
