import type { B64u, Signer } from "#libs/terms";
import { entryOf, issueRecord } from "./record.js";
import { type Candidate } from "./storage.js";
import { leafHash } from "./tree.js";

/** Milliseconds after a first intent's `exp` without an outcome when the log itself says that the access was interrupted. */
export const INTERRUPTED_AFTER = 60_000;

/**
 * The outcome that nobody else wrote. `iss` is the log's own origin and the signature its own key: the log vouches for nothing
 * but that no outcome had reached it. The key also signs checkpoints; the two can never be confused, as a note's text starts with
 * the origin and a newline, and a JWS has neither.
 */
export function interruptedOutcome(parent: B64u, origin: string, signer: Signer, now: Date): Candidate {
  const outcome = { status: "interrupted" as const, sources: [] };
  const { jwt, jti, disclosures } = issueRecord(
    { kind: "outcome", iss: origin, log: origin, parent, outcome, sections: [] },
    signer,
    now,
  );
  return {
    leaf: leafHash(entryOf(jwt)),
    jti,
    kind: "outcome",
    iss: undefined,
    parent,
    exp: new Date(now.getTime() + 30_000),
    jwt,
    disclosures,
    requestKey: undefined,
  };
}
