import { type Access, dayOf } from "./access.js";
import { type Alert, alertId, MAX_RECORDS } from "./alert.js";
import type { WatchConfig } from "./config.js";
import { Daily, type OfficerDay, type PeerGroup } from "./counting.js";
import { scored, type Usual, usualOf } from "./peers.js";

/**
 * `volume`: `{persons, usual, days, peers, unexplained}`: in so many days so many persons, where peers at the same work have `usual`, over so
 * many of their days. Persons that nothing explains are compared apart, with the peers' own unexplained ones: what is well explained may be much.
 */
export class VolumeRule {
  readonly #config: WatchConfig["volume"];
  readonly #usual = new Daily<Usual>();

  constructor({ volume }: WatchConfig) {
    this.#config = volume;
  }

  judge(access: Access, group: PeerGroup, groupName: string): Alert | undefined {
    const day = dayOf(access.at);
    const found = this.#config.windows.flatMap((days) => {
      const window = group.window(access.officer, day, days);
      return (["unexplained", "persons"] as const).flatMap((what) => {
        const usual = this.#usual.of(`${groupName} ${what} ${days}`, day, () =>
          usualOf(group.sumsBefore(day, days, (one) => one[what].size)),
        );
        return this.#over(access, window, days, what, usual) ?? [];
      });
    });
    return found.sort((a, b) => b.score - a.score)[0];
  }

  #over(
    { officer, consumer, at }: Access,
    window: readonly OfficerDay[],
    days: number,
    what: "persons" | "unexplained",
    usual: Usual,
  ): Alert | undefined {
    const { deviations, ceiling, peerDays } = this.#config;
    const [persons, unexplained] = [sum(window, "persons"), sum(window, "unexplained")];
    const measured = what === "persons" ? persons : unexplained;
    const limit =
      usual.of >= peerDays ? Math.max(this.#config[what], usual.median + deviations * usual.spread) : ceiling;
    if (measured <= limit) return undefined;
    const share = unexplained / Math.max(1, persons);
    const records = window.flatMap((one) => (what === "persons" ? one.records : one.unexplainedRecords));
    return {
      id: alertId("volume", consumer, officer, Math.floor(dayOf(at) / days), days),
      rule: "volume",
      consumer,
      officer,
      providers: [],
      records: records.slice(-MAX_RECORDS),
      counts: { persons, unexplained, usual: Math.round(usual.median), days, peers: usual.of },
      score: scored(45 + 10 * Math.log2(measured / limit) + 35 * share),
      at,
      due: undefined,
      state: "open",
    };
  }
}

function sum(window: readonly OfficerDay[], what: "persons" | "unexplained"): number {
  return window.reduce((total, one) => total + one[what].size, 0);
}
