import { type KeyObject, createPublicKey, sign, verify } from "node:crypto";
import { fromB64u, parseStrictJson, toB64u } from "#libs/terms";

/**
 * Compact JWS (RFC 7515) as others send it to us: read strictly before anything is believed. Base64url has one spelling, JSON has no
 * member twice, UTF-8 is valid, and the signature has the length of its algorithm.
 */
export interface Compact extends Signed {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The algorithms that parties may sign with. Both have signatures of 64 bytes. */
export type Algorithm = "EdDSA" | "ES256";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined where the text is not a compact JWS of two JSON objects. Nothing of the result is verified. */
export function parseCompact(text: string): Compact | undefined {
  const parts = splitCompact(text);
  const header = parts && parseObject(parts.header);
  const payload = parts && parseObject(parts.payload);
  if (parts === undefined || header === undefined || payload === undefined) return undefined;
  return { header, payload, signingInput: parts.signingInput, signature: parts.signature };
}

/** The three parts of a compact JWS; header and payload are still text. */
export interface Parts extends Signed {
  readonly header: string;
  readonly payload: string;
}

export interface Signed {
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

export function splitCompact(text: string): Parts | undefined {
  const [header, payload, signature64, ...rest] = text.split(".");
  if (header === undefined || payload === undefined || signature64 === undefined || rest.length > 0) return undefined;
  const signature = fromB64u(signature64);
  return signature?.length === 64 ? { header, payload, signingInput: `${header}.${payload}`, signature } : undefined;
}

export function parseObject(encoded: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = fromB64u(encoded);
  if (bytes === undefined) return undefined;
  try {
    const value = parseStrictJson(utf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Exactly these members, no more and no fewer: `crit`, `b64`, `jku`, `x5u` and their like have no way in. */
export function hasExactly(object: Readonly<Record<string, unknown>>, members: readonly string[]): boolean {
  return Object.keys(object).length === members.length && members.every((member) => Object.hasOwn(object, member));
}

/** A public key and the one algorithm that it may be used with. */
export interface VerificationKey {
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

interface KeyShape {
  readonly algorithm: Algorithm;
  readonly coordinates: readonly string[];
  readonly members: readonly string[];
}

const shapes: ReadonlyMap<string, KeyShape> = new Map([
  ["OKP Ed25519", { algorithm: "EdDSA", coordinates: ["x"], members: ["crv", "kty", "x"] }],
  ["EC P-256", { algorithm: "ES256", coordinates: ["x", "y"], members: ["crv", "kty", "x", "y"] }],
]);

/** The members that make the key, in the order of RFC 7638; undefined where it is private or not a key that we accept. */
export function requiredMembers(jwk: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const shape = shapeOf(jwk);
  if (shape === undefined || Object.hasOwn(jwk, "d")) return undefined;
  return Object.fromEntries(shape.members.map((member) => [member, jwk[member] as string]));
}

/** True for a public key with nothing beside what makes it. */
export function isBareKey(jwk: Readonly<Record<string, unknown>>): boolean {
  return hasExactly(jwk, shapeOf(jwk)?.members ?? []);
}

function shapeOf(jwk: Readonly<Record<string, unknown>>): KeyShape | undefined {
  const { kty, crv } = jwk;
  const shape = typeof kty === "string" && typeof crv === "string" ? shapes.get(`${kty} ${crv}`) : undefined;
  return shape?.coordinates.every((name) => isCoordinate(jwk[name])) ? shape : undefined;
}

/** A coordinate of either curve is 32 bytes, in the one spelling that base64url has for them. */
function isCoordinate(value: unknown): boolean {
  return typeof value === "string" && fromB64u(value)?.length === 32;
}

/** Undefined where the JWK is private, of another kind, or not a point of its curve. */
export function importKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  const key = requiredMembers(jwk);
  const shape = shapeOf(jwk);
  if (key === undefined || shape === undefined) return undefined;
  try {
    return { algorithm: shape.algorithm, key: createPublicKey({ key, format: "jwk" }) };
  } catch {
    return undefined;
  }
}

export function verifyCompact(compact: Signed, { algorithm, key }: VerificationKey): boolean {
  const input = Buffer.from(compact.signingInput);
  return algorithm === "EdDSA"
    ? verify(null, input, key, compact.signature)
    : verify("sha256", input, key, derSignature(compact.signature));
}

/**
 * r ‖ s, as JWS writes an ECDSA signature, in the DER that OpenSSL reads. Node.js can do it (`dsaEncoding`), at a price of half the
 * verification.
 */
function derSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const [r, s] = [derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))];
  return Uint8Array.of(0x30, r.length + s.length, ...r, ...s);
}

/** At most 32 bytes: without leading zeros, but for the one that keeps the number positive. */
function derInteger(bytes: Uint8Array): readonly number[] {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? [0] : [...bytes.subarray(start)];
  const positive = digits[0]! < 0x80 ? digits : [0, ...digits];
  return [0x02, positive.length, ...positive];
}

export function signCompact(header: object, payload: object, key: KeyObject): string {
  const signingInput = `${encode(header)}.${encode(payload)}`;
  const signature =
    key.asymmetricKeyType === "ed25519"
      ? sign(null, Buffer.from(signingInput), key)
      : sign("sha256", Buffer.from(signingInput), { key, dsaEncoding: "ieee-p1363" });
  return `${signingInput}.${toB64u(signature)}`;
}

function encode(value: object): string {
  return toB64u(Buffer.from(JSON.stringify(value)));
}
