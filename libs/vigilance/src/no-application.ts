import { type Access, dayOf, isUnexplained } from "./access.js";
import { type Alert, alertId, MAX_RECORDS } from "./alert.js";
import type { WatchConfig } from "./config.js";
import { excess, scored } from "./peers.js";

/** Weeks that are one alert. */
const SPAN = 28;

interface Tally {
  readonly asked: number[];
  readonly without: { readonly index: number; readonly day: number; readonly persons: number }[];
}

/**
 * `no-application`: `{asked, without, days}`: an officer asked whether so many people may get a benefit, and for so many of them no case was there
 * when the time for it had passed. People do change their minds: it is ranked by how far that is beyond what happens to the peers.
 */
export class NoApplicationRule {
  readonly #config: WatchConfig["noApplication"];
  readonly #officers = new Map<string, Tally>();
  /** House → what its officers asked and what came of it. */
  readonly #houses = new Map<string, { asked: number; without: number }>();

  constructor({ noApplication }: WatchConfig) {
    this.#config = noApplication;
  }

  isAbout({ purpose, isList }: Access): boolean {
    return !isList && this.#config.purposes.includes(purpose);
  }

  /** Once the time has passed, and the register has answered again. In the order of the accesses. */
  judge(access: Access): Alert | undefined {
    if (!this.isAbout(access)) return undefined;
    const { consumer, officer, index, at, persons, answers } = access;
    const isWithout = isUnexplained(access) && answers.applied === false;
    const house = this.#houses.get(consumer) ?? { asked: 0, without: 0 };
    const rate = (house.without + 1) / (house.asked + 20);
    this.#houses.set(consumer, { asked: house.asked + 1, without: house.without + (isWithout ? 1 : 0) });
    const tally = this.#recent(`${consumer} ${officer}`, dayOf(at));
    tally.asked.push(dayOf(at));
    if (!isWithout) return undefined;
    tally.without.push({ index, day: dayOf(at), persons: persons.length });
    const without = tally.without.length;
    return {
      id: alertId("no-application", consumer, officer, Math.floor(dayOf(at) / SPAN)),
      rule: "no-application",
      consumer,
      officer,
      providers: [],
      records: tally.without.map((one) => one.index).slice(-MAX_RECORDS),
      counts: { asked: tally.asked.length, without, days: this.#config.days },
      score: scored(Math.min(85, 28 + 6 * excess(without, tally.asked.length, rate))),
      at,
      due: undefined,
      state: "open",
    };
  }

  #recent(key: string, day: number): Tally {
    const before = this.#officers.get(key);
    const tally = {
      asked: (before?.asked ?? []).filter((one) => one > day - SPAN),
      without: (before?.without ?? []).filter((one) => one.day > day - SPAN),
    };
    this.#officers.set(key, tally);
    return tally;
  }
}
