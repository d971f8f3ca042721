import { type Access, dayOf } from "./access.js";
import { type Alert, alertId, MAX_RECORDS } from "./alert.js";
import type { WatchConfig } from "./config.js";
import { Daily, type PeerGroup } from "./counting.js";
import { excess, scored } from "./peers.js";

/**
 * `guessing`: `{asked, misses, neighbours}`: of so many persons asked about, so many of whom no source could say anything; and so many different
 * numbers, unexplained ones, that lie close to each other. A typing error makes one of each.
 */
export class GuessingRule {
  readonly #config: WatchConfig["guessing"];
  readonly #rate = new Daily<number>();

  constructor({ guessing }: WatchConfig) {
    this.#config = guessing;
  }

  judge({ at, officer, consumer }: Access, group: PeerGroup, groupName: string): Alert | undefined {
    const day = dayOf(at);
    const { days, misses: floor, deviations, neighbours: close } = this.#config;
    const window = group.window(officer, day, days);
    const [asked, misses] = [total(window, "asked"), total(window, "misses")];
    const rate = this.#rate.of(groupName, day, () => missRate(group, day));
    const beyond = misses >= floor ? excess(misses, asked, rate) : 0;
    const neighbours = Math.max(0, ...window.flatMap(({ numbers }) => [...numbers.values()].map(({ size }) => size)));
    if (beyond <= deviations && neighbours < close) return undefined;
    const byMisses = beyond > deviations ? 50 + 2 * beyond : 0;
    const byNumbers = neighbours >= close ? 55 + 12 * Math.log2(neighbours / close) : 0;
    return {
      id: alertId("guessing", consumer, officer, Math.floor(day / days)),
      rule: "guessing",
      consumer,
      officer,
      providers: [],
      records: window.flatMap((one) => one.unexplainedRecords).slice(-MAX_RECORDS),
      counts: { asked, misses, neighbours },
      score: scored(Math.max(byMisses, byNumbers) + (byMisses > 0 && byNumbers > 0 ? 10 : 0)),
      at,
      due: undefined,
      state: "open",
    };
  }
}

/** Of the days before; without any, as if one of twenty were missed. */
function missRate(group: PeerGroup, day: number): number {
  const before = [...group.daysBefore(day)];
  return (total(before, "misses") + 1) / (total(before, "asked") + 20);
}

function total(days: readonly { readonly asked: number; readonly misses: number }[], what: "asked" | "misses"): number {
  return days.reduce((sum, one) => sum + one[what], 0);
}
