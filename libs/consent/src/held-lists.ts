import { WeftError } from "#libs/terms";
import { type FeedClock, MAX_AGE } from "./feed.js";
import type { RegisterKeys } from "./receipt.js";
import { type SignedStatus, type Status, verifyStatusList } from "./status-list.js";

const SKEW = 5;

interface Held {
  readonly status: SignedStatus;
  /** By the monotonic clock, when a list of this age was first seen. */
  readonly at: number;
}

/**
 * The newest status lists that an adapter holds, each with the moment at which it was renewed. What is said by a list that was not
 * renewed for ten seconds, by the clock that nobody can set back, is unknown.
 */
export class HeldLists {
  readonly #keys: RegisterKeys;
  readonly #clock: FeedClock;
  readonly #held = new Map<string, Held>();
  /** Number -> address. The first list is always asked for, so that a provider without receipts knows that the register lives. */
  readonly #needed = new Map<number, string | undefined>([[1, undefined]]);
  readonly #problems = new Map<number, string>([[1, "status list: not read yet"]]);

  constructor(keys: RegisterKeys, clock: FeedClock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** A receipt names this list. Throws where the address does not end in a number. */
  need(uri: string): void {
    const number = Number(/\/([1-9]\d{0,8})$/.exec(uri)?.[1]);
    if (!Number.isInteger(number))
      throw new WeftError("REQUEST_MALFORMED", { detail: "the address of its status list" });
    const known = this.#needed.get(number);
    if (known !== undefined && known !== uri)
      throw new WeftError("REQUEST_MALFORMED", { detail: "two addresses of one status list" });
    if (!this.#needed.has(number)) this.#problems.set(number, "status list: not read yet");
    this.#needed.set(number, uri);
  }

  numbers(): readonly number[] {
    return [...this.#needed.keys()];
  }

  async renew(number: number, read: () => Promise<string>): Promise<void> {
    try {
      this.#take(number, verifyStatusList(await read(), this.#keys));
      this.#problems.delete(number);
    } catch (error) {
      // While the one held is young enough, one look that fails is no matter.
      if (!this.#isFresh(number)) this.#problems.set(number, `status list: ${describe(error)}`);
    }
  }

  #take(number: number, status: SignedStatus): void {
    const wanted = this.#needed.get(number);
    if (wanted !== undefined && status.uri !== wanted) throw refused("another list's");
    const age = this.#clock.now() - status.issuedAt;
    if (age < -SKEW) throw refused("issued in the future");
    if (age > MAX_AGE / 1000 + SKEW) throw refused("too old");
    const uri = wanted ?? status.uri;
    const before = this.#held.get(uri);
    if (before === undefined) this.#held.set(uri, { status, at: this.#clock.monotonic() });
    else this.#held.set(uri, this.#joined(before, status));
    this.#needed.set(number, uri);
  }

  /**
   * Two processes of a register may sign within one second, or by clocks that differ, and one of them not know yet what has ended: whichever list
   * is taken, that stays ended. Only a list that was issued later is younger.
   */
  #joined(before: Held, status: SignedStatus): Held {
    const [newest, other] =
      status.issuedAt < before.status.issuedAt ? [before.status, status] : [status, before.status];
    const at = status.issuedAt > before.status.issuedAt ? this.#clock.monotonic() : before.at;
    return { status: { ...newest, list: newest.list.endedAlsoIn(other.list) }, at };
  }

  statusAt(uri: string, idx: number): Status | "unknown" {
    const held = this.#held.get(uri);
    return held && this.#isYoung(held) ? held.status.list.statusAt(idx) : "unknown";
  }

  /** Each was read once. */
  areKnown(): boolean {
    return this.numbers().every((number) => this.#held.has(this.#needed.get(number) ?? ""));
  }

  areFresh(): boolean {
    return this.numbers().every((number) => this.#isFresh(number));
  }

  problems(): readonly string[] {
    const stale = "status list: older than ten seconds";
    const found = this.numbers().flatMap((number) =>
      this.#isFresh(number) ? [] : [this.#problems.get(number) ?? stale],
    );
    return [...new Set(found)];
  }

  #isFresh(number: number): boolean {
    const held = this.#held.get(this.#needed.get(number) ?? "");
    return held !== undefined && this.#isYoung(held);
  }

  #isYoung(held: Held): boolean {
    return this.#clock.monotonic() - held.at <= MAX_AGE;
  }
}

function refused(detail: string): WeftError {
  return new WeftError("REQUEST_MALFORMED", { detail });
}

function describe(error: unknown): string {
  if (error instanceof WeftError) return error.detail ?? error.message;
  return "no answer";
}
