import type { SearchStatus } from "#libs/access-log";
import type { OrgId, Seals } from "#libs/terms";
import {
  type Access,
  type Alert,
  type AlertStore,
  DAY,
  dayOf,
  openTokens,
  unexplainedAlert,
  Watch,
  type WatchConfig,
} from "#libs/vigilance";
import type { Console } from "../look-up.js";
import { type AskHouse, Explainer } from "./explainer.js";
import type { Households } from "./relate.js";
import { lookAsRules } from "./look-as-rules.js";
import { type WatchedAccess, watchedAccess } from "./watched-access.js";

/** Where each day begins in the log, as far as it was read in the name of a house: after a restart the rules' memory is read again from there. */
export interface WatchedDays {
  /** Index of the first record of that day or later; else of the last day that is known, so that nothing between is passed over. */
  first(organisation: OrgId, since: number): Promise<number | undefined>;
  begin(organisation: OrgId, day: number, index: number): Promise<void>;
}

export interface VigilOptions {
  /** In whose name, and how widely, it looks. */
  readonly organisation: OrgId;
  readonly console: Console;
  readonly status: () => Promise<Pick<SearchStatus, "indexed">>;
  readonly seals: () => Pick<Seals, "open" | "seal">;
  readonly alerts: Pick<AlertStore, "put">;
  readonly days: WatchedDays;
  /** Houses that explain their accesses. */
  readonly houses: readonly string[];
  readonly ask: AskHouse;
  /** Whom it asks who lives together; undefined: nobody. */
  readonly households?: () => Households | undefined;
  readonly config: WatchConfig;
  /** Milliseconds for which a record waits, so that its outcome is there too. */
  readonly delay: number;
}

/** How far it is. */
export interface VigilState {
  readonly followed: number;
  readonly behind: number;
  /** When the last turn ended well; undefined before the first. */
  readonly turned: Date | undefined;
}

const PAGE = 200;
/** Records read in one turn, at most: pages of the console wait for none of them. */
const PAGES_A_TURN = 25;
/** On the first start, records that are read of what was there before. */
const AT_FIRST = 100_000;

/**
 * Follows the log by records of its own, asks houses for their cases, and lets the rules judge. Persons are in memory only, until the time for
 * an application has passed; after a restart the log is read again. Turns do not overlap. A turn that fails leaves everything where the next one
 * takes it up: nothing is judged twice, nothing is passed over, and an alert that is found again is the same alert.
 */
export class Vigil {
  readonly #options: VigilOptions;
  readonly #watch: Watch;
  readonly #explainer: Explainer;
  readonly #tokensOf = openTokens();
  /** What the index held, and when that was seen: what is old enough by now is read. */
  readonly #seen: { readonly at: number; readonly indexed: number }[] = [];
  readonly #own = new Set<number>();
  #unsettled: WatchedAccess[] = [];
  #unmatured: WatchedAccess[] = [];
  /** Officer and day → what was settled. */
  readonly #days = new Map<string, Access[]>();
  /** Found, and not kept yet. */
  #found: Alert[] = [];
  #turned: Date | undefined;
  #followed: number | undefined;
  #indexed = 0;

  constructor(options: VigilOptions) {
    this.#options = options;
    this.#watch = new Watch(options.config);
    this.#explainer = new Explainer(options);
  }

