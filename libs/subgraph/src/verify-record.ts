import {
  type PinnedLogs,
  type RecordedFetch,
  type RecordSigners,
  type RecordView,
  type VerifiedInclusion,
  verifyPresentation,
  verifyProof,
} from "#libs/access-log";
import { type OrgId, WeftError } from "#libs/terms";
import type { FetchRequest } from "./fetch-request.js";

/** Whom this ministry believes, kept outside the contracts folder: the gateways' keys and the logs' keys. */
export interface Pins {
  readonly gateways: RecordSigners;
  readonly logs: PinnedLogs;
}

declare const recorded: unique symbol;
/** A pinned gateway signed the record, a pinned log holds it, and it names this fetch. Only `verifyRecord` makes one. */
export interface RecordedRequest {
  readonly request: FetchRequest;
  readonly record: RecordView;
  readonly inclusion: VerifiedInclusion;
  readonly fetch: RecordedFetch;
  readonly [recorded]: true;
}

/** Throws RECORD_REJECTED, PROOF_REJECTED or NOT_RECORDED. */
export function verifyRecord(request: FetchRequest, audience: OrgId, pins: Pins, now: Date): RecordedRequest {
  const record = verifyPresentation(request.record, { audience, signers: pins.gateways, now });
  const inclusion = verifyProof(request.proof, record.entry, pins.logs);
  if (inclusion.origin !== record.log) {
    throw new WeftError("PROOF_REJECTED", { detail: "the proof is of another log than the record names" });
  }
  const [fetch, ...others] = record.section.fetches.filter(({ n }) => n === request.fetch);
  if (fetch === undefined || others.length > 0) {
    throw new WeftError("NOT_RECORDED", { detail: "the record does not name this fetch exactly once" });
  }
  return { request, record, inclusion, fetch } as RecordedRequest;
}
