import { createHash, hash, randomBytes } from "node:crypto";
import canonicalize from "canonicalize";
import type { Branded } from "./identifier.js";

/** Base64url without padding. */
export type B64u = Branded<"B64u">;
/** `sha-256:` + base64url of 32 bytes. */
export type Digest = Branded<"Digest">;

export function toB64u(bytes: Uint8Array): B64u {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url") as B64u;
}

/** Strict: refuses padding, foreign characters and non-canonical trailing bits. Undefined where the text is not base64url. */
export function fromB64u(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

export function sha256(data: Uint8Array | string): Buffer {
  return typeof data === "string" ? hash("sha256", data, "buffer") : createHash("sha256").update(data).digest();
}

export function digestOf(data: Uint8Array | string): Digest {
  return `sha-256:${sha256(data).toString("base64url")}` as Digest;
}

/** RFC 8785. Throws on what JSON cannot say. */
export function jcs(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("not representable as canonical JSON");
  return text;
}

const POOL = 8192;
const pool = { bytes: Buffer.alloc(0), next: 0 };

/** Random bytes out of a pool, each handed out once: a record needs dozens of them, and a system call costs more than the bytes. */
export function randomOf(length: number): Buffer {
  if (length > POOL) return randomBytes(length);
  if (pool.next + length > pool.bytes.length) {
    pool.bytes = randomBytes(POOL);
    pool.next = 0;
  }
  return pool.bytes.subarray(pool.next, (pool.next += length));
}

export function random16(): B64u {
  return toB64u(randomOf(16));
}
