import { isoDate } from "../../../apps/sandbox/src/country/calendar.js";
import { canaryNumbers, canaryText } from "../../../apps/sandbox/src/country/canary.js";
import type { Country } from "../../../apps/sandbox/src/country/country.js";
import { cashEnrolments, payee } from "../../../apps/sandbox/src/country/programmes.js";
import type { CanonicalPerson } from "#libs/terms";

/** One of the fifty whose every field is a marker, with what callers would know of them. */
export interface Canary {
  readonly nid: string;
  readonly person: CanonicalPerson;
  readonly key: { readonly scheme: "NATIONAL_ID"; readonly value: string };
  readonly cashNo: string;
  readonly account: string;
  readonly name: string;
  readonly given: string;
  readonly born: string;
}

/** The district in which all of them live. */
export const CANARY_DISTRICT = "QV-1-01";

export function fiftyCanaries(country: Country): Canary[] {
  return canaryNumbers.map((n) => {
    const person = country.person(n);
    const [enrolment] = cashEnrolments(country.prf, person);
    const account = enrolment && payee(country.prf, enrolment)?.account;
    if (person.nid === null || !enrolment || account === undefined) throw new Error(`canary ${n} is not everywhere`);
    return {
      nid: person.nid,
      person: `nid:${person.nid}` as CanonicalPerson,
      key: { scheme: "NATIONAL_ID", value: person.nid },
      cashNo: enrolment.cashNo,
      account,
      name: `${canaryText(n, "GIVEN")} ${canaryText(n, "FAMILY")}`,
      given: canaryText(n, "GIVEN"),
      born: isoDate(person.born),
    };
  });
}
