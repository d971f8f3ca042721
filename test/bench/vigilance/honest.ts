import { DAY } from "#libs/vigilance";
import type { PurposeCode } from "#libs/terms";
import type { Dice } from "./dice.ts";
import type { Office, Officer, People } from "./people.ts";

/** One access as it happens, before anybody has been asked about it. */
export interface Event {
  readonly at: number;
  readonly officer: Officer;
  readonly purpose: PurposeCode;
  /** What the officer says. */
  readonly case: string;
  readonly persons: readonly number[];
  readonly isList: boolean;
  /** Which snooping story it belongs to. */
  readonly story?: string;
}

/** What an office's case register says of a case, and since when it says so. */
export interface Case {
  readonly number: string;
  readonly persons: ReadonlySet<number>;
  readonly opened: number;
  readonly closed: number;
  readonly registered: number;
}

export interface World {
  readonly people: People;
  readonly officers: readonly Officer[];
  readonly cases: Map<string, Case>;
  /** Open cases by who works on them. */
  readonly loads: Map<Officer, Case[]>;
  readonly start: number;
  readonly days: number;
}

const HOUR = DAY / 24;

/** Two months of work as it is: uneven offices, leave and who stands in, cases that are entered late or never, and slips of the pen. */
export function honestEvents(world: World, dice: Dice): Event[] {
  const events: Event[] = [];
  const { officers, loads, start, days } = world;
  for (let day = 0; day < days; day++) {
    const weekday = new Date(start + day * DAY).getUTCDay();
    const isWeekend = weekday === 0 || weekday === 6;
    for (const officer of officers) {
      if (dice.chance(isWeekend ? 0.985 : 1 - officer.presence)) continue;
      // Leave, or another office: somebody takes the cases over.
      if (dice.chance(0.01)) handOver(officer, officers, loads, dice);
      events.push(...dayOfWork(officer, start + day * DAY, world, dice));
    }
  }
  return events;
}

function handOver(officer: Officer, officers: readonly Officer[], loads: World["loads"], dice: Dice): void {
  const others = officers.filter(({ office }) => office.work === officer.office.work);
  const next = dice.pick(others);
  loads.set(next, [...(loads.get(next) ?? []), ...(loads.get(officer) ?? [])]);
  loads.set(officer, []);
}

function dayOfWork(officer: Officer, midnight: number, world: World, dice: Dice): Event[] {
  const { work } = officer.office;
  if (work.consumer === "org:cash") return payrollDay(officer, midnight, world, dice);
  const count = Math.round(officer.rate * dice.skewed());
  const events: Event[] = [];
  for (let n = 0; n < count; n++) events.push(...oneCase(officer, momentOf(midnight, dice), world, dice));
  if (dice.chance(0.04)) events.push(listOf(officer, momentOf(midnight, dice), world, dice));
  return events;
}

/** Office hours with a lunch; now and then an evening. */
export function momentOf(midnight: number, dice: Dice): number {
  if (dice.chance(0.02)) return midnight + (18 + 4 * dice.unit()) * HOUR;
  const morning = dice.chance(0.55);
  return midnight + (morning ? 7.5 + 4.5 * dice.unit() : 13 + 4 * dice.unit()) * HOUR;
}

function oneCase(officer: Officer, at: number, world: World, dice: Dice): Event[] {
  const { work } = officer.office;
  const load = world.loads.get(officer) ?? [];
  const known = load.length > 3 && !dice.chance(work.fresh) ? dice.pick(load) : undefined;
  const about = known ?? newCase(officer, at, world, dice);
  const purpose = purposeOf(officer.office, dice);
  const [first = 0, ...others] = about.persons;
  const wrong = dice.chance(0.01 * officer.clumsiness);
  const event = (person: number, later: number): Event => ({
    at: at + later,
    officer,
    purpose,
    case: wrong ? `${about.number}9` : about.number,
    persons: [person],
    isList: false,
  });
  const slip = dice.chance(0.015 * officer.clumsiness) ? [event(slipOf(first, dice), 0)] : [];
  const family = others.filter(() => dice.chance(0.4)).map((person, n) => event(person, (2 + n) * 120_000));
  return [...slip, event(first, 60_000), ...family];
}

