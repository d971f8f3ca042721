import { type Access, DAY, unexplainedIn } from "./access.js";
import { type Alert, alertId, MAX_RECORDS } from "./alert.js";
import type { WatchConfig } from "./config.js";
import { scored } from "./peers.js";

interface Seen {
  readonly index: number;
  readonly at: Date;
  readonly officer: string;
}

/**
 * `many-officers`: `{officers, days}`: so many officers of one house asked about one person without a case that explains it. Whom is not said; the
 * alert is told apart by its first record.
 */
export class ManyOfficersRule {
  readonly #config: WatchConfig["manyOfficers"];
  /** House and person → what was seen, oldest first. */
  readonly #seen = new Map<string, Seen[]>();

  constructor({ manyOfficers }: WatchConfig) {
    this.#config = manyOfficers;
  }

  judge(access: Access): Alert[] {
    if (access.isList) return [];
    return unexplainedIn(access).flatMap(
      (at) => this.#judge(access, `${access.consumer} ${access.persons[at] ?? ""}`) ?? [],
    );
  }

  #judge({ index, at, officer, consumer }: Access, key: string): Alert | undefined {
    const { days, officers: enough } = this.#config;
    const since = at.getTime() - days * DAY;
    const recent = (this.#seen.get(key) ?? []).filter((one) => one.at.getTime() > since);
    recent.push({ index, at, officer });
    this.#seen.set(key, recent);
    const officers = new Set(recent.map((one) => one.officer)).size;
    if (officers < enough) return undefined;
    return {
      id: alertId("many-officers", consumer, recent[0]!.index),
      rule: "many-officers",
      consumer,
      officer: undefined,
      providers: [],
      records: recent.map((one) => one.index).slice(-MAX_RECORDS),
      counts: { officers, days },
      score: scored(55 + 12 * Math.log2(officers / enough) + 2 * officers),
      at,
      due: undefined,
      state: "open",
    };
  }

  /** Forgets whom nobody asked about any more. */
  forget(now: Date): void {
    const since = now.getTime() - this.#config.days * DAY;
    for (const [key, seen] of this.#seen) if (seen.at(-1)!.at.getTime() <= since) this.#seen.delete(key);
  }
}
