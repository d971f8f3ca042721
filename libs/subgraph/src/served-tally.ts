import type { AgreementId, Coordinate, OrgId } from "#libs/terms";
import type { ReadResult } from "./read/port.js";
import type { VerifiedFetch } from "./verified-fetch.js";

/**
 * What was served since the UTC day began or the process was started, in figures: for the ministry's own eyes. No person, no officer and no
 * value; it never leaves the ministry's machine.
 */
export interface ServedToday {
  readonly day: string;
  /** Whom, under which agreement: fetches, and persons of whom something was released. */
  readonly served: readonly {
    readonly consumer: OrgId;
    readonly agreement: AgreementId;
    readonly fetches: number;
    readonly persons: number;
  }[];
  readonly persons: {
    readonly asked: number;
    /** Not in the register. */
    readonly absent: number;
    /** More than one row for one number. */
    readonly duplicates: number;
  };
  /** Stored texts that could not be read, by field. */
  readonly unreadable: readonly { readonly coordinate: Coordinate; readonly count: number }[];
  /** Oldest and newest as-of date of what was released, `yyyy-MM-dd`. */
  readonly asOf: { readonly oldest: string; readonly newest: string } | null;
}

export class ServedTally {
  #day = "";
  readonly #served = new Map<string, { consumer: OrgId; agreement: AgreementId; fetches: number; persons: number }>();
  readonly #unreadable = new Map<Coordinate, number>();
  #persons = { asked: 0, absent: 0, duplicates: 0 };
  #asOf: ServedToday["asOf"] = null;

  note({ record, grant }: Pick<VerifiedFetch, "record" | "grant">, read: ReadResult, now: Date): void {
    this.#turn(now);
    const { consumer } = record.caller;
    const { agreement } = grant;
    const key = `${consumer} ${agreement}`;
    const line = this.#served.get(key) ?? { consumer, agreement, fetches: 0, persons: 0 };
    line.fetches++;
    line.persons += read.released.length;
    this.#served.set(key, line);
    const { persons, absent, duplicates, unreadable } = read.counts;
    this.#persons.asked += persons;
    this.#persons.absent += absent;
    this.#persons.duplicates += duplicates;
    for (const [coordinate, count] of unreadable)
      this.#unreadable.set(coordinate, (this.#unreadable.get(coordinate) ?? 0) + count);
    if (read.asOf !== null) this.#asOf = widened(this.#asOf, read.asOf);
  }

  today(now: Date): ServedToday {
    this.#turn(now);
    return {
      day: this.#day,
      served: [...this.#served.values()].map((line) => ({ ...line })).toSorted((a, b) => b.fetches - a.fetches),
      persons: { ...this.#persons },
      unreadable: [...this.#unreadable]
        .map(([coordinate, count]) => ({ coordinate, count }))
        .toSorted((a, b) => b.count - a.count),
      asOf: this.#asOf,
    };
  }

  #turn(now: Date): void {
    const day = now.toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#served.clear();
    this.#unreadable.clear();
    this.#persons = { asked: 0, absent: 0, duplicates: 0 };
    this.#asOf = null;
  }
}

function widened(known: ServedToday["asOf"], asOf: string): { oldest: string; newest: string } {
  const day = asOf.slice(0, 10);
  if (known === null) return { oldest: day, newest: day };
  return { oldest: day < known.oldest ? day : known.oldest, newest: day > known.newest ? day : known.newest };
}
