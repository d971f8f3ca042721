import { type Access, dayOf } from "./access.js";
import type { Alert, RuleName } from "./alert.js";
import type { WatchConfig } from "./config.js";
import { PeerGroup } from "./counting.js";
import { GuessingRule } from "./guessing.js";
import { ManyOfficersRule } from "./many-officers.js";
import { NoApplicationRule } from "./no-application.js";
import { singleAlerts } from "./single.js";
import { VolumeRule } from "./volume.js";

/**
 * All rules over the accesses of a country, each of its three steps in the order of the log: `take` an access with the registers' first answer, `settle` it with
 * their answer after `registrationDays`, `mature` it once the time for an application has passed. Who copies a district is seen by the first; what
 * a late case may still explain waits. What comes back replaces what was raised before under the same `id`.
 */
export class Watch {
  readonly #config: WatchConfig;
  readonly #groups = new Map<string, PeerGroup>();
  readonly #volume: VolumeRule;
  readonly #guessing: GuessingRule;
  readonly #manyOfficers: ManyOfficersRule;
  readonly #noApplication: NoApplicationRule;
  #day = 0;

  constructor(config: WatchConfig) {
    this.#config = config;
    this.#volume = new VolumeRule(config);
    this.#guessing = new GuessingRule(config);
    this.#manyOfficers = new ManyOfficersRule(config);
    this.#noApplication = new NoApplicationRule(config);
  }

  take(access: Access): Alert[] {
    this.#turnDay(access.at);
    // Whom a list found was not asked for one by one: lists are compared with lists.
    const name = `${access.consumer} ${access.purpose} ${access.isList ? "list" : "persons"}`;
    const group = this.#groups.get(name) ?? new PeerGroup(this.#config.volume.memory);
    this.#groups.set(name, group);
    group.add(access);
    const counted = [
      this.#has("volume") ? this.#volume.judge(access, group, name) : undefined,
      // Whoever is given a list has guessed no number of it.
      this.#has("guessing") && !access.isList ? this.#guessing.judge(access, group, name) : undefined,
    ];
    return [...singleAlerts(access, this.#config), ...counted.filter((alert) => alert !== undefined)];
  }

  settle(access: Access): Alert[] {
    return this.#has("many-officers") ? this.#manyOfficers.judge(access) : [];
  }

  mature(access: Access): Alert[] {
    const alert = this.#has("no-application") ? this.#noApplication.judge(access) : undefined;
    return alert ? [alert] : [];
  }

  #has(rule: RuleName): boolean {
    return !(this.#config.without as readonly string[]).includes(rule);
  }

  #turnDay(at: Date): void {
    const day = dayOf(at);
    if (day === this.#day) return;
    this.#day = day;
    this.#manyOfficers.forget(at);
  }
}
