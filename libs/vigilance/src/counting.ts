import { type Access, dayOf, unexplainedIn } from "./access.js";

/** What one officer did on one day for one purpose. */
export interface OfficerDay {
  readonly consumer: Access["consumer"];
  readonly officer: Access["officer"];
  readonly day: number;
  readonly persons: Set<string>;
  readonly unexplained: Set<string>;
  /** Neighbourhood → unexplained persons there. */
  readonly numbers: Map<string, Set<string>>;
  readonly records: number[];
  /** Those of them that nothing explains. */
  readonly unexplainedRecords: number[];
  asked: number;
  misses: number;
}

/** Officers of one house at one kind of work. */
export class PeerGroup {
  readonly #memory: number;
  /** Officer → days, oldest first. */
  readonly #officers = new Map<string, OfficerDay[]>();

  constructor(memory: number) {
    this.#memory = memory;
  }

  add(access: Access): OfficerDay {
    const today = this.#dayOf(access);
    const unexplained = unexplainedIn(access);
    for (const person of access.persons) today.persons.add(person);
    for (const at of unexplained) {
      const [person, number] = [access.persons[at], access.numbers[at]];
      if (person === undefined || number === undefined) continue;
      today.unexplained.add(person);
      today.numbers.set(number, (today.numbers.get(number) ?? new Set<string>()).add(person));
    }
    today.records.push(access.index);
    if (unexplained.length > 0) today.unexplainedRecords.push(access.index);
    if (!access.isList) {
      today.asked += access.persons.length;
      today.misses += access.misses;
    }
    return today;
  }

  #dayOf({ consumer, officer, at }: Access): OfficerDay {
    const day = dayOf(at);
    const days = this.#officers.get(officer) ?? [];
    this.#officers.set(officer, days);
    const known = days.at(-1);
    if (known?.day === day) return known;
    while (days[0] !== undefined && days[0].day < day - this.#memory) days.shift();
    const fresh: OfficerDay = {
      consumer,
      officer,
      day,
      persons: new Set(),
      unexplained: new Set(),
      numbers: new Map(),
      records: [],
      unexplainedRecords: [],
      asked: 0,
      misses: 0,
    };
    days.push(fresh);
    return fresh;
  }

  /** The officer's days within a window that ends on `day`. */
  window(officer: string, day: number, days: number): readonly OfficerDay[] {
    return (this.#officers.get(officer) ?? []).filter((one) => one.day > day - days && one.day <= day);
  }

  /** For each day on which somebody worked, before `day`: what `measure` comes to over the window that ended on it. */
  sumsBefore(day: number, days: number, measure: (one: OfficerDay) => number): number[] {
    const sums: number[] = [];
    for (const own of this.#officers.values()) {
      let [from, sum] = [0, 0];
      for (const one of own) {
        if (one.day >= day) break;
        sum += measure(one);
        while (own[from]!.day <= one.day - days) sum -= measure(own[from++]!);
        if (one.day >= day - this.#memory) sums.push(sum);
      }
    }
    return sums;
  }

  *daysBefore(day: number): Generator<OfficerDay> {
    for (const own of this.#officers.values())
      for (const one of own) if (one.day < day && one.day >= day - this.#memory) yield one;
  }
}

/** Numbers of a quantity that was computed once for each day. */
export class Daily<T> {
  readonly #known = new Map<string, { readonly day: number; readonly value: T }>();

  of(key: string, day: number, compute: () => T): T {
    const known = this.#known.get(key);
    if (known?.day === day) return known.value;
    const value = compute();
    this.#known.set(key, { day, value });
    return value;
  }
}
