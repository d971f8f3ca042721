import { ageOn, type Day, TODAY } from "./calendar.js";
import type { Person } from "./person.js";
import type { Prf } from "./prf.js";
import { programmeNumber } from "./programmes.js";

export type Measure = "TRAINING" | "PUBLIC_WORKS" | "PLACEMENT";

/** Somebody whom the employment service knows as looking for work, before any clerk writes it down. */
export interface Jobseeker {
  readonly number: string;
  readonly seeking: boolean;
  readonly months: number;
  readonly measure: Measure | null;
  readonly updated: Day;
}

const measures: readonly [Measure, ...Measure[]] = ["TRAINING", "PUBLIC_WORKS", "PLACEMENT"];

export function jobseeker(prf: Prf, person: Person): Jobseeker | null {
  const { n, part, born, died, wealth } = person;
  const age = ageOn(born, TODAY);
  const registers = age >= 18 && age < 60 && died === null && prf.chance(n, "jobs", wealth < 0.5 ? 0.16 : 0.06);
  if (part ? !part.jobseeker : !registers) return null;
  const drawn = prf.chance(n, "jobs.measured", 0.35) ? prf.pick(n, "jobs.measure", measures) : null;
  return {
    number: programmeNumber(prf, n, "jobseeker-no", "J", 7, 22),
    seeking: part !== null || !prf.chance(n, "jobs.ended", 0.25),
    months: part ? 14 : 1 + prf.integer(n, "jobs.months", 30),
    measure: part ? "PUBLIC_WORKS" : drawn,
    updated: TODAY - prf.integer(n, "jobs.updated", 30),
  };
}
