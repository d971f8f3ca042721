import { z } from "zod";
import { type AgreementId, type Digest, type OrgId, parseJws, WeftError } from "#libs/terms";
import { readDisclosures } from "./disclosures.js";
import { type PinnedLogs, verifyProof } from "./proof.js";
import { entryOf, RECORD_TYP, RecordPayload } from "./record.js";
import type { CallerPart } from "./record-parts.js";
import type { ReviewPart } from "./review/part.js";

/**
 * A provider ends the use of an agreement at once: the record of its officer's word in the log, with the proof. Every gateway and every
 * adapter asks the log for them each second and stops by itself. It covers one version of one agreement, as it was signed; what both
 * sides sign anew is not covered, and nothing else lifts it.
 *
 * Who verifies it needs the log's key alone. The log takes such a record from a console that the registry lists for this organisation; and
 * a log that lied could stop every access anyway, by taking no record of it. So a false one closes what could be closed, and opens nothing.
 */
export const SuspensionNotice = z
  .strictObject({
    /** Index of its record. */
    index: z.int().min(0),
    /** The whole record, as its writer presents it. */
    record: z.string().max(64 * 1024),
    /** c2sp.org/tlog-proof@v1 */
    proof: z.string().max(16 * 1024),
  })
  .readonly();
export type SuspensionNotice = z.infer<typeof SuspensionNotice>;

export const SuspensionsAnswer = z
  .strictObject({ suspensions: z.array(SuspensionNotice).max(10_000).readonly() })
  .readonly();

export interface Suspension {
  /** Whose officer said it. It counts where this is the agreement's provider. */
  readonly provider: OrgId;
  readonly agreement: AgreementId;
  readonly version: number;
  readonly digest: Digest;
  readonly reason: string;
  /** Index of its record. */
  readonly record: number;
  /** When the record was written. */
  readonly at: Date;
}

/** Where the log keeps them, apart from what retention erases. */
export interface SuspensionStorage {
  /** Once is enough: a second time changes nothing. */
  keep(notice: SuspensionNotice): Promise<void>;
  all(): Promise<readonly SuspensionNotice[]>;
}

/** Throws RECORD_REJECTED or PROOF_REJECTED unless a pinned log holds this record and it says so. */
export function readSuspension({ record, proof }: SuspensionNotice, logs: PinnedLogs): Suspension {
  const [jwt = "", ...disclosures] = record.split("~");
  if (disclosures.pop() !== "") throw refused("it does not end with a tilde");
  const read = RecordPayload.safeParse(parseJws(jwt, RECORD_TYP).payload);
  if (!read.success || read.data.kind !== "review") throw refused("it is no review");
  const { origin, index } = verifyProof(proof, entryOf(jwt), logs);
  if (read.data.log !== origin) throw refused("it is for another log");
  const { named } = readDisclosures(disclosures, read.data);
  const [caller, part] = [named.get("caller") as CallerPart | undefined, named.get("review") as ReviewPart | undefined];
  if (!caller || part?.look.kind !== "suspend") throw refused("it suspends nothing");
  const { agreement, version, digest, reason } = part.look;
  return {
    provider: caller.consumer,
    agreement,
    version,
    digest,
    reason,
    record: index,
    at: new Date(read.data.iat * 1000),
  };
}

function refused(detail: string): WeftError {
  return new WeftError("RECORD_REJECTED", { detail: `suspension: ${detail}` });
}
