import {
  type Candidate,
  interruptedOutcome,
  INTERRUPTED_AFTER,
  type LogStorage,
  type RecordSigners,
  type RecordStorage,
  type Sequencer,
} from "#libs/access-log";
import type { Signer } from "#libs/terms";

/** All that the endpoints need, put together once in `access-log.module.ts`. */
export interface AccessLog {
  readonly origin: string;
  readonly sequencer: Sequencer;
  readonly storage: LogStorage & RecordStorage;
  /** Whose records are taken, by the contracts in force at the moment. */
  readonly signers: RecordSigners;
  readonly now: () => Date;
  /** Whether records may be read back without sign-in: only in a sandbox on loopback. */
  readonly openReview: boolean;
  readonly onAppend: (outcome: string) => void;
}

export const ACCESS_LOG = Symbol("AccessLog");

/** Outcomes written in one go; the next go comes soon. */
const SWEEP_LIMIT = 256;

/** Writes `interrupted` for each access that began, should have ended, and of whose end nobody told. Resolves to their number. */
export async function writeInterrupted(
  log: Pick<AccessLog, "origin" | "sequencer" | "storage">,
  signer: Signer,
  now: Date,
) {
  const jtis = await log.storage.unanswered(new Date(now.getTime() - INTERRUPTED_AFTER), SWEEP_LIMIT);
  const outcomes: Candidate[] = jtis.map((jti) => interruptedOutcome(jti, log.origin, signer, now));
  await Promise.all(outcomes.map((outcome) => log.sequencer.append(outcome)));
  return outcomes.length;
}
