/** `from` inclusive, `until` exclusive. */
export interface Span {
  readonly from: Date;
  readonly until: Date;
}

/** The parts of a time that lie in one month each, in UTC as the partitions do, newest first. */
export function monthsBack(from: Date, until: Date): Span[] {
  const spans: Span[] = [];
  for (let end = until; end > from;) {
    const last = new Date(end.getTime() - 1);
    const start = new Date(Math.max(from.getTime(), Date.UTC(last.getUTCFullYear(), last.getUTCMonth())));
    spans.push({ from: start, until: end });
    end = start;
  }
  return spans;
}
