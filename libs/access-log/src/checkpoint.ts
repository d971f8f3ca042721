import { WeftError } from "#libs/terms";
import { type NoteSigner, type NoteVerifier, openNote, signNote } from "./note.js";
import { emptyRoot, HASH_LENGTH, type Hash } from "./tree.js";

/**
 * Checkpoint, c2sp.org/tlog-checkpoint: what the log says of its tree, as a signed note.
 *
 *     log.orvanda.example/qv
 *     20852163
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

export function printCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

/** Reads a note's text. Extension lines are refused: our logs write none, and no monitor could audit them. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", size = "", root = ""] = text.split("\n");
  const checkpoint = { origin, size: Number(size), root: Buffer.from(root, "base64") };
  const holds =
    origin !== "" &&
    Number.isSafeInteger(checkpoint.size) &&
    checkpoint.size >= 0 &&
    checkpoint.root.length === HASH_LENGTH &&
    (checkpoint.size > 0 || checkpoint.root.equals(emptyRoot)) &&
    printCheckpoint(checkpoint) === text;
  if (!holds) throw new WeftError("PROOF_REJECTED", { detail: "checkpoint: not in the printed form" });
  return checkpoint;
}

export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  return signNote(printCheckpoint(checkpoint), signer);
}

/** A checkpoint that the log of its own origin signed with a pinned key. */
export function openCheckpoint(note: string, logs: readonly NoteVerifier[]): Checkpoint {
  const origin = originOf(note);
  return parseCheckpoint(
    openNote(
      note,
      logs.filter((log) => log.name === origin),
    ),
  );
}

/** The first line of a checkpoint, or of its note: which log it speaks of. Nothing of it is believed yet. */
export function originOf(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}
