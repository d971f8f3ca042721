/** Dates without a clock. A day is the count of days since 1970-01-01; the country stands still on `TODAY`. */
export type Day = number;

const MS = 86_400_000;

export function day(iso: string): Day {
  return Math.round(Date.parse(`${iso}T00:00:00Z`) / MS);
}

export function isoDate(at: Day): string {
  return new Date(at * MS).toISOString().slice(0, 10);
}

/** The day on which the registers were last written. */
export const TODAY: Day = day("2026-11-20");

export interface DateParts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

export function dateParts(iso: string): DateParts {
  return { year: iso.slice(0, 4), month: iso.slice(5, 7), day: iso.slice(8, 10) };
}

export function dateAs(iso: string, form: "yyyyMMdd" | "dd/MM/yyyy" | "dd.MM.yyyy"): string {
  const { year, month, day: dd } = dateParts(iso);
  return form.replace("yyyy", year).replace("MM", month).replace("dd", dd);
}

/** Whole years between two days, by the calendar. */
export function ageOn(born: Day, at: Day): number {
  const from = dateParts(isoDate(born));
  const to = dateParts(isoDate(at));
  const had = `${to.month}${to.day}` >= `${from.month}${from.day}`;
  return Number(to.year) - Number(from.year) - (had ? 0 : 1);
}
