import { type InclusionProof, issueRecord, type IssuedRecord } from "#libs/access-log";
import type { PartyId, Signer, SubjectRef } from "#libs/terms";
import type { VerifiedFetch } from "./verified-fetch.js";

/** As far as this side needs the log: it answers with a proof, or throws and nothing is answered. */
export interface RowsLog {
  readonly origin: string;
  append(record: IssuedRecord): Promise<InclusionProof>;
}

/**
 * Whoever first learns which persons are touched records them: a list's rows are in the log before they leave the adapter. An
 * empty list is recorded too; that it is empty is an answer.
 */
export function recordRows(
  fetch: VerifiedFetch,
  found: readonly SubjectRef[],
  adapter: { readonly id: PartyId; readonly signer: Signer },
  log: RowsLog,
  now: Date,
): Promise<InclusionProof> {
  const { section, jti, parent, caller } = fetch.record;
  const draft = {
    kind: "rows",
    iss: adapter.id,
    log: log.origin,
    parent: parent ?? jti,
    caller,
    sections: [{ ...section, fetches: [fetch.fetch], subjects: [...new Set(found)] }],
  } as const;
  return log.append(issueRecord(draft, adapter.signer, now));
}
