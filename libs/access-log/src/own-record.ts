import type { Signer } from "#libs/terms";
import { DEFAULT_LIFETIME, entryOf, issueRecord, type RecordDraft } from "./record.js";
import type { Candidate } from "./storage.js";
import { leafHash } from "./tree.js";

/**
 * A record that the log writes by itself. `iss` is the log's own origin and the signature its own key. The key also signs checkpoints; the two
 * can never be confused, as a note's text starts with the origin and a newline, and a JWS has neither.
 */
export function ownRecord(
  draft: Omit<RecordDraft, "iss" | "log" | "sections">,
  origin: string,
  signer: Signer,
  now: Date,
): Candidate {
  const { jwt, jti, disclosures } = issueRecord({ ...draft, iss: origin, log: origin, sections: [] }, signer, now);
  return {
    leaf: leafHash(entryOf(jwt)),
    jti,
    kind: draft.kind,
    iss: undefined,
    parent: draft.parent as Candidate["parent"],
    exp: new Date(now.getTime() + DEFAULT_LIFETIME * 1000),
    jwt,
    disclosures,
    requestKey: undefined,
  };
}
