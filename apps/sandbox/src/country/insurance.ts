import { ageOn, type Day, TODAY } from "./calendar.js";
import type { Person } from "./person.js";
import type { Prf } from "./prf.js";
import { programmeNumber } from "./programmes.js";

/** The three funds of Orvanda's social insurance: civil servants, employees of firms, and who works land or for themselves. */
export const funds = ["public", "trade", "land"] as const;
export type Fund = (typeof funds)[number];

export interface Account {
  readonly fund: Fund;
  readonly paying: boolean;
  /** Months for which contributions came in. */
  readonly months: number;
  readonly wage: number;
  readonly updated: Day;
}

/** Everybody of sixteen with a national ID is given a number; most people who work have no account in any fund. */
export interface Insured {
  readonly number: string;
  readonly accounts: readonly Account[];
}

export function insured(prf: Prf, person: Person): Insured | null {
  const { n, nid, born, part } = person;
  if (nid === null || ageOn(born, TODAY) < 16) return null;
  const number = programmeNumber(prf, n, "insurance-no", "S", 7, 22);
  const held = part ? (part.insured ?? []) : funds.filter((fund) => holdsAccount(prf, person, fund));
  return { number, accounts: held.map((fund) => accountAt(prf, person, fund)) };
}

function holdsAccount(prf: Prf, { n, wealth, district }: Person, fund: Fund): boolean {
  const share = { public: 0.02 + 0.1 * wealth, trade: 0.04 + 0.3 * wealth, land: district.rural ? 0.08 : 0.02 }[fund];
  return prf.chance(n, `insurance.${fund}`, share);
}

function accountAt(prf: Prf, { n, born, died, part }: Person, fund: Fund): Account {
  const working = Math.max(1, Math.min(ageOn(born, TODAY) - 15, 45) * 12);
  const isOld = ageOn(born, TODAY) >= 62;
  return {
    fund,
    paying: died === null && (part !== null || (!isOld && prf.chance(n, `insurance.${fund}.paying`, 0.6))),
    months: part ? 130 : 1 + prf.integer(n, `insurance.${fund}.months`, working),
    wage: 300 + 25 * prf.integer(n, `insurance.${fund}.wage`, 60),
    updated: TODAY - prf.integer(n, `insurance.${fund}.updated`, 40),
  };
}
