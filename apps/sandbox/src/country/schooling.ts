import { ageOn, type Day, day, TODAY } from "./calendar.js";
import type { Person } from "./person.js";
import type { Prf } from "./prf.js";
import { programmeNumber } from "./programmes.js";

export type SchoolStage = "PRIMARY" | "LOWER_SECONDARY" | "UPPER_SECONDARY" | "ADULT";

/** Where somebody goes to school this year, before any clerk writes it down. */
export interface Schooling {
  readonly number: string;
  readonly stage: SchoolStage;
  /** False: on the register, and left during the year. */
  readonly attends: boolean;
  readonly since: Day;
  /** Of this year's school days; null where nobody counted. */
  readonly attendance: { readonly held: number; readonly present: number } | null;
  readonly updated: Day;
}

export const SCHOOL_YEAR = day("2026-09-07");
const DAYS_HELD = 52;

export function schooling(prf: Prf, person: Person): Schooling | null {
  const { n, part, died } = person;
  const stage = part ? (part.school?.stage ?? null) : died === null ? stageOf(prf, person) : null;
  if (stage === null) return null;
  const counted = part !== null || !prf.chance(n, "school.uncounted", 0.07);
  // Mostly nearly all days; of the poorer a tail that stays away.
  const share = part
    ? 0.96
    : Math.min(1, 0.5 + 0.62 * prf.unit(n, "school.present") ** (person.wealth < 0.3 ? 0.7 : 0.3));
  return {
    number: programmeNumber(prf, n, "pupil-no", "E", 7, 22),
    stage,
    attends: part !== null || !prf.chance(n, "school.left", 0.04),
    since: part?.school?.since ?? SCHOOL_YEAR - 364 * prf.integer(n, "school.years", 4),
    attendance: counted ? { held: DAYS_HELD, present: Math.round(DAYS_HELD * share) } : null,
    updated: TODAY - prf.integer(n, "school.updated", 20),
  };
}

function stageOf(prf: Prf, { n, born, wealth }: Person): SchoolStage | null {
  const age = ageOn(born, SCHOOL_YEAR);
  const goes = (most: number) => prf.chance(n, "school", most - (wealth < 0.2 ? 0.18 : 0));
  if (age < 6) return null;
  if (age < 12) return goes(0.94) ? "PRIMARY" : null;
  if (age < 16) return goes(0.86) ? "LOWER_SECONDARY" : null;
  if (age < 20) return goes(0.55) ? "UPPER_SECONDARY" : null;
  return prf.chance(n, "school.adult", 0.015) ? "ADULT" : null;
}
