import { dateParts, isoDate } from "./calendar.js";
import { transliterate } from "./names.js";
import type { Person } from "./person.js";
import { districts, type District, streets } from "./places.js";
import type { Prf } from "./prf.js";

/** What one MIS believes about a person: spelt by its own clerks, with their mistakes, and not always up to date. */
export interface Held {
  readonly given: string;
  readonly family: string;
  /** Null: missing. */
  readonly born: string | null;
  readonly nid: string | null;
  readonly district: District;
  readonly address: string | null;
  readonly mistakes: readonly Mistake[];
}

export type Mistake =
  "typo" | "swapped-names" | "day-month" | "missing-born" | "missing-nid" | "missing-address" | "stale-address";

export interface Clerks {
  /** Names the MIS in every draw. */
  readonly mis: string;
  /** Share of names written by another system's spelling. */
  readonly transliterate: number;
  /** Shares of fields left empty, 0.02 to 0.15. */
  readonly missing: { readonly born: number; readonly nid: number; readonly address: number };
}

const TYPO = 0.03;
const SWAPPED_NAMES = 0.015;
const DAY_MONTH = 0.008;
const STALE_ADDRESS = 0.2;

/** `nid` is what stands on the form, which may not be the person's. Nobody errs with the cast. */
export function heldBy(prf: Prf, clerks: Clerks, person: Person, nid: string | null): Held {
  const born = isoDate(person.born);
  const { given, family, district, address } = person;
  if (person.part) return { given, family, born, nid, district, address, mistakes: [] };
  const { n } = person;
  const errs = (kind: string, probability: number) => prf.chance(n, `${clerks.mis}.${kind}`, probability);
  const mistakes: Mistake[] = [];
  const note = (mistake: Mistake, happens: boolean): boolean => {
    if (happens) mistakes.push(mistake);
    return happens;
  };
  let names: [string, string] = [given, family];
  if (errs("transliterates", clerks.transliterate)) names = transliterated(prf, clerks.mis, person);
  if (note("typo", errs("typo", TYPO))) names[1] = typo(prf, n, clerks.mis, names[1]);
  if (note("swapped-names", errs("swapped", SWAPPED_NAMES))) names = [names[1], names[0]];
  const stale = note("stale-address", errs("stale", STALE_ADDRESS))
    ? formerHome(prf, clerks.mis, person)
    : { district, address };
  const date = note("day-month", errs("day-month", DAY_MONTH) && Number(born.slice(8)) <= 12)
    ? dayMonthSwapped(born)
    : born;
  return {
    given: names[0],
    family: names[1],
    born: note("missing-born", errs("missing-born", clerks.missing.born)) ? null : date,
    nid: note("missing-nid", nid !== null && errs("missing-nid", clerks.missing.nid)) ? null : nid,
    district: stale.district,
    address: note("missing-address", errs("missing-address", clerks.missing.address)) ? null : stale.address,
    mistakes,
  };
}

function transliterated(prf: Prf, mis: string, { n, given, family, culture }: Person): [string, string] {
  const choice = prf.unit(n, `${mis}.transliteration`);
  return [transliterate(given, culture, choice), transliterate(family, culture, choice)];
}

/** Two letters exchanged, one doubled or one left out; never the first. */
function typo(prf: Prf, n: number, mis: string, name: string): string {
  const at = 1 + prf.integer(n, `${mis}.typo.at`, Math.max(name.length - 2, 1));
  const kind = prf.integer(n, `${mis}.typo.kind`, 3);
  if (kind === 0 && name[at] !== name[at + 1])
    return name.slice(0, at) + (name[at + 1] ?? "") + (name[at] ?? "") + name.slice(at + 2);
  if (kind === 1) return name.slice(0, at) + name.slice(at + 1);
  return name.slice(0, at) + (name[at] ?? "") + name.slice(at);
}

function formerHome(prf: Prf, mis: string, { n }: Person): { district: District; address: string } {
  const district = prf.pick(n, `${mis}.former.district`, districts);
  const number = prf.integer(n, `${mis}.former.number`, 180) + 1;
  return { district, address: `${number} ${prf.pick(n, `${mis}.former.street`, streets)} Lane, ${district.name}` };
}

function dayMonthSwapped(iso: string): string {
  const { year, month, day } = dateParts(iso);
  return `${year}-${day}-${month}`;
}

/** `1234567890` as `###-###-####`: each office writes a number down in its own form. */
export function speltAs(number: string, form: string): string {
  let at = 0;
  return form.replaceAll("#", () => number[at++] ?? "");
}
