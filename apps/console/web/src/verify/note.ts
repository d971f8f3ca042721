import { areEqual, type Bytes, concat, fromBase64, isSignedBy, sha256, toBase64, utf8 } from "./bytes.js";
import { NotVerified } from "./not-verified.js";

/** Who a note is believed from: `name+hex(key id)+base64(type ‖ Ed25519 public key)`, c2sp.org/signed-note and tlog-cosignature. */
export interface PinnedKey {
  readonly name: string;
  readonly keyId: Bytes;
  readonly publicKey: Bytes;
  readonly kind: "log" | "witness";
}

export interface SignatureLine {
  readonly name: string;
  readonly keyId: Bytes;
  readonly bytes: Bytes;
}

export interface Note {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

const kinds = { 0x01: "log", 0x04: "witness" } as const;
const nameForm = /^[^\s+\p{Z}\p{Cc}]+$/u;
const signatureLine = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;

/** Throws `NotVerified` for a key whose id is not of its name and bytes: it was altered or mistyped. */
export async function pinnedKey(vkey: string): Promise<PinnedKey> {
  const [name = "", id = "", ...encoded] = vkey.trim().split("+");
  const typed = fromBase64(encoded.join("+"));
  const type = typed?.[0];
  if (!typed || typed.length !== 33 || (type !== 0x01 && type !== 0x04) || !nameForm.test(name))
    throw new NotVerified("key-form");
  const digest = await sha256(concat(utf8(`${name}\n`), typed));
  const keyId = digest.slice(0, 4);
  if (Array.from(keyId, (byte) => byte.toString(16).padStart(2, "0")).join("") !== id)
    throw new NotVerified("key-form");
  return { name, keyId, publicKey: typed.slice(1), kind: kinds[type] };
}

export function parseNote(note: string): Note {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n") || /[^\P{Cc}\n]/u.test(note)) throw new NotVerified("checkpoint-form");
  return {
    text: note.slice(0, end + 1),
    signatures: note
      .slice(end + 2, -1)
      .split("\n")
      .map(readSignature),
  };
}

function readSignature(line: string): SignatureLine {
  const [, name, encoded] = signatureLine.exec(line) ?? [];
  const bytes = fromBase64(encoded ?? "");
  if (name === undefined || !bytes || bytes.length <= 4) throw new NotVerified("checkpoint-form");
  return { name, keyId: bytes.slice(0, 4), bytes: bytes.slice(4) };
}

/** The log's own signature over the text. One line of the pinned key that does not verify spoils the note. */
export async function isSignedByLog({ text, signatures }: Note, key: PinnedKey): Promise<boolean> {
  const own = signatures.filter((line) => isOf(line, key));
  const verified = await Promise.all(own.map(({ bytes }) => isSignedBy(key.publicKey, utf8(text), bytes)));
  return key.kind === "log" && verified.length > 0 && verified.every(Boolean);
}

/** When this witness saw the checkpoint, in seconds; undefined where it did not cosign. A cosignature is 8 bytes of time and 64 of Ed25519. */
export async function cosignedAt({ text, signatures }: Note, key: PinnedKey): Promise<number | undefined> {
  if (key.kind !== "witness") return undefined;
  for (const { bytes } of signatures.filter((line) => isOf(line, key) && line.bytes.length === 72)) {
    const time = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
    const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
    if (Number.isSafeInteger(time) && (await isSignedBy(key.publicKey, message, bytes.slice(8)))) return time;
  }
  return undefined;
}

function isOf(line: SignatureLine, key: PinnedKey): boolean {
  return line.name === key.name && areEqual(line.keyId, key.keyId);
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** c2sp.org/tlog-checkpoint without extension lines. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", size = "", root = ""] = text.split("\n");
  const checkpoint = { origin, size: Number(size), root: fromBase64(root) };
  if (!checkpoint.root || checkpoint.root.length !== 32 || !isCount(checkpoint.size))
    throw new NotVerified("checkpoint-form");
  if (`${origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n` !== text)
    throw new NotVerified("checkpoint-form");
  return { origin, size: checkpoint.size, root: checkpoint.root };
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
