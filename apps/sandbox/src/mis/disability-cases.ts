import { dateAs, isoDate } from "../country/calendar.js";
import { canaryText, isCanary } from "../country/canary.js";
import { heldBy } from "../country/held.js";
import type { Person } from "../country/person.js";
import type { Prf } from "../country/prf.js";
import { type DisabilityLevel, disabilityCase, type Standing } from "../country/programmes.js";

/** One case as the disability programme's REST service holds it. */
export interface CaseRecord {
  readonly caseNo: string;
  readonly holder: { readonly nin: string | null };
  readonly names: { readonly first: string; readonly last: string };
  readonly bornOn: string | null;
  readonly contact: { readonly address: string | null; readonly phone: string | null };
  readonly assessment: { readonly level: string | null; readonly assessedOn: string | null };
  readonly standing: { readonly code: string; readonly from: string };
  readonly review: { readonly changedOn: string; readonly evidence: "panel" | "self" };
  readonly note: string | null;
}

const clerks = { mis: "disability", transliterate: 0.2, missing: { born: 0.03, nid: 0.08, address: 0.12 } };
const levelCodes: Record<DisabilityLevel, string> = { MILD: "L1", MODERATE: "L2", SEVERE: "L3", PROFOUND: "L4" };
const standingCodes: Record<Standing, string> = {
  APPLIED: "WAITING",
  ACTIVE: "OPEN",
  SUSPENDED: "HOLD",
  EXITED: "CLOSED",
};

export function caseOf(prf: Prf, person: Person): CaseRecord | null {
  const found = disabilityCase(prf, person);
  if (!found) return null;
  const held = heldBy(prf, clerks, person, person.nid);
  const { n, part } = person;
  const written = (iso: string) => dateAs(iso, "dd/MM/yyyy");
  return {
    caseNo: found.number,
    holder: { nin: held.nid },
    names: { first: held.given, last: held.family },
    bornOn: held.born && written(held.born),
    contact: { address: held.address, phone: person.phone },
    assessment: {
      level: found.level && levelCodes[found.level],
      assessedOn: found.level && written(isoDate(found.since)),
    },
    standing: { code: standingCodes[found.status], from: written(isoDate(found.since)) },
    review: {
      changedOn: written(isoDate(found.updated)),
      evidence: prf.chance(n, "disability.declared", 0.15) && !part ? "self" : "panel",
    },
    note: isCanary(n) ? canaryText(n, "REMARK") : null,
  };
}
