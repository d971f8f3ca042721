import { WeftError } from "#libs/terms";
import { type Checkpoint, originOf, parseCheckpoint } from "./checkpoint.js";
import { type NoteVerifier, openNote, parseNote } from "./note.js";
import { emptyRoot, HASH_LENGTH, type Hash, verifyConsistency } from "./tree.js";

/**
 * What a witness is asked and what it decides, c2sp.org/tlog-witness.
 *
 *     old 20852014                                  size of the tree that the log thinks we cosigned last
 *     PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=      consistency proof from there, RFC 6962 §2.1.2
 *     …
 *                                                   one empty line, then the checkpoint's note
 *     log.orvanda.example/qv
 *     …
 */
export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  /** Verbatim. */
  readonly note: string;
}

/** What the witness knows: the logs that it vouches for, and the checkpoint that it cosigned last. */
export interface WitnessKnowledge {
  readonly logs: readonly NoteVerifier[];
  readonly latest: (origin: string) => Checkpoint | undefined;
}

/** By the status that it is answered with. */
export type CosignatureDecision =
  /** To be noted durably, then cosigned: `text` is what the cosignature covers. */
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
  /** Not well-formed, or the old size is above the new one. */
  | { readonly status: 400 }
  /** No key of the log's signed it. */
  | { readonly status: 403 }
  /** Not a log that we vouch for. */
  | { readonly status: 404 }
  /** `size` is what we cosigned last. `fork`: the log itself signed two trees of that size. */
  | { readonly status: 409; readonly size: number; readonly fork: boolean }
  /** The proof does not lead from what we cosigned to what is asked. */
  | { readonly status: 422 };

const MAX_PROOF = 63;
export const MAX_ADD_CHECKPOINT_BYTES = 64 * 1024;
const oldForm = /^old (0|[1-9]\d{0,15})$/;

export function printAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${hash.toString("base64")}\n`).join("")}\n${note}`;
}

/** Form only. Throws REQUEST_MALFORMED for what `printAddCheckpoint` would not print. */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf("\n\n");
  if (end < 0 || body.length > MAX_ADD_CHECKPOINT_BYTES) throw malformed();
  const [old = "", ...lines] = body.slice(0, end).split("\n");
  const request: AddCheckpoint = {
    oldSize: Number(oldForm.exec(old)?.[1]),
    proof: lines.map((line) => Buffer.from(line, "base64")),
    note: body.slice(end + 2),
  };
  const holds =
    Number.isSafeInteger(request.oldSize) &&
    request.proof.length <= MAX_PROOF &&
    request.proof.every((hash) => hash.length === HASH_LENGTH) &&
    printAddCheckpoint(request) === body;
  if (!holds) throw malformed();
  return request;
}

/**
 * Pure, in the order of the text of the standard. Whoever calls it must note a 200 before anyone sees the cosignature, and let no other
 * decision come between: two that were decided on one knowledge could roll the witness back.
 */
export function decideCosignature(body: string, { logs, latest }: WitnessKnowledge): CosignatureDecision {
  const request = attempt(() => parseAddCheckpoint(body));
  const note = request && attempt(() => parseNote(request.note));
  if (!request || !note) return { status: 400 };
  const origin = originOf(note.text);
  const own = logs.filter(({ name }) => name === origin);
  if (own.length === 0) return { status: 404 };
  const text = attempt(() => openNote(request.note, own));
  if (text === undefined) return { status: 403 };
  const checkpoint = attempt(() => parseCheckpoint(text));
  if (!checkpoint || request.oldSize > checkpoint.size) return { status: 400 };
  return decideConsistency(request, checkpoint, text, latest(origin) ?? { origin, size: 0, root: emptyRoot });
}

function decideConsistency(
  { oldSize, proof }: AddCheckpoint,
  checkpoint: Checkpoint,
  text: string,
  latest: Checkpoint,
): CosignatureDecision {
  const fork = checkpoint.size === latest.size && !checkpoint.root.equals(latest.root);
  if (oldSize !== latest.size || fork) return { status: 409, size: latest.size, fork };
  if (!verifyConsistency(proof, latest, checkpoint)) return { status: 422 };
  return { status: 200, checkpoint, text };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof WeftError) return undefined;
    throw error;
  }
}

function malformed(): WeftError {
  return new WeftError("REQUEST_MALFORMED", { detail: "add-checkpoint: not in the printed form" });
}
