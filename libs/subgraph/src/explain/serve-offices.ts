import { MAX_QUESTIONS, type RecordedLook, ReviewCall } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import type { CaseRow } from "./judge.js";
import { claimed, type ExplainingHouse } from "./serve-explain.js";

/** Cases that fewer share are not told with their office: who asks about one case would learn where its person lives. */
export const FEWEST = 3;

export interface OfficesReply {
  /** Most cases first, then by name. */
  readonly offices: readonly { readonly office: string; readonly cases: number }[];
  /** Of offices with fewer than `FEWEST` of them. */
  readonly few: number;
  /** No such case, or no office is written there. */
  readonly unknown: number;
}

/**
 * A data-protection officer asks in which offices cases are kept, of accesses that left somebody without an answer. Asked by a record like everything
 * else (see `serveExplain`); told are counts, to the house itself and to whoever supervises all.
 */
export async function serveOffices(body: unknown, house: ExplainingHouse, now: Date): Promise<OfficesReply> {
  const call = ReviewCall.safeParse(body);
  if (!call.success) throw new WeftError("REQUEST_MALFORMED");
  const cases = addressed(await claimed(call.data, house, now), house);
  const turn = await house.protection.admit(cases.length, now);
  try {
    const places = Array.from({ length: MAX_QUESTIONS }, (_, at) => cases[at] ?? null);
    const found = await house.register.rows(places, [], AbortSignal.timeout(house.deadline));
    return countOffices(cases, found.cases);
  } finally {
    turn.done();
  }
}

function addressed({ look, scope }: RecordedLook, { organisation }: ExplainingHouse): readonly string[] {
  const mayKnow = "all" in scope || scope.organisation === organisation;
  if (look.kind === "offices" && look.aud === organisation && mayKnow) return [...new Set(look.cases)];
  throw new WeftError("RECORD_REJECTED", { detail: "review: it asks this house nothing" });
}

/** A case of several persons that several offices keep counts for none of them. */
export function countOffices(cases: readonly string[], rows: readonly CaseRow[]): OfficesReply {
  const officesOf = Map.groupBy(rows, ({ number }) => number);
  const counts = new Map<string, number>();
  let known = 0;
  for (const number of cases) {
    const [office, ...others] = new Set((officesOf.get(number) ?? []).map((row) => row.office));
    if (office === undefined || others.length > 0) continue;
    counts.set(office, (counts.get(office) ?? 0) + 1);
    known++;
  }
  const offices = [...counts]
    .filter(([, count]) => count >= FEWEST)
    .map(([office, count]) => ({ office, cases: count }))
    .sort((a, b) => b.cases - a.cases || (a.office < b.office ? -1 : 1));
  const told = offices.reduce((sum, { cases: count }) => sum + count, 0);
  return { offices, few: known - told, unknown: cases.length - known };
}
