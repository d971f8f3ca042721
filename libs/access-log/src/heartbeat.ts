import type { Signer } from "#libs/terms";
import { ownRecord } from "./own-record.js";
import type { RecordPayload } from "./record.js";
import type { Candidate } from "./storage.js";

/** Milliseconds between two heartbeats of a log that runs. */
export const HEARTBEAT_EVERY = 60_000;
/** Seconds between two that are no gap yet: one may fail, and a start takes its time. */
const LONGEST_PAUSE = 150;

/** "I run": so that an hour in which nothing was recorded differs from an hour in which nothing could be. */
export function heartbeat(origin: string, signer: Signer, now: Date): Candidate {
  return ownRecord({ kind: "heartbeat" }, origin, signer, now);
}

/** A time, in seconds, in which the log did not say that it ran. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** Of the heartbeat that ended it; undefined for one that lasts. */
  readonly index: number | undefined;
}

/** Shown the log's records in their order, it tells each gap between its heartbeats. */
export function gapFinder(): {
  readonly next: (index: number, payload: Pick<RecordPayload, "kind" | "iss" | "log" | "iat">) => Gap | undefined;
  /** The gap that is open at a time: at that of the newest cosignature, say. */
  readonly openAt: (seconds: number) => Gap | undefined;
} {
  let last: number | undefined;
  const gapTo = (to: number, index?: number): Gap | undefined =>
    last !== undefined && to - last > LONGEST_PAUSE ? { from: last, to, index } : undefined;
  return {
    next: (index, { kind, iss, log, iat }) => {
      // An adapter's heartbeat says nothing of the log.
      if (kind !== "heartbeat" || iss !== log) return undefined;
      const gap = gapTo(iat, index);
      last = Math.max(last ?? iat, iat);
      return gap;
    },
    openAt: (seconds) => gapTo(seconds),
  };
}
