import type { Country } from "./country/country.js";
import { ROSTER_DISTRICT } from "./country/places.js";
import { hasMariadb } from "./mariadb.js";
import { claimOf, type PersonaName, personNamed } from "./personas.js";

/** The questions that the sandbox asks when it starts. Each is a GraphQL operation that anyone may copy and change. */
export interface Question {
  readonly name: "eligibility" | "roster" | "referral" | "customer";
  readonly title: string;
  readonly persona: PersonaName;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Health is asked where its system runs. */
const health = hasMariadb ? "\n    health { feeExempt source asOf }" : "";

const eligibility = `query Eligibility($who: PersonKey!) {
  person(key: $who) {
    identity { fullName ageAtLeast(years: Y60) residenceDistrict source asOf }
    vitalStatus { finding source asOf }
    cashTransfer { ...E householdSize povertyScoreBelow(threshold: ELIGIBLE_2026) }
    foodSupport { ...E }
    farmInputs { ...E }
    socialInsurance { contributing contributedAtLeast(months: M120) fundsAnswered fundsAsked source asOf }
    employment { jobSeeking measure source asOf }
    schooling { attending stage source asOf }${health}
    disability { meetsStatutoryLevel assessedLevel source asOf }
    payments(from: "2026-10-01", first: 3) { nodes { state source asOf } }
  }
}
fragment E on Enrolment { status since source asOf }`;

const roster = `query BeforePayment($district: String!, $after: String) {
  cashTransferEnrolments(district: $district, first: 50, after: $after) {
    nodes {
      monthlyAmount
      person {
        vitalStatus { finding }
        payments(from: "2026-10-01", first: 1) { nodes { state dueOn } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

const referral = `query Referral($who: [PersonKey!]!) {
  persons(keys: $who) { disability { assessedLevel since source asOf } }
}`;

const customer = `query KnowYourCustomer($who: PersonKey!, $claimed: ClaimedIdentity!, $account: String!) {
  person(key: $who) {
    identityMatch(claimed: $claimed) { fullName dateOfBirth nationalId source asOf }
    accountMatch(account: $account)
    cashTransfer { status }
  }
}`;

export const APPLICANT = "Amara Tessel";
export const CONSENTING = "Khaliya ka-Merit";
export const NOT_ASKED = "Velwyn oth Vaskeby";
export const CUSTOMER = "Toved Halmik";

export type QuestionName = Question["name"];

export function questionsOf(country: Country): Readonly<Record<QuestionName, Question>> {
  const one = (name: string) => personNamed(country, name);
  return {
    eligibility: {
      name: "eligibility",
      title: `A caseworker of Welfare assesses the application of ${APPLICANT}`,
      persona: "caseworker",
      query: eligibility,
      variables: { who: one(APPLICANT) },
    },
    roster: {
      name: "roster",
      title: `The cash-transfer programme checks its roster in ${ROSTER_DISTRICT} before it pays; the payment provider is busy`,
      persona: "programme",
      query: roster,
      variables: { district: ROSTER_DISTRICT, after: null },
    },
    referral: {
      name: "referral",
      title: `A clinic refers ${CONSENTING}, who consented, and ${NOT_ASKED}, who was not asked`,
      persona: "clinic",
      query: referral,
      variables: { who: [one(CONSENTING), one(NOT_ASKED)] },
    },
    customer: {
      name: "customer",
      title: `A bank checks what ${CUSTOMER} told it: matches only, and nothing about benefits`,
      persona: "bank",
      query: customer,
      variables: { who: one(CUSTOMER), ...claimOf(country, CUSTOMER) },
    },
  };
}
