import type { ExplainQuestion } from "#libs/access-log";
import type { CanonicalPerson } from "#libs/terms";

/** Of the case register, one row: a case and one of its persons. Days are `yyyy-MM-dd`, by the house's own clock. */
export interface CaseRow {
  readonly number: string;
  readonly persons: readonly CanonicalPerson[];
  /** Undefined: it cannot be read, and confirms nothing. */
  readonly opened: string | undefined;
  /** Null while it is open. */
  readonly closed: string | null | undefined;
  /** Which office keeps it; undefined where the house does not say. */
  readonly office: string | undefined;
}

export interface StaffRow {
  readonly officer: string;
  readonly persons: readonly CanonicalPerson[];
}

/** `own`: whether officer and person are one; NOT_KEPT where the house maps no staff. */
export interface Explained {
  readonly case: "CONFIRMED" | "NOT_CONFIRMED";
  readonly own: "YES" | "NO" | "NOT_KEPT";
}

export type OpenedQuestion = Pick<ExplainQuestion, "case" | "officer"> & {
  /** Undefined: no key of the house's made the reference. */
  readonly person: CanonicalPerson | undefined;
  readonly day: string;
};

/**
 * Both days of a case count. Nothing else is told: not whether there is such a case, not whom it is about, not why it is not confirmed.
 */
export function explain(
  { case: number, person, officer, day }: OpenedQuestion,
  cases: readonly CaseRow[],
  staff: readonly StaffRow[] | undefined,
): Explained {
  const isOpen = ({ opened, closed }: CaseRow) =>
    opened !== undefined && opened <= day && closed !== undefined && (closed === null || day <= closed);
  const names = ({ persons }: { readonly persons: readonly CanonicalPerson[] }) =>
    person !== undefined && persons.includes(person);
  const isConfirmed = cases.some((row) => row.number === number && names(row) && isOpen(row));
  const isOwn = staff?.some((row) => row.officer === officer && names(row));
  return {
    case: isConfirmed ? "CONFIRMED" : "NOT_CONFIRMED",
    own: isOwn === undefined ? "NOT_KEPT" : isOwn ? "YES" : "NO",
  };
}
