import { type AgreementId, type OrgId, WeftError } from "#libs/terms";
import { z } from "zod";
import type { AdapterStore } from "./store.js";

/**
 * The ministry's own switch: while a pause covers a question nothing is read for it, whatever the agreements say. It is set on the
 * ministry's machine and survives a restart. One with an end that is still to come is a maintenance window: whom it covers is told of it
 * with each answer before.
 */
export const pauseScope = z
  .string()
  .regex(/^(all|agreement [a-z][a-z0-9-]{1,63}|consumer org:[a-z0-9._-]{1,58})$/)
  .describe("all, agreement <id> or consumer <org:…>");
export type PauseScope = z.infer<typeof pauseScope>;

const instant = z.iso.datetime({ offset: false });
export const pauseForm = z
  .strictObject({ scope: pauseScope, from: instant, until: instant.optional() })
  .refine(({ from, until }) => until === undefined || Date.parse(until) > Date.parse(from), "it ends before it begins")
  .readonly();
export type Pause = z.infer<typeof pauseForm>;

/** Whom a question comes from, as far as a pause can tell. */
export interface Asker {
  readonly consumer: OrgId;
  readonly agreement: AgreementId;
}

/** A window that is still to come. RFC 3339. */
export interface Maintenance {
  readonly from: string;
  readonly until: string;
}

const MARK = "pauses";
/** Seconds to come back after, where nobody said how long it takes. */
const LATER = 300;
/** Milliseconds before it begins that a window is announced. */
const AHEAD = 14 * 86_400_000;
/** HTTP: others are answered, so nobody may take the machine for one that is down. */
const NOT_YOU = 429;

export class PauseSwitch {
  readonly #store: Pick<AdapterStore, "findMark" | "setMark">;
  #pauses: readonly Pause[];

  /** Throws CONFIG_INVALID where what the store holds cannot be read: a pause must not be lost by that. */
  constructor(store: Pick<AdapterStore, "findMark" | "setMark">) {
    this.#store = store;
    this.#pauses = readPauses(store.findMark(MARK) ?? "[]");
  }

  /** In force or still to come, in the order in which they begin. */
  all(now: Date): readonly Pause[] {
    return this.#pauses.filter((pause) => !isOver(pause, now));
  }

  /** In force once it is on the disk. One of the same scope and beginning is replaced. */
  async set(pause: Pause, now: Date): Promise<void> {
    const others = this.all(now).filter(({ scope, from }) => scope !== pause.scope || from !== pause.from);
    await this.#keep([...others, pause].toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from)));
  }

  /** Ends what is in force of this scope, and what was planned for it. False where there was nothing. */
  async end(scope: PauseScope, now: Date): Promise<boolean> {
    const all = this.all(now);
    const left = all.filter((pause) => pause.scope !== scope);
    await this.#keep(left);
    return left.length < all.length;
  }

  /** Throws SOURCE_UNAVAILABLE while a pause covers the asker. */
  assertOpen(asker: Asker, now: Date): void {
    const stopped = this.#pauses.filter((pause) => covers(pause, asker) && isInForce(pause, now));
    if (stopped.length === 0) return;
    const ends = stopped.map(({ until }) => (until === undefined ? LATER : secondsTo(until, now)));
    throw new WeftError("SOURCE_UNAVAILABLE", {
      detail: `paused: ${stopped.map(({ scope }) => scope).join(", ")}`,
      retryAfter: Math.max(...ends),
      ...(stopped.every(({ scope }) => scope !== "all") && { status: NOT_YOU }),
    });
  }

  /** The next window that covers the asker and of which the end is known. */
  announcedTo(asker: Asker, now: Date): Maintenance | undefined {
    for (const pause of this.#pauses) {
      const { from, until } = pause;
      const wait = Date.parse(from) - now.getTime();
      if (until !== undefined && wait > 0 && wait <= AHEAD && covers(pause, asker)) return { from, until };
    }
    return undefined;
  }

  async #keep(pauses: readonly Pause[]): Promise<void> {
    await this.#store.setMark(MARK, JSON.stringify(pauses));
    this.#pauses = pauses;
  }
}

function readPauses(text: string): readonly Pause[] {
  try {
    return z.array(pauseForm).parse(JSON.parse(text));
  } catch (cause) {
    throw new WeftError("CONFIG_INVALID", { detail: "the store's pauses cannot be read", cause });
  }
}

function covers({ scope }: Pause, { consumer, agreement }: Asker): boolean {
  return scope === "all" || scope === `agreement ${agreement}` || scope === `consumer ${consumer}`;
}

function isInForce(pause: Pause, now: Date): boolean {
  return Date.parse(pause.from) <= now.getTime() && !isOver(pause, now);
}

function isOver({ until }: Pause, now: Date): boolean {
  return until !== undefined && Date.parse(until) <= now.getTime();
}

function secondsTo(until: string, now: Date): number {
  return Math.ceil((Date.parse(until) - now.getTime()) / 1000);
}
