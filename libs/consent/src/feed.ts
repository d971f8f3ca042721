import type { SubjectRef } from "#libs/terms";
import type { ConsentEvidence } from "./evaluate.js";

/**
 * One provider's receipts and the lists that say which of them still hold, brought to the adapter: to read needs no call home,
 * and the register learns nothing of who is read.
 */
export interface ConsentFeed extends Omit<ConsentEvidence, "usesOf"> {
  /** Everybody of whom there is a receipt: a list that rests on consent asks the ministry's system for nobody else. */
  subjects(): Iterable<SubjectRef>;
  /** False once a status list is older than ten seconds by the monotonic clock: then nothing may be released. */
  isFresh(): boolean;
  /** Why the feed cannot be relied on, for the operator; empty where it can. Holds no personal data. */
  problems(): readonly string[];
  /** Receipts read so far: never fewer than at an earlier start. */
  position(): number;
  close(): void;
}

/** Milliseconds. Older than this, neither a list nor the feed's last answer says anything. */
export const MAX_AGE = 10_000;

export interface FeedClock {
  /** Seconds since 1970. */
  now(): number;
  /** Milliseconds that no one can set back. */
  monotonic(): number;
}
