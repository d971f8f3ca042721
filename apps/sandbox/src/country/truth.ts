import { isoDate } from "./calendar.js";
import type { Country } from "./country.js";
import { jobseeker } from "./jobs.js";
import { patient } from "./health.js";
import { insured } from "./insurance.js";
import type { Person, Story } from "./person.js";
import {
  cashEnrolments,
  disabilityCase,
  farmEnrolment,
  foodEnrolment,
  payee,
  sharesInHousehold,
  sharesWithAgent,
} from "./programmes.js";
import { schooling } from "./schooling.js";

/** What is true of one person, for tests that measure how well something was found. Kept next to the MISs, never inside one. */
export interface TruthRecord {
  readonly number: number;
  readonly nationalId: string | null;
  readonly name: string;
  readonly sex: "F" | "M";
  readonly born: string;
  readonly died: string | null;
  readonly deathRegistered: boolean;
  readonly district: string;
  readonly household: number;
  readonly poorestFifth: boolean;
  readonly guardian: number | null;
  readonly cash: readonly { readonly number: string; readonly story: Story | null }[];
  readonly payees: readonly string[];
  readonly disability: string | null;
  readonly food: string | null;
  readonly farm: string | null;
  readonly school: string | null;
  readonly patient: string | null;
  readonly jobseeker: string | null;
  readonly insurance: { readonly number: string; readonly funds: readonly string[] } | null;
  readonly stories: readonly Story[];
}

export function truthOf({ prf }: Country, person: Person): TruthRecord {
  const { n, nid, given, family, sex, born, died, deathRegistered, district, household, wealth, guardian } = person;
  const cash = cashEnrolments(prf, person);
  return {
    number: n,
    nationalId: nid,
    name: `${given} ${family}`,
    sex,
    born: isoDate(born),
    died: died === null ? null : isoDate(died),
    deathRegistered,
    district: district.code,
    household: household.head,
    poorestFifth: wealth < 0.2,
    guardian,
    cash: cash.map(({ cashNo, story }) => ({ number: cashNo, story })),
    payees: cash.flatMap((enrolment) => payee(prf, enrolment)?.payeeNo ?? []),
    disability: disabilityCase(prf, person)?.number ?? null,
    food: foodEnrolment(prf, person)?.number ?? null,
    farm: farmEnrolment(prf, person)?.number ?? null,
    school: schooling(prf, person)?.number ?? null,
    patient: patient(prf, person)?.number ?? null,
    jobseeker: jobseeker(prf, person)?.number ?? null,
    insurance: insuranceOf(prf, person),
    stories: [
      ...new Set([
        ...person.stories,
        ...accountStories(prf, person, cash.length > 0),
        ...cash.flatMap(({ story }) => story ?? []),
      ]),
    ],
  };
}

function insuranceOf(prf: Country["prf"], person: Person): TruthRecord["insurance"] {
  const found = insured(prf, person);
  return found && { number: found.number, funds: found.accounts.map(({ fund }) => fund) };
}

function accountStories(prf: Country["prf"], person: Person, paid: boolean): Story[] {
  if (!paid) return [];
  if (sharesWithAgent(prf, person)) return ["shared-account-agent"];
  return sharesInHousehold(prf, person) ? ["shared-account-household"] : [];
}
