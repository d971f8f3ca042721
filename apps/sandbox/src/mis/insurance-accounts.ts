import { isoDate } from "../country/calendar.js";
import { canaryAmount, canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import { type Fund, insured } from "../country/insurance.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";

/** A line of the council's index: who has which number of the insurance. */
export interface InsuredRecord {
  readonly insuranceNo: string;
  readonly nationalId: string | null;
  readonly name: string;
  readonly born: string | null;
  readonly address: string | null;
}

/** An account at one fund. */
export interface AccountRecord {
  readonly fund: Fund;
  readonly insuranceNo: string;
  /** Pays, or stopped. */
  readonly state: "P" | "S";
  readonly months: number;
  readonly lastChange: string;
  readonly wage: string;
  readonly employer: string;
}

const clerks = { mis: "insurance", transliterate: 0.1, missing: { born: 0.02, nid: 0.05, address: 0.15 } };

export function insuranceRecords(
  prf: Prf,
  person: Person,
): { readonly insured: InsuredRecord[]; readonly accounts: AccountRecord[] } {
  const found = insured(prf, person);
  if (!found) return { insured: [], accounts: [] };
  const { n } = person;
  const held = heldBy(prf, clerks, person, person.nid);
  const index: InsuredRecord = {
    insuranceNo: found.number,
    nationalId: held.nid,
    name: `${held.given} ${held.family}`,
    born: held.born,
    address: held.address,
  };
  const accounts = found.accounts.map(({ fund, paying, months, wage, updated }): AccountRecord => ({
    fund,
    insuranceNo: found.number,
    state: paying ? "P" : "S",
    months,
    lastChange: isoDate(updated),
    wage: isCanary(n) ? canaryAmount(n) : `${wage}.00`,
    employer: isCanary(n) ? canaryText(n, "REMARK") : `Employer ${prf.integer(n, `insurance.${fund}.employer`, 400)}`,
  }));
  return { insured: [index], accounts };
}