  state(): VigilState {
    const followed = this.#followed ?? 0;
    return { followed, behind: Math.max(0, this.#indexed - followed), turned: this.#turned };
  }

  async turn(now: Date): Promise<void> {
    const { indexed } = await this.#options.status();
    this.#indexed = indexed;
    this.#followed ??= await this.#begin(indexed, now);
    const limit = this.#readable(indexed, now);
    for (let page = 0; page < PAGES_A_TURN; page++) {
      // What it left itself tells it nothing, and would keep it looking for ever.
      while (this.#own.delete(this.#followed)) this.#followed++;
      if (this.#followed >= limit) break;
      await this.#read(Math.min(PAGE, limit - this.#followed));
    }
    await this.#settle(now);
    await this.#mature(now);
    this.#turned = now;
  }

  async #begin(indexed: number, now: Date): Promise<number> {
    const { organisation, days, config } = this.#options;
    const known = await days.first(organisation, dayOf(now) - config.volume.memory);
    return known ?? Math.max(0, indexed - AT_FIRST);
  }

  /** Records below this index were there long enough ago. */
  #readable(indexed: number, now: Date): number {
    const { delay } = this.#options;
    this.#seen.push({ at: now.getTime(), indexed });
    const old = this.#seen.findLastIndex(({ at }) => at <= now.getTime() - delay);
    if (old > 0) this.#seen.splice(0, old);
    return old < 0 ? 0 : this.#seen[0]!.indexed;
  }

  async #read(limit: number): Promise<void> {
    const { organisation, console, seals, days } = this.#options;
    const after = this.#followed! - 1;
    const { record, answer } = await lookAsRules(organisation, { kind: "watch", after, limit }, console);
    this.#own.add(record);
    const { watched = [] } = answer;
    const accesses = watched.flatMap((one) => watchedAccess(one, seals(), this.#tokensOf) ?? []);
    const answered = await this.#explain(accesses, ({ at }) => at);
    for (const { hit } of watched.filter(({ hit }, n) => n === 0 || dayOf(hit.at) !== dayOf(watched[n - 1]!.hit.at)))
      await days.begin(organisation, dayOf(hit.at), hit.index);
    this.#found.push(...answered.flatMap(({ access }) => this.#watch.take(access)));
    this.#unsettled.push(...answered);
    this.#followed = after + 1 + limit;
    for (const index of this.#own) if (index < this.#followed) this.#own.delete(index);
    await this.#keep();
  }

  async #settle(now: Date): Promise<void> {
    const wait = this.#options.config.registrationDays * DAY;
    const [due, later] = split(this.#unsettled, ({ access }) => access.at.getTime() + wait <= now.getTime());
    const settled = await this.#explain(due, ({ at }) => new Date(at.getTime() + wait));
    this.#unsettled = later;
    const touched = new Set(settled.map(({ access }) => this.#remember(access)));
    this.#found.push(...settled.flatMap(({ access }) => this.#watch.settle(access)), ...this.#unexplained(touched));
    this.#unmatured.push(...settled);
    await this.#keep();
  }

  async #mature(now: Date): Promise<void> {
    const wait = this.#options.config.noApplication.days * DAY;
    const [due, later] = split(this.#unmatured, ({ access }) => access.at.getTime() + wait <= now.getTime());
    const open = await this.#explain(due, ({ at }) => new Date(at.getTime() + wait));
    this.#unmatured = later;
    const matured = open.map(({ access }, n) => {
      const isAsked = access.answers.unconfirmed !== undefined;
      const { unconfirmed } = due[n]!.access.answers;
      const applied = access.answers.unconfirmed?.length === 0;
      return isAsked ? { ...access, answers: { ...access.answers, unconfirmed: unconfirmed ?? [], applied } } : access;
    });
    const touched = new Set(matured.map((access) => this.#replace(access)));
    this.#found.push(...matured.flatMap((access) => this.#watch.mature(access)), ...this.#unexplained(touched));
    for (const key of touched)
      if (this.#days.get(key)?.every(({ at }) => at.getTime() + wait <= now.getTime())) this.#days.delete(key);
    await this.#keep();
  }

  /** Those whom a case explains already are not asked about again. */
  async #explain(accesses: readonly WatchedAccess[], moment: (access: Access) => Date): Promise<WatchedAccess[]> {
    return this.#explainer.explain(accesses, moment, (index) => this.#own.add(index));
  }

  #remember(access: Access): string {
    const key = `${access.consumer} ${access.officer} ${dayOf(access.at)}`;
    this.#days.set(key, [...(this.#days.get(key) ?? []), access]);
    return key;
  }

  #replace(access: Access): string {
    const key = `${access.consumer} ${access.officer} ${dayOf(access.at)}`;
    const others = (this.#days.get(key) ?? []).map((one) => (one.index === access.index ? access : one));
    this.#days.set(key, others);
    return key;
  }

  #unexplained(keys: ReadonlySet<string>): Alert[] {
    return [...keys].flatMap((key) => unexplainedAlert(this.#days.get(key) ?? []) ?? []);
  }

  async #keep(): Promise<void> {
    const found = this.#found;
    // The last word on each: one statement may not meet a row twice.
    await this.#options.alerts.put([...new Map(found.map((alert) => [alert.id, alert])).values()]);
    this.#found = [];
  }
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(all, (one) => (isFirst(one) ? "yes" : "no"));
  return [yes, no];
}
