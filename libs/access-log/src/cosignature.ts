import { type KeyObject, sign, verify } from "node:crypto";
import { WeftError } from "#libs/terms";
import type { Checkpoint } from "./checkpoint.js";
import { COSIGNATURE, type NoteSignature, type NoteVerifier, parseNote, parseVkey, verifierOf } from "./note.js";
import { openPinned, type PinnedLogs } from "./proof.js";

/**
 * Cosignature, c2sp.org/tlog-cosignature, Ed25519 (signature type 0x04): "as of this time, the largest tree of this log that I have seen,
 * each continuing the one before, has this root".
 *
 *     cosignature/v1                                what is signed: two lines, then the checkpoint's text
 *     time 1679315147
 *     log.orvanda.example/qv
 *     …
 *     — witness.example/authority jWbPPwAAAABkGF…   in the note: base64(key id ‖ 8 bytes of time ‖ 64 of signature)
 */
export interface CosignatureSigner {
  readonly name: string;
  readonly keyId: Buffer;
  /** Ed25519, private, and of this witness alone: what it signs does not hold its name. */
  readonly key: KeyObject;
}

/** A witness by `name+hex(key id)+base64(0x04 ‖ public key)`. */
export interface WitnessVerifier extends NoteVerifier {
  readonly type: typeof COSIGNATURE;
}

/** The witnesses that are believed, and how many of them a checkpoint needs. A quorum of 0 asks for none. */
export interface PinnedWitnesses {
  readonly quorum: number;
  readonly verifiers: readonly WitnessVerifier[];
}

/** A pinned log signed it and a quorum of pinned witnesses cosigned it. Only `openWitnessed` makes one. */
export interface WitnessedCheckpoint extends Checkpoint {
  /** Seconds: a whole quorum signed at this time or later. */
  readonly witnessedAt: number;
}

const TIME_LENGTH = 8;
const SIGNATURE_LENGTH = 64;

export function cosignatureSigner(name: string, key: KeyObject): CosignatureSigner {
  return { name, keyId: verifierOf(name, COSIGNATURE, key).keyId, key };
}

export function witnessVerifier(name: string, key: KeyObject): WitnessVerifier {
  return { ...verifierOf(name, COSIGNATURE, key), type: COSIGNATURE };
}

/** Throws CONFIG_INVALID where the quorum cannot be reached, or where one key would count twice. */
export function pinWitnesses({
  quorum,
  vkeys,
}: {
  readonly quorum: number;
  readonly vkeys: readonly string[];
}): PinnedWitnesses {
  const verifiers = vkeys.map(parseWitness);
  const keys = new Set(verifiers.map(({ key }) => key.export({ format: "jwk" }).x));
  if (keys.size !== vkeys.length) throw unusable("two witnesses have the same key; each has one of its own");
  if (!Number.isInteger(quorum) || quorum < 0 || quorum > vkeys.length)
    throw unusable(`a quorum of ${quorum} of ${vkeys.length} witnesses cannot be reached`);
  return { quorum, verifiers };
}

export function parseWitness(vkey: string): WitnessVerifier {
  return { ...parseVkey(vkey, COSIGNATURE), type: COSIGNATURE };
}

/** `text` is the checkpoint's, as it is in its note. `time` in seconds. */
export function cosign(text: string, { name, keyId, key }: CosignatureSigner, time: number): NoteSignature {
  const stamp = Buffer.alloc(TIME_LENGTH);
  stamp.writeBigUInt64BE(BigInt(time));
  return { name, keyId, bytes: Buffer.concat([stamp, sign(null, messageOf(text, time), key)]) };
}

/** The time of a cosignature by this witness, in seconds; undefined where it is another's. Throws PROOF_REJECTED on a wrong one. */
export function findCosignature(
  text: string,
  { name, keyId, bytes }: NoteSignature,
  witness: WitnessVerifier,
): number | undefined {
  if (witness.name !== name || !witness.keyId.equals(keyId)) return undefined;
  const time = bytes.length === TIME_LENGTH + SIGNATURE_LENGTH ? Number(bytes.readBigUInt64BE(0)) : Number.NaN;
  const holds =
    Number.isSafeInteger(time) && verify(null, messageOf(text, time), witness.key, bytes.subarray(TIME_LENGTH));
  if (!holds) throw rejected("a known witness's cosignature is wrong");
  return time;
}

/**
 * A checkpoint of a pinned log with a quorum of cosignatures. A witness counts once, by its newest; one that is dated after `now` (seconds)
 * does not count at all: it would stay young for as long as it is ahead.
 */
export function openWitnessed(
  note: string,
  logs: PinnedLogs,
  { quorum, verifiers }: PinnedWitnesses,
  now: number,
): WitnessedCheckpoint {
  const checkpoint = openPinned(note, logs);
  const { text, signatures } = parseNote(note);
  const times = verifiers.flatMap((witness) => {
    const found = signatures.map((signature) => findCosignature(text, signature, witness));
    const past = found.filter((time) => time !== undefined && time <= now);
    return past.length === 0 ? [] : [Math.max(...(past as number[]))];
  });
  const witnessedAt = times.toSorted((a, b) => b - a)[quorum - 1];
  if (witnessedAt === undefined) throw rejected(`fewer than ${quorum} of the pinned witnesses cosigned it`);
  return { ...checkpoint, witnessedAt };
}

function messageOf(text: string, time: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}

function rejected(detail: string): WeftError {
  return new WeftError("PROOF_REJECTED", { detail: `cosignature: ${detail}` });
}

function unusable(what: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `Witnesses: ${what}.`, detail: `witnesses: ${what}` });
}