/** One figure mistyped, or two exchanged. */
function slipOf(person: number, dice: Dice): number {
  const digits = String(person).split("");
  const at = dice.whole(3, digits.length - 1);
  if (dice.chance(0.4)) [digits[at], digits[at + 1]] = [digits[at + 1]!, digits[at]!];
  else digits[at + 1] = String(dice.whole(0, 10));
  return Number(digits.join(""));
}

export function purposeOf({ work }: Office, dice: Dice): PurposeCode {
  let left = dice.unit();
  return (work.purposes.find(([, share]) => (left -= share) < 0) ?? work.purposes[0]!)[0];
}

function newCase(officer: Officer, at: number, world: World, dice: Dice): Case {
  const { people, cases, loads } = world;
  const { district, work } = officer.office;
  const numbers = people.districts[dice.chance(0.9) ? district : dice.whole(0, people.districts.length)]!;
  const head = dice.pick(numbers);
  const household = people.households[people.householdOf.get(head)!]!;
  const persons = new Set(dice.chance(0.5) ? [head] : [head, ...household]);
  const number = `${work.consumer.slice(4)}-${cases.size}`;
  const late = dice.unit();
  const opened =
    late < 0.86 ? at - dice.unit() * 30 * DAY : late < 0.95 ? at + dice.unit() * 6 * HOUR : at + dice.unit() * 3 * DAY;
  const delayed = late > 0.985 ? opened + (1 + dice.unit() * 9) * DAY : opened;
  const made = { number, persons, opened: delayed, closed: at + (10 + dice.unit() * 200) * DAY, registered: delayed };
  // Whoever only wanted to know, and did not apply.
  if (!dice.chance(work.never)) {
    cases.set(number, made);
    loads.set(officer, [...(loads.get(officer) ?? []).slice(-60), made]);
  } else cases.set(`${number} (never)`, { ...made, persons: new Set() });
  return made;
}

/** A district's roster. Half of them belong to a campaign that the register knows person by person, the others to none. */
function listOf(officer: Officer, at: number, { people, cases }: World, dice: Dice): Event {
  const numbers = people.districts[officer.office.district]!;
  const from = dice.whole(0, Math.max(1, numbers.length - 200));
  const persons = numbers.slice(from, from + dice.whole(10, 120));
  const number = `campaign-${cases.size}`;
  const isKnown = dice.chance(0.6);
  cases.set(number, {
    number,
    persons: new Set(isKnown ? persons : []),
    opened: at - DAY,
    closed: at + 30 * DAY,
    registered: at - DAY,
  });
  return { at, officer, purpose: purposeOf(officer.office, dice), case: number, persons, isList: true };
}

/** Fifty at a time before each payday, single questions in between. A few have left the programme since. */
function payrollDay(officer: Officer, midnight: number, { people, cases }: World, dice: Dice): Event[] {
  const dayOfMonth = new Date(midnight).getUTCDate();
  const isBeforePay = dayOfMonth >= 24 && dayOfMonth <= 27;
  const roster = people.districts[0]!;
  const number = `payroll-${new Date(midnight).toISOString().slice(0, 7)}`;
  if (!cases.has(number)) {
    const persons = new Set(roster.filter(() => !dice.chance(0.01)));
    cases.set(number, {
      number,
      persons,
      opened: midnight - 20 * DAY,
      closed: midnight + 45 * DAY,
      registered: midnight - 20 * DAY,
    });
  }
  const batches = isBeforePay ? dice.whole(6, 14) : 0;
  const singles = Math.round(officer.rate * dice.skewed());
  return Array.from({ length: batches + singles }, (_, n): Event => {
    const size = n < batches ? 50 : 1;
    const from = dice.whole(0, roster.length - size);
    const persons = roster.slice(from, from + size);
    return {
      at: momentOf(midnight, dice),
      officer,
      purpose: purposeOf(officer.office, dice),
      case: number,
      persons,
      isList: false,
    };
  });
}
