import { LRUCache } from "lru-cache";
import { WeftError } from "#libs/terms";
import { type Checkpoint, openCheckpoint } from "./checkpoint.js";
import { type NoteVerifier, parseVkey } from "./note.js";
import { HASH_LENGTH, type Hash, leafHash, verifyInclusion } from "./tree.js";

/**
 * Inclusion proof as text, c2sp.org/tlog-proof@v1: it verifies offline against the log's pinned key.
 *
 *     c2sp.org/tlog-proof@v1
 *     index 73894
 *     gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=      sibling hashes, the leaf's first
 *     …
 *                                                       one empty line, then the checkpoint's note as signed
 *     log.orvanda.example/qv
 *     …
 */
export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Hash[];
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string;
}

/** An entry that a pinned log holds at `index` of the tree of this size and root. Only `verifyProof` makes one. */
export interface VerifiedInclusion extends Checkpoint {
  readonly index: number;
}

/** The logs that are believed, by verifier key. `opened` remembers notes that verified: a batch of proofs shares one checkpoint. */
export interface PinnedLogs {
  readonly verifiers: readonly NoteVerifier[];
  readonly opened: LRUCache<string, Checkpoint>;
}

const HEADER = "c2sp.org/tlog-proof@v1";
/** A tree of 2^53 leaves has no longer path. */
const MAX_HASHES = 53;
const MAX_PROOF_BYTES = 16 * 1024;

export function pinLogs(vkeys: readonly string[]): PinnedLogs {
  return { verifiers: vkeys.map((vkey) => parseVkey(vkey)), opened: new LRUCache({ max: 64 }) };
}

export function printProof(proof: TlogProof): string {
  return proofPrinter()(proof);
}

/** For proofs of one batch: nearly all their hashes are the same ones, and are printed once. */
export function proofPrinter(): (proof: TlogProof) => string {
  const printed = new Map<Hash, string>();
  const lineOf = (hash: Hash): string => {
    let line = printed.get(hash);
    if (line === undefined) printed.set(hash, (line = `${hash.toString("base64")}\n`));
    return line;
  };
  return ({ index, hashes, checkpoint }) => `${HEADER}\nindex ${index}\n${hashes.map(lineOf).join("")}\n${checkpoint}`;
}

/** Form only. Extra data is refused: nothing authenticates it and we have no use for it. */
export function parseProof(text: string): TlogProof {
  const end = text.indexOf("\n\n");
  if (end < 0 || text.length > MAX_PROOF_BYTES) throw rejected("not in the printed form");
  const [, index = "", ...lines] = text.slice(0, end).split("\n");
  const proof: TlogProof = {
    index: Number(index.replace(/^index /, "")),
    hashes: lines.map((line) => Buffer.from(line, "base64")),
    checkpoint: text.slice(end + 2),
  };
  const holds =
    Number.isSafeInteger(proof.index) &&
    proof.index >= 0 &&
    proof.hashes.length <= MAX_HASHES &&
    proof.hashes.every((hash) => hash.length === HASH_LENGTH) &&
    printProof(proof) === text;
  if (!holds) throw rejected("not in the printed form");
  return proof;
}

/** Throws PROOF_REJECTED unless a pinned log signed that `entry` (32 bytes, see `entryOf`) is at the proof's index. */
export function verifyProof(text: string, entry: Uint8Array, logs: PinnedLogs): VerifiedInclusion {
  const { index, hashes, checkpoint: note } = parseProof(text);
  const checkpoint = openPinned(note, logs);
  if (!verifyInclusion(hashes, leafHash(entry), index, checkpoint.size, checkpoint.root)) {
    throw rejected("the entry is not at its index under this checkpoint");
  }
  return { ...checkpoint, index };
}

/** A checkpoint's note against the pinned logs; its signature is checked once. */
export function openPinned(note: string, logs: PinnedLogs): Checkpoint {
  const known = logs.opened.get(note);
  if (known) return known;
  const checkpoint = openCheckpoint(note, logs.verifiers);
  logs.opened.set(note, checkpoint);
  return checkpoint;
}

function rejected(detail: string): WeftError {
  return new WeftError("PROOF_REJECTED", { detail: `inclusion proof: ${detail}` });
}
