import { isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import { jobseeker, type Measure } from "../country/jobs.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";

/** One record of the employment service's register, as it leaves by the registry interface: whole. */
export interface JobseekerRecord {
  readonly jobseeker_no: string;
  readonly national_id: string | null;
  readonly name: { readonly given_name: string; readonly surname: string };
  readonly phone: string;
  readonly registration: { readonly state: "REG" | "OUT"; readonly months: number; readonly measure: string | null };
  readonly updated_on: string;
  readonly evidence: "interview" | "self";
  readonly remarks: string | null;
}

const clerks = { mis: "jobs", transliterate: 0.2, missing: { born: 0.05, nid: 0.06, address: 0.1 } };
const measureCodes: Record<Measure, string> = { TRAINING: "TRN", PUBLIC_WORKS: "PWK", PLACEMENT: "PLC" };

export function jobseekerRecord(prf: Prf, person: Person): JobseekerRecord | null {
  const found = jobseeker(prf, person);
  if (!found) return null;
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part, phone } = person;
  return {
    jobseeker_no: found.number,
    national_id: held.nid,
    name: { given_name: held.given, surname: held.family },
    phone,
    registration: {
      state: found.seeking ? "REG" : "OUT",
      months: found.months,
      measure: found.measure && measureCodes[found.measure],
    },
    updated_on: isoDate(found.updated),
    evidence: prf.chance(n, "jobs.declared", 0.2) && !part ? "self" : "interview",
    remarks: isCanary(n) ? canaryText(n, "REMARK") : null,
  };
}
