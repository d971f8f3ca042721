import {
  erasureRecord,
  interruptedOutcome,
  INTERRUPTED_AFTER,
  type LogStorage,
  type PinnedLogs,
  type PostgresLog,
  type PostgresSearch,
  type RecordSearch,
  type RecordSigners,
  type RecordStorage,
  type RegistryKeys,
  type ReviewRights,
  type SearchStatus,
  type Sequencer,
  type SignedCheckpoint,
  type SuspensionStorage,
} from "#libs/access-log";
import type { Signer } from "#libs/terms";

/** All that the endpoints need, put together once in `access-log.module.ts`. */
export interface AccessLog {
  readonly origin: string;
  readonly sequencer: Sequencer;
  readonly storage: LogStorage & RecordStorage & SuspensionStorage;
  /** The checkpoint that everybody is shown: cosigned, where the registry pins witnesses. */
  readonly published: () => SignedCheckpoint;
  /** Throws RECORD_UNAVAILABLE once a witness has shown that this log's past is not the one that it signed. */
  readonly assertSound: () => void;
  /** Whose records are taken, by the contracts in force at the moment. */
  readonly signers: RecordSigners;
  /** Which console may review for whom, by the same contracts. */
  readonly reviewRights: ReviewRights;
  /** This log's own key: by it a proof is known as our own. */
  readonly logs: PinnedLogs;
  readonly search: RecordSearch;
  readonly afterEnd: PostgresSearch["afterEnd"];
  /** The registry in force at the moment. */
  readonly registry: () => RegistryKeys;
  readonly now: () => Date;
  /** Whether records may be read back without sign-in: only in a sandbox on loopback. */
  readonly openReview: boolean;
  /** How far the search index has followed. */
  readonly searched: () => Promise<SearchStatus>;
  readonly onAppend: (outcome: string) => void;
}

export const ACCESS_LOG = Symbol("AccessLog");

/** Outcomes at a time. */
const AT_ONCE = 1_000;

/**
 * Writes `interrupted` for each access that began, should have ended, and of whose end nobody told. What it wrote it must find in the index
 * before it looks again, or it would write it twice. Resolves to their number.
 */
export function interruptedWriter(
  { origin, sequencer, storage }: Pick<AccessLog, "origin" | "sequencer" | "storage">,
  signer: Signer,
): (now: Date) => Promise<number> {
  let seen = 0;
  return async (now) => {
    const expiredBefore = new Date(now.getTime() - INTERRUPTED_AFTER);
    const jtis = await storage.unanswered({ expiredBefore, seen }, AT_ONCE);
    const outcomes = jtis.map((jti) => interruptedOutcome(jti, origin, signer, now));
    const written = await Promise.all(outcomes.map((outcome) => sequencer.append(outcome)));
    seen = Math.max(seen, ...written.map(({ index }) => index + 1));
    return written.length;
  };
}

/** Puts each erasure that is asked for into the log; only then the database carries it out. Resolves to their number. */
export async function recordErasures(
  { origin, sequencer }: Pick<AccessLog, "origin" | "sequencer">,
  storage: Pick<PostgresLog, "unrecordedErasures" | "noteErasure">,
  signer: Signer,
  now: Date,
): Promise<number> {
  const asked = await storage.unrecordedErasures();
  for (const erasure of asked) {
    const { index } = await sequencer.append(erasureRecord(erasure, origin, signer, now));
    await storage.noteErasure(erasure.run, index);
  }
  return asked.length;
}
