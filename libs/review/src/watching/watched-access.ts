import type { WatchedRecord } from "#libs/access-log";
import type { CanonicalPerson, CaseId, OrgId, Seals } from "#libs/terms";
import type { Access, Tokens } from "#libs/vigilance";

/** An access while it can still be explained: whom it is about stays in memory until then, and is written nowhere. */
export interface WatchedAccess {
  readonly access: Access;
  readonly case: CaseId | undefined;
  /** In the order of `access.persons`. */
  readonly persons: readonly CanonicalPerson[];
}

/** Undefined: it is about nobody. Refusals, look-ups and what the log writes itself are no accesses. */
export function watchedAccess(
  { hit, subjects }: WatchedRecord,
  seals: Pick<Seals, "open">,
  tokensOf: (person: string) => Tokens,
): WatchedAccess | undefined {
  const { caller, kind, index, at, outcome } = hit;
  if (!caller || (kind !== "intent" && kind !== "rows")) return undefined;
  const opened = subjects.flatMap(({ provider, refs }) => refs.flatMap((ref) => openedBy(seals, provider, ref)));
  const persons = [...new Set(opened)];
  if (persons.length === 0) return undefined;
  const tokens = persons.map((person) => tokensOf(person));
  const { consumer, officer, purpose } = caller;
  const access: Access = {
    index,
    at,
    consumer,
    officer,
    purpose,
    providers: subjects.map(({ provider }) => provider),
    persons: tokens.map(({ person }) => person),
    numbers: tokens.map(({ number }) => number),
    misses: missesOf(persons.length, outcome?.sources ?? []),
    isList: kind === "rows",
    isEmergency: hit.sections.some(({ basis }) => basis === "VITAL_INTEREST"),
    answers: {},
  };
  return { access, case: caller.case, persons };
}

/** Of one who no source could say anything about; each source says only how many it withheld. */
function missesOf(asked: number, sources: readonly { readonly persons: number; readonly withheld: number }[]): number {
  const told = sources.filter(({ persons }) => persons > 0);
  return told.length === 0 ? 0 : Math.min(asked, ...told.map(({ withheld }) => withheld));
}

/** None where its key is no longer held: such a person counts for nothing. */
function openedBy(seals: Pick<Seals, "open">, provider: OrgId, ref: string): CanonicalPerson[] {
  try {
    return [seals.open(provider, ref)];
  } catch {
    return [];
  }
}
