import { randomInt } from "node:crypto";
import { type Checkpoint, openWitnessed, type PinnedLogs, type PinnedWitnesses } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import type { AdapterStore } from "./store.js";

/** What the watcher asks of the log; `LogClient` is one. */
export interface WatchedLog {
  checkpoint(): Promise<Checkpoint>;
  /** The checkpoint that everybody is shown, as text with its cosignatures. */
  published(): Promise<string>;
  /** Throws PROOF_REJECTED where the newer tree does not begin with the older one. */
  assertConsistent(older: Checkpoint, newer: Checkpoint): Promise<void>;
  /** Seconds that the log's clock is ahead of ours; throws where it cannot be told. */
  clockOffset(): Promise<number>;
}

export interface WatcherOptions {
  readonly log: WatchedLog;
  readonly store: AdapterStore;
  /** Whose word is wanted besides the log's own, at this moment. Nobody's unless told. */
  readonly witnessed?: { readonly logs: PinnedLogs; readonly by: () => PinnedWitnesses };
  readonly monotonic?: () => number;
  readonly now?: () => number;
}

const LARGEST = "checkpoint";
const FORKED = "log-forked";
const WITNESSED = "witnessed-at";
/** Seconds either way; an HTTP date is cut to the second, so half of one is added. */
const MAX_OFFSET = 5.5;
/** Milliseconds without a look at the log itself: who stands between could show a tree that nobody else sees. */
const UNSEEN = 5 * 60_000;
/** Seconds for which a cosigned checkpoint vouches for the log. */
const WITNESS_LIFE = 600;
const CLOCK_SKEW = 5;
/** Checkpoints between two looks that are compared; of more, so many by lot. */
const COMPARED = 64;

/**
 * Holds the log to what it has once shown. Each proof's checkpoint is remembered; once a minute all of them, in the order of their sizes, must
 * continue each other and the largest that was checked before, which is kept on the disk. A fork that is smaller than that is found as well as
 * a larger one. A log that fails is not believed again until an operator says so; one that has lost entries (a restored database) is not
 * believed until it has them again; one that no quorum of witnesses has vouched for in the last ten minutes, until one has.
 */
