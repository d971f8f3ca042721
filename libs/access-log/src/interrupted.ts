import type { B64u, Signer } from "#libs/terms";
import { ownRecord } from "./own-record.js";
import { type Candidate } from "./storage.js";

/** Milliseconds after a first intent's `exp` without an outcome when the log itself says that the access was interrupted. */
export const INTERRUPTED_AFTER = 60_000;

/** The outcome that nobody else wrote: the log vouches for nothing but that no outcome had reached it. */
export function interruptedOutcome(parent: B64u, origin: string, signer: Signer, now: Date): Candidate {
  return ownRecord({ kind: "outcome", parent, outcome: { status: "interrupted", sources: [] } }, origin, signer, now);
}
