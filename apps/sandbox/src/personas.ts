import type { CertificateFiles } from "#libs/client";
import { isoDate } from "./country/calendar.js";
import { namedPersons } from "./country/cast.js";
import type { Country } from "./country/country.js";
import { cashEnrolments, payee } from "./country/programmes.js";

/** Who may be asked as in the sandbox: an officer at a system of one organisation, with the purpose of their work. */
export interface Persona {
  readonly name: PersonaName;
  readonly label: string;
  /** consumer */
  readonly org: string;
  readonly client: string;
  /** The system's own key, which it shows itself by to its organisation's token service. */
  readonly clientKey: string;
  readonly officer: string;
  readonly role: string;
  readonly issuer: { readonly iss: string; readonly kid: string };
  /** What vouches for the officer. */
  readonly directory: { readonly iss: string; readonly kid: string };
  readonly purpose: string;
  readonly caseId: string;
}

export type PersonaName = "caseworker" | "programme" | "clinic" | "bank";

/** What each persona's system shows where a door asks for a certificate. */
export type Certificates = Readonly<Record<PersonaName, CertificateFiles>>;

type Derived = "name" | "org" | "issuer" | "directory" | "clientKey";

function persona(name: PersonaName, org: string, rest: Omit<Persona, Derived>): Persona {
  return {
    name,
    org: `org:${org}`,
    issuer: { iss: `https://issuer.${org}.orvanda.example`, kid: `${org}-issuer-1` },
    directory: { iss: `https://directory.${org}.orvanda.example`, kid: `${org}-directory-1` },
    clientKey: `${rest.client.slice("client:".length)}-client-1`,
    ...rest,
  };
}

export const personas: Readonly<Record<PersonaName, Persona>> = {
  caseworker: persona("caseworker", "welfare", {
    label: "a caseworker of Welfare",
    client: "client:welfare-casework",
    officer: "officer:8c1",
    role: "caseworker",
    purpose: "eligibility-assessment",
    caseId: "c-2026-0042",
  }),
  programme: persona("programme", "cash", {
    label: "the cash-transfer programme",
    client: "client:cash-payroll",
    officer: "officer:p07",
    role: "payroll",
    purpose: "benefit-payment",
    caseId: "payroll-2026-12",
  }),
  clinic: persona("clinic", "clinic", {
    label: "a clinic",
    client: "client:clinic-referrals",
    officer: "officer:d31",
    role: "clinician",
    purpose: "referral",
    caseId: "ref-2026-0117",
  }),
  bank: persona("bank", "bank", {
    label: "a bank",
    client: "client:bank-onboarding",
    officer: "officer:k19",
    role: "onboarding",
    purpose: "identity-verification",
    caseId: "kyc-2026-3391",
  }),
};

export function findPersona(name: string): Persona | undefined {
  return Object.hasOwn(personas, name) ? personas[name as PersonaName] : undefined;
}

export interface PersonKey {
  readonly scheme: "NATIONAL_ID" | "CASH_TRANSFER_NO";
  readonly value: string;
}

/** How one asks about somebody: by national ID, or by the programme's number for those who have none. */
export function personKey(country: Country, n: number): PersonKey {
  const person = country.person(n);
  if (person.nid !== null) return { scheme: "NATIONAL_ID", value: person.nid };
  return { scheme: "CASH_TRANSFER_NO", value: cashEnrolments(country.prf, person)[0]?.cashNo ?? "C00000000" };
}

/** By a name of the cast (`Amara Tessel`, in any case) or by a number. */
export function findPersonKey(country: Country, text: string): PersonKey | undefined {
  if (/^\d{10}$/.test(text)) return { scheme: "NATIONAL_ID", value: text };
  const wanted = text.toLowerCase();
  const found = [...namedPersons].find(([name]) => name.toLowerCase() === wanted);
  return found && personKey(country, found[1]);
}

export function personNamed(country: Country, name: string): PersonKey {
  const found = findPersonKey(country, name);
  if (!found) throw new Error(`Nobody in the cast is called ${name}.`);
  return found;
}

/** What a bank's customer told it: the truth. */
export function claimOf(country: Country, name: string): { readonly claimed: object; readonly account: string } {
  const person = country.person(namedPersons.get(name) ?? 0);
  const [enrolment] = cashEnrolments(country.prf, person);
  const account = enrolment && payee(country.prf, enrolment)?.account;
  const claimed = {
    fullName: `${person.given} ${person.family}`,
    dateOfBirth: isoDate(person.born),
    nationalId: person.nid,
  };
  return { claimed, account: account ?? "" };
}
