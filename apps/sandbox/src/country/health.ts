import { ageOn, type Day, day, TODAY } from "./calendar.js";
import type { Person } from "./person.js";
import type { Prf } from "./prf.js";
import { programmeNumber } from "./programmes.js";

/** Why somebody pays no fees at a clinic. */
export type FeeExemption = "YOUNG_CHILD" | "EXPECTING" | "LONG_ILLNESS" | "POVERTY";

/** Somebody whom the clinics know, before any clerk writes it down. */
export interface Patient {
  readonly number: string;
  readonly exemption: FeeExemption | null;
  readonly since: Day | null;
  /** In the programme for long illnesses, now. */
  readonly inLongCare: boolean;
  readonly careSince: Day;
  readonly updated: Day;
}

export function patient(prf: Prf, person: Person): Patient | null {
  const { n, part, born, died, wealth } = person;
  if (part ? !part.patient : !prf.chance(n, "patient", 0.55)) return null;
  const age = ageOn(born, TODAY);
  const isIll = part ? part.patient?.inLongCare === true : prf.chance(n, "patient.ill", age > 50 ? 0.22 : 0.03);
  const exemption = part?.patient?.exemption ?? exemptionOf(prf, { n, age, wealth, isIll });
  return {
    number: programmeNumber(prf, n, "patient-no", "H", 7, 22),
    exemption,
    since:
      exemption === null ? null : (part?.patient?.since ?? day("2020-01-01") + prf.integer(n, "patient.since", 2300)),
    inLongCare: isIll && died === null,
    careSince: part?.patient?.since ?? day("2018-01-01") + prf.integer(n, "patient.care", 3000),
    updated: TODAY - prf.integer(n, "patient.updated", 200),
  };
}

interface Facts {
  readonly n: number;
  readonly age: number;
  readonly wealth: number;
  readonly isIll: boolean;
}

function exemptionOf(prf: Prf, { n, age, wealth, isIll }: Facts): FeeExemption | null {
  if (age < 5) return "YOUNG_CHILD";
  if (isIll) return "LONG_ILLNESS";
  if (age > 17 && age < 42 && prf.chance(n, "patient.expecting", 0.03)) return "EXPECTING";
  return wealth < 0.25 && prf.chance(n, "patient.poverty", 0.5) ? "POVERTY" : null;
}
