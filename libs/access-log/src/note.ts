import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { sha256, WeftError } from "#libs/terms";

/**
 * Signed note, c2sp.org/signed-note@v1, with Ed25519 signatures (type 0x01).
 *
 *     log.orvanda.example/qv                        text: ends in a newline
 *     …
 *                                                   one empty line
 *     — log.orvanda.example/qv Az3grlgtz…           em dash, key name, base64(key id ‖ signature)
 *
 * A parser here refuses whatever its printer would not produce.
 */
export interface Note {
  /** With its final newline, without the empty line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Buffer;
  readonly bytes: Buffer;
}

/** A key that notes are accepted from: `name+hex(key id)+base64(0x01 ‖ public key)`. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyId: Buffer;
  readonly key: KeyObject;
  readonly vkey: string;
}

export interface NoteSigner {
  readonly name: string;
  readonly keyId: Buffer;
  /** Ed25519, private. */
  readonly key: KeyObject;
}

/** Signature types of C2SP: a note by its own key, and a witness's cosignature (see `cosignature.ts`). */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export type SignatureType = typeof ED25519 | typeof COSIGNATURE;
const MAX_SIGNATURES = 16;
const MAX_NOTE_BYTES = 64 * 1024;
const controlButNewline = /[^\P{Cc}\n]/u;
const nameForm = /^[^\s+\p{Z}\p{Cc}]+$/u;

export function noteSigner(name: string, key: KeyObject): NoteSigner {
  return { name, keyId: keyIdOf(noteName(name), ED25519, rawPublicKey(key)), key };
}

/** The verifier of a key pair, from its private or its public half. */
export function noteVerifier(name: string, key: KeyObject): NoteVerifier {
  return verifierOf(name, ED25519, key);
}

export function verifierOf(name: string, type: SignatureType, key: KeyObject): NoteVerifier {
  const raw = rawPublicKey(key);
  const keyId = keyIdOf(noteName(name), type, raw);
  const vkey = `${name}+${keyId.toString("hex")}+${Buffer.concat([Buffer.of(type), raw]).toString("base64")}`;
  return { name, keyId, key: key.type === "private" ? createPublicKey(key) : key, vkey };
}

/** Throws PROOF_REJECTED for a key of another type than the one that is wanted. */
export function parseVkey(vkey: string, type: SignatureType = ED25519): NoteVerifier {
  const [name = "", , encoded = ""] = splitAtFirst(vkey, "+", 3);
  const typed = Buffer.from(encoded, "base64");
  if (!nameForm.test(name) || typed.length !== 33 || typed[0] !== type) throw notANote("not an Ed25519 verifier key");
  const jwk = { kty: "OKP", crv: "Ed25519", x: typed.subarray(1).toString("base64url") };
  const verifier = verifierOf(name, type, createPublicKey({ key: jwk, format: "jwk" }));
  if (verifier.vkey !== vkey) throw notANote("the verifier key's hash is not of its name and key");
  return verifier;
}

export function signNote(text: string, signer: NoteSigner): string {
  return printNote({ text, signatures: [{ ...signer, bytes: sign(null, Buffer.from(text), signer.key) }] });
}

export function printNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(printSignature).join("")}`;
}

/** One line, with its newline. */
export function printSignature({ name, keyId, bytes }: NoteSignature): string {
  return `— ${name} ${Buffer.concat([keyId, bytes]).toString("base64")}\n`;
}

/** Form only; nothing in it is to be believed before `openNote`. */
export function parseNote(note: string): Note {
  if (Buffer.byteLength(note) > MAX_NOTE_BYTES || controlButNewline.test(note) || !note.isWellFormed()) {
    throw notANote("not a note's characters");
  }
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw notANote("no signatures");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw notANote("too many signatures");
  const parsed = { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
  if (printNote(parsed) !== note) throw notANote("not in the printed form");
  return parsed;
}

/** The note's text, once a known key has signed it. Unknown keys are ignored; a bad signature of a known key refuses the note. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): string {
  const { text, signatures } = parseNote(note);
  let verified = false;
  for (const { name, keyId, bytes } of signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId.equals(keyId));
    if (!verifier) continue;
    if (!verify(null, Buffer.from(text), verifier.key, bytes)) throw notANote("a known key's signature is wrong");
    verified = true;
  }
  if (!verified) throw notANote("no known key signed it");
  return text;
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = "", encoded = "", ...rest] = line.split(" ");
  const bytes = Buffer.from(encoded, "base64");
  if (dash !== "—" || !nameForm.test(name) || bytes.length <= 4 || rest.length > 0)
    throw notANote("not a signature line");
  return { name, keyId: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
}

/** key id = SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4] */
export function keyIdOf(name: string, type: SignatureType, raw: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), raw])).subarray(0, 4);
}

function rawPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("a note is signed with Ed25519");
  const { x } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  return Buffer.from(x!, "base64url");
}

function noteName(name: string): string {
  if (!nameForm.test(name)) throw new TypeError("a key name has no spaces and no plus sign");
  return name;
}

/** Splits into at most `parts` pieces; the last one keeps further separators (base64 may hold a plus sign). */
function splitAtFirst(text: string, separator: string, parts: number): string[] {
  const pieces = text.split(separator);
  return [...pieces.slice(0, parts - 1), pieces.slice(parts - 1).join(separator)];
}

function notANote(detail: string): WeftError {
  return new WeftError("PROOF_REJECTED", { detail: `signed note: ${detail}` });
}