export class LogWatcher {
  readonly #options: WatcherOptions;
  #checked: Checkpoint | undefined;
  #largest: Checkpoint | undefined;
  /** Shown since the last look, by size. */
  readonly #shown = new Map<number, Checkpoint>();
  #showings = 0;
  #looking: Promise<void> | undefined;
  #witnessedAt: number | undefined;
  #forked: boolean;
  #offset: number | undefined;
  #behind = false;
  #seenAt = 0;
  readonly #monotonic: () => number;
  readonly #now: () => number;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.#witnessedAt = readSeconds(options.store.findMark(WITNESSED));
    this.#checked = readCheckpoint(options.store.findMark(LARGEST));
    this.#largest = this.#checked;
    this.#forked = options.store.findMark(FORKED) !== undefined;
  }

  /** A checkpoint that a pinned key signed. Throws PROOF_REJECTED on a second tree of the same size. */
  observe(checkpoint: Checkpoint): void {
    for (const known of [this.#checked, this.#largest, this.#shown.get(checkpoint.size)]) {
      if (known?.size === checkpoint.size && !known.root.equals(checkpoint.root)) this.#fork();
    }
    if (this.#forked) throw forked();
    const { origin, size, root } = checkpoint;
    if (this.#largest === undefined || size > this.#largest.size) this.#largest = { origin, size, root };
    this.#remember({ origin, size, root });
  }

  /**
   * Once a minute. Never throws; what is wrong is in `problem`. A reply that is no checkpoint of the log's (a proxy's page, say) is none at
   * all: only two trees that the log signed can show that it forked. One look at a time: of two that overlap, the one that was sent first
   * and answered last would find that the log had lost entries.
   */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#offset = await log.clockOffset();
      const newest = await log.checkpoint();
      this.observe(newest);
      this.#behind = newest.size < (this.#checked?.size ?? 0);
      const witnessedAt = await this.#lookAtWitnesses();
      await this.#advance();
      if (witnessedAt !== undefined) await this.#vouched(witnessedAt);
      this.#seenAt = this.#monotonic();
    } catch {
      // Not answered: what was seen last grows old.
    }
  }

  /** It has just begun to look, and soon another look may help. */
  isWaiting(): boolean {
    return this.#offset === undefined || (this.#witnessedAt === undefined && this.isUnwitnessed());
  }

  /** Why nothing may be answered now, for health and operator. */
  problem(): string | undefined {
    if (this.#forked) return "log-inconsistent";
    if (this.#behind) return "log-behind";
    if (this.#offset === undefined) return "clock-not-measured";
    if (this.#monotonic() - this.#seenAt > UNSEEN) return "log-not-seen";
    if (this.isUnwitnessed()) return "log-not-witnessed";
    return Math.abs(this.#offset) > MAX_OFFSET ? clockOff(this.#offset) : undefined;
  }

  /** No quorum has vouched for the log in time: nothing is served until one has. */
  isUnwitnessed(): boolean {
    const { witnessed } = this.#options;
    if (witnessed === undefined || witnessed.by().quorum === 0) return false;
    return this.#witnessedAt === undefined || this.#now() - this.#witnessedAt > WITNESS_LIFE;
  }

  /** When a quorum has vouched for what everybody is shown; what it vouched for is held against all else that was shown. */
  async #lookAtWitnesses(): Promise<number | undefined> {
    const { log, witnessed } = this.#options;
    const by = witnessed?.by();
    if (witnessed === undefined || by === undefined || by.quorum === 0) return undefined;
    const note = await log.published();
    try {
      const vouchedFor = openWitnessed(note, witnessed.logs, by, this.#now() + CLOCK_SKEW);
      this.observe(vouchedFor);
      return vouchedFor.witnessedAt;
    } catch (error) {
      if (error instanceof WeftError) return undefined;
      throw error;
    }
  }

  async #vouched(at: number): Promise<void> {
    if (at <= (this.#witnessedAt ?? 0)) return;
    this.#witnessedAt = at;
    await this.#options.store.setMark(WITNESSED, String(at));
  }

  /** Beyond the limit each one that was shown has the same chance to stay. */
  #remember(checkpoint: Checkpoint): void {
    if (this.#shown.has(checkpoint.size) || checkpoint.size === this.#checked?.size) return;
    this.#showings += 1;
    if (this.#shown.size >= COMPARED) {
      if (randomInt(this.#showings) >= COMPARED) return;
      this.#shown.delete([...this.#shown.keys()][randomInt(COMPARED)]!);
    }
    this.#shown.set(checkpoint.size, checkpoint);
  }

  async #advance(): Promise<void> {
    const { store } = this.#options;
    const largest = this.#largest;
    const shown = [...this.#shown.values()];
    const all = [this.#checked, ...shown, largest].filter((known) => known !== undefined);
    const chain = [...new Map(all.map((known) => [known.size, known])).values()].sort((a, b) => a.size - b.size);
    for (const [at, newer] of chain.entries()) if (at > 0) await this.#assertContinues(chain[at - 1]!, newer);
    for (const { size } of shown) this.#shown.delete(size);
    this.#showings = this.#shown.size;
    if (largest === undefined || largest.size === this.#checked?.size) return;
    this.#checked = largest;
    await store.setMark(LARGEST, JSON.stringify({ ...largest, root: largest.root.toString("base64") }));
  }

  async #assertContinues(older: Checkpoint, newer: Checkpoint): Promise<void> {
    try {
      await this.#options.log.assertConsistent(older, newer);
    } catch (error) {
      if (error instanceof WeftError && error.code === "PROOF_REJECTED") this.#fork();
      throw error;
    }
  }

  #fork(): void {
    if (this.#forked) return;
    this.#forked = true;
    void this.#options.store.setMark(FORKED, new Date().toISOString()).catch(() => {});
  }
}

function clockOff(offset: number): string {
  return `clock-off: ${Math.round(Math.abs(offset))} s ${offset > 0 ? "behind" : "ahead of"} the log`;
}

function readCheckpoint(mark: string | undefined): Checkpoint | undefined {
  if (mark === undefined) return undefined;
  const { origin, size, root } = JSON.parse(mark) as { origin: string; size: number; root: string };
  return { origin, size, root: Buffer.from(root, "base64") };
}

function readSeconds(mark: string | undefined): number | undefined {
  return mark === undefined ? undefined : Number(mark);
}

function forked(): WeftError {
  return new WeftError("PROOF_REJECTED", { detail: "the log has shown two trees that do not fit together" });
}
