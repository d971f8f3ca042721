import type { Asker } from "#libs/client";
import {
  type CanonicalPerson,
  type Coordinate,
  digestOf,
  type OrgId,
  type PurposeCode,
  splitCanonicalPerson,
} from "#libs/terms";
import { askerFor } from "./askers.js";
import { type Certificates, type Persona, personas } from "./personas.js";

/** What the people of Orvanda tell the consent register, each at an office and by its officer: over HTTP, as a ministry would. */
export interface ConsentRegister {
  /** Returns the record's name, by which it can be withdrawn. */
  giveConsent(consent: Consent): Promise<string>;
  /** Adapters know within a second or two. False where no such record was given here. */
  withdrawConsent(record: string): Promise<boolean>;
  /** All that the person ever gave this recipient, also what a run that broke off left behind. */
  withdrawAll(consent: Pick<Consent, "person" | "recipient">): Promise<void>;
  /** Nobody is told anything about these persons: they are protected, or they object. */
  restrict(...restrictions: readonly Restriction[]): Promise<readonly string[]>;
}

export interface Consent {
  readonly person: CanonicalPerson;
  readonly recipient: OrgId;
  readonly purposes: readonly PurposeCode[];
  /** Of any ministries: each gets a receipt of its own fields. */
  readonly coordinates: readonly Coordinate[];
  /** How often it may be used: in its whole life, or in each so many days. */
  readonly frequency?: { readonly uses: number; readonly days?: number };
  /** Two years unless told. */
  readonly until?: Date;
}

export interface Restriction {
  readonly person: CanonicalPerson;
  /** At all ministries unless told. */
  readonly provider?: OrgId;
  readonly kind: "objection" | "protection";
}

/** Registers restrictions, and may protect. */
export const PROTECTING = "org:welfare";
const TWO_YEARS = 2 * 365 * 86_400_000;
const AT_ONCE = 500;
/** In the sandbox nobody signs a paper. */
const evidence = digestOf("a paper that does not exist");

type Addresses = Readonly<Record<"gateway" | "consent" | "issuer", string>>;
/** What speaks for a persona, for one purpose. */
type Speaks = (persona: Persona, purpose: string) => Pick<Asker, "fetch">;

export function officersWith(urls: Addresses, certificates?: Certificates): Speaks {
  return (persona, purpose) =>
    askerFor({ persona, urls, access: { purpose }, certificate: certificates?.[persona.name] });
}

export function openConsentRegister(register: string, speaks: Speaks): ConsentRegister {
  const post = posterTo(register, speaks);
  const givenTo = new Map<string, OrgId>();

  async function give(org: OrgId, consents: readonly object[], purpose?: PurposeCode): Promise<string[]> {
    const answer = await post<GivenRecords>(org, "/consents", { consents }, purpose);
    if (typeof answer === "number") throw new Error(`The consent register answered ${answer}.`);
    const records = answer.records.map(({ record_id }) => record_id);
    for (const record of records) givenTo.set(record, org);
    return records;
  }

  async function withdraw(org: OrgId, record: string): Promise<boolean> {
    return typeof (await post(org, `/consents/${record}/withdrawal`, { evidence })) !== "number";
  }

  return {
    async giveConsent({ person, recipient, purposes, coordinates, frequency, until }) {
      const terms = { purposes, coordinates, frequency, until: instant(until) };
      const [record] = await give(
        recipient,
        [{ kind: "consent", person: keyOf(person), ...terms, evidence }],
        purposes[0],
      );
      return record!;
    },
    async withdrawConsent(record) {
      const org = givenTo.get(record);
      return org !== undefined && withdraw(org, record);
    },
    async withdrawAll({ person, recipient }) {
      const found = await post<FoundRecords>(recipient, "/consents/search", { person: keyOf(person) });
      if (typeof found === "number") return;
      for (const { record } of found.records) await withdraw(recipient, record.record_id);
    },
    async restrict(...restrictions) {
      const records: string[] = [];
      for (let at = 0; at < restrictions.length; at += AT_ONCE) {
        const some = restrictions.slice(at, at + AT_ONCE).map(({ person, provider, kind }) => ({
          kind,
          person: keyOf(person),
          until: instant(),
          evidence,
          ...(provider && { controllers: [provider] }),
        }));
        records.push(...(await give(PROTECTING as OrgId, some)));
      }
      return records;
    },
  };
}

interface GivenRecords {
  readonly records: readonly { readonly record_id: string }[];
}

interface FoundRecords {
  readonly records: readonly { readonly record: { readonly record_id: string } }[];
}

/** As the organisation's officer, with a token for the register. Gives the status where there is no such record, or it has ended. */
function posterTo(register: string, speaks: Speaks) {
  return async <A>(org: OrgId, path: string, body: object, purpose?: PurposeCode): Promise<A | number> => {
    const persona = personaOf(org);
    const { fetch } = speaks(persona, purpose ?? persona.purpose);
    const response = await fetch(`${register}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as A;
    if (response.status === 404 || response.status === 409) return response.status;
    throw new Error(`The consent register answered ${response.status}: ${text}`);
  };
}

function personaOf(org: OrgId): Persona {
  const found = Object.values(personas).find((persona) => persona.org === org);
  if (!found) throw new Error(`Nobody of ${org} can be asked as.`);
  return found;
}

const spelt: Readonly<Record<string, string>> = {
  nid: "NATIONAL_ID",
  "cash-no": "CASH_TRANSFER_NO",
  "disability-no": "DISABILITY_NO",
  "food-no": "FOOD_CARD_NO",
  "farm-no": "FARM_INPUT_NO",
  "pay-no": "PAYEE_NO",
  "pupil-no": "PUPIL_NO",
  "jobseeker-no": "JOBSEEKER_NO",
  "patient-no": "PATIENT_NO",
  "insurance-no": "SOCIAL_INSURANCE_NO",
};

function keyOf(person: CanonicalPerson): { readonly scheme: string; readonly value: string } {
  const { scheme, value } = splitCanonicalPerson(person);
  return { scheme: spelt[scheme] ?? scheme, value };
}

function instant(until = new Date(Date.now() + TWO_YEARS)): string {
  return `${until.toISOString().slice(0, 19)}Z`;
}
