import type { Checkpoint } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import type { AdapterStore } from "./store.js";

/** What the watcher asks of the log; `LogClient` is one. */
export interface WatchedLog {
  checkpoint(): Promise<Checkpoint>;
  /** Throws PROOF_REJECTED where the newer tree does not begin with the older one. */
  assertConsistent(older: Checkpoint, newer: Checkpoint): Promise<void>;
  /** Seconds that the log's clock is ahead of ours; throws where it cannot be told. */
  clockOffset(): Promise<number>;
}

export interface WatcherOptions {
  readonly log: WatchedLog;
  readonly store: AdapterStore;
  readonly monotonic?: () => number;
}

const LARGEST = "checkpoint";
const FORKED = "log-forked";
/** Seconds either way; an HTTP date is cut to the second, so half of one is added. */
const MAX_OFFSET = 5.5;
/** Milliseconds without a look at the log itself: who stands between could show a tree that nobody else sees. */
const UNSEEN = 5 * 60_000;

/**
 * Holds the log to what it has once shown. Each proof's checkpoint is remembered; once a minute the largest must continue the
 * largest that was checked before, which is kept on the disk. A log that fails is not believed again until an operator says so; one that
 * has lost entries (a restored database) is not believed until it has them again.
 */
export class LogWatcher {
  readonly #options: WatcherOptions;
  #checked: Checkpoint | undefined;
  #largest: Checkpoint | undefined;
  #forked: boolean;
  #offset: number | undefined;
  #behind = false;
  #seenAt = 0;
  readonly #monotonic: () => number;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#checked = readCheckpoint(options.store.findMark(LARGEST));
    this.#largest = this.#checked;
    this.#forked = options.store.findMark(FORKED) !== undefined;
  }

  /** A checkpoint that a pinned key signed. Throws PROOF_REJECTED on a second tree of the same size. */
  observe(checkpoint: Checkpoint): void {
    for (const known of [this.#checked, this.#largest]) {
      if (known?.size === checkpoint.size && !known.root.equals(checkpoint.root)) this.#fork();
    }
    if (this.#forked) throw forked();
    const { origin, size, root } = checkpoint;
    if (this.#largest === undefined || size > this.#largest.size) this.#largest = { origin, size, root };
  }

  /**
   * Once a minute. Never throws; what is wrong is in `problem`. A reply that is no checkpoint of the log's (a proxy's page, say) is none at
   * all: only two trees that the log signed can show that it forked.
   */
  async look(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#offset = await log.clockOffset();
      const newest = await log.checkpoint();
      this.observe(newest);
      this.#behind = newest.size < (this.#checked?.size ?? 0);
      await this.#advance();
      this.#seenAt = this.#monotonic();
    } catch {
      // Not answered: what was seen last grows old.
    }
  }

  /** Why nothing may be answered now, for health and operator. */
  problem(): string | undefined {
    if (this.#forked) return "log-inconsistent";
    if (this.#behind) return "log-behind";
    if (this.#offset === undefined) return "clock-not-measured";
    if (this.#monotonic() - this.#seenAt > UNSEEN) return "log-not-seen";
    return Math.abs(this.#offset) > MAX_OFFSET ? clockOff(this.#offset) : undefined;
  }

  async #advance(): Promise<void> {
    const { store } = this.#options;
    const [older, newer] = [this.#checked, this.#largest];
    if (newer === undefined || newer.size === older?.size) return;
    if (older !== undefined) await this.#assertContinues(older, newer);
    this.#checked = newer;
    await store.setMark(LARGEST, JSON.stringify({ ...newer, root: newer.root.toString("base64") }));
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

function forked(): WeftError {
  return new WeftError("PROOF_REJECTED", { detail: "the log has shown two trees that do not fit together" });
}
