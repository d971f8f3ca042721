import { WeftError } from "#libs/terms";
import { type ClosedHours, secondsUntilOpen } from "./protect-hours.js";

/** What Weft may do to one MIS at most. A ministry fears for its machine before it fears for its data. */
export interface ProtectLimits {
  /** Reads at one time. */
  readonly connections: number;
  readonly personsPerMinute: number;
  /** Milliseconds that a read waits for its turn. */
  readonly queue: number;
  readonly closed: ClosedHours;
}

/** One read's turn on the machine. `done` is called once, with how many of the persons admitted were in fact read. */
export interface Turn {
  done(personsRead?: number): void;
}

export interface ProtectLoad {
  readonly running: number;
  readonly connections: number;
  readonly waiting: number;
  /** Of this minute's. */
  readonly personsLeft: number;
  readonly personsPerMinute: number;
  /** Seconds; 0 within the open hours. */
  readonly closedFor: number;
}

interface Waiting {
  readonly start: () => void;
  readonly timer: NodeJS.Timeout;
}

const MINUTE = 60_000;
/** Seconds to come back after, where the machine is merely busy. */
const BUSY = 1;
/** HTTP: a smaller question would have been answered, so nobody may take the machine for one that is down. */
const TOO_MUCH = 429;

/**
 * Admits reads: closed hours, then persons per minute (a token bucket), then connections with a short queue. What is not admitted is
 * SOURCE_UNAVAILABLE with `retryAfter`.
 */
export class Protection {
  #limits: ProtectLimits;
  #tokens: number;
  #filledAt: number;
  #running = 0;
  readonly #queue: Waiting[] = [];
  readonly #monotonic: () => number;

  constructor(limits: ProtectLimits, monotonic: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#monotonic = monotonic;
    this.#tokens = limits.personsPerMinute;
    this.#filledAt = monotonic();
  }

  /** New limits count from the next read; what was used up stays used up. */
  change(limits: ProtectLimits): void {
    this.#fill();
    this.#limits = limits;
    this.#tokens = Math.min(this.#tokens, limits.personsPerMinute);
  }

  /** How much of what is allowed is in use, for the ministry's own eyes. */
  load(now: Date): ProtectLoad {
    this.#fill();
    const { connections, personsPerMinute, closed } = this.#limits;
    return {
      running: this.#running,
      connections,
      waiting: this.#queue.length,
      personsLeft: Math.max(0, Math.floor(this.#tokens)),
      personsPerMinute,
      closedFor: secondsUntilOpen(closed, now),
    };
  }

  async admit(persons: number, now: Date): Promise<Turn> {
    const closedFor = secondsUntilOpen(this.#limits.closed, now);
    if (closedFor > 0) throw unavailable("closed hours", closedFor);
    this.#take(persons);
    try {
      await this.#connection();
    } catch (error) {
      this.#giveBack(persons);
      throw error;
    }
    return this.#turn(persons);
  }

  #turn(persons: number): Turn {
    let open = true;
    return {
      done: (personsRead = persons) => {
        if (!open) return;
        open = false;
        this.#giveBack(Math.max(0, persons - personsRead));
        this.#running -= 1;
        this.#next();
      },
    };
  }

  #fill(): void {
    const now = this.#monotonic();
    const { personsPerMinute } = this.#limits;
    const earned = ((now - this.#filledAt) * personsPerMinute) / MINUTE;
    this.#tokens = Math.min(personsPerMinute, this.#tokens + earned);
    this.#filledAt = now;
  }

  /** A read of more persons than one minute's worth waits for a full bucket and then overdraws it. */
  #take(persons: number): void {
    this.#fill();
    const { personsPerMinute } = this.#limits;
    const missing = Math.min(persons, personsPerMinute) - this.#tokens;
    if (missing > 1e-9) throw unavailable("persons per minute", (missing * 60) / personsPerMinute, TOO_MUCH);
    this.#tokens -= persons;
  }

  #giveBack(persons: number): void {
    this.#tokens = Math.min(this.#limits.personsPerMinute, this.#tokens + persons);
  }

  #connection(): Promise<void> {
    if (this.#running < this.#limits.connections) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(unavailable("all connections are busy", BUSY));
      }, this.#limits.queue);
      const start = () => {
        clearTimeout(timer);
        this.#running += 1;
        resolve();
      };
      const waiting: Waiting = { start, timer };
      this.#queue.push(waiting);
    });
  }

  #next(): void {
    if (this.#running < this.#limits.connections) this.#queue.shift()?.start();
  }
}

function unavailable(detail: string, retryAfter: number, status?: number): WeftError {
  return new WeftError("SOURCE_UNAVAILABLE", {
    detail: `protect: ${detail}`,
    retryAfter: Math.ceil(retryAfter),
    ...(status !== undefined && { status }),
  });
}
