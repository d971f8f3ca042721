import { type Cipheriv, createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from "node:crypto";
import { fromB64u, toB64u } from "./encoding.js";
import { WeftError } from "./error.js";
import type { Branded, PartyId } from "./identifier.js";
import type { CanonicalPerson } from "./person.js";

/**
 * seal(party, person): the only identifier primitive. A person as one party may know them: the same for that party each time,
 * meaningless to any other. AES-SIV (RFC 5297) with a key of each party's own, derived from the registry's master by HKDF.
 *
 *     plain  = canonical ‖ 0x80 ‖ 0x00… to 32 bytes        info = "weft/person/v1/" ‖ party
 *     key    = HKDF-SHA-256(master, empty salt, info, 64)    sealed = kid "." b64u(AES-SIV(key, AD=[info], plain))
 *
 * The gateway, the review API and the consent register hold the master; an adapter holds only the key derived for it.
 */
export type SubjectRef = Branded<"SubjectRef">;

/** What one party needs to seal and to open its own references; `bytes` is 64 bytes and secret. */
export interface SealKey {
  readonly kid: string;
  readonly party: PartyId;
  readonly bytes: Uint8Array;
}

const PLAIN_LENGTH = 32;
const MAX_CANONICAL = PLAIN_LENGTH - 1;

export function deriveSealKey(kid: string, master: Uint8Array, party: PartyId): SealKey {
  return { kid, party, bytes: new Uint8Array(hkdfSync("sha256", master, new Uint8Array(0), infoOf(party), 64)) };
}

function infoOf(party: PartyId): string {
  return `weft/person/v1/${party}`;
}

/** Seals and opens for one party under one key. Keep one instance a key: it reuses its cipher objects. */
export class Sealer {
  readonly #kid: string;
  readonly #siv: AesSiv;

  constructor(key: SealKey) {
    this.#kid = key.kid;
    this.#siv = new AesSiv(key.bytes, Buffer.from(infoOf(key.party)));
  }

  seal(person: CanonicalPerson): SubjectRef {
    const plain = Buffer.alloc(PLAIN_LENGTH);
    const length = Buffer.byteLength(person);
    if (length > MAX_CANONICAL) throw new WeftError("PERSON_KEY_INVALID");
    plain.write(person);
    plain[length] = 0x80;
    return `${this.#kid}.${toB64u(this.#siv.seal(plain))}` as SubjectRef;
  }

  /** Undefined where this key did not make the reference. */
  find(ref: string): CanonicalPerson | undefined {
    const dot = ref.indexOf(".");
    if (ref.slice(0, dot) !== this.#kid) return undefined;
    const sealed = fromB64u(ref.slice(dot + 1));
    const plain = sealed?.length === 16 + PLAIN_LENGTH ? this.#siv.open(sealed) : undefined;
    const end = plain?.lastIndexOf(0x80) ?? -1;
    if (!plain || end < 0 || plain.subarray(end + 1).some((byte) => byte !== 0)) return undefined;
    return plain.toString("utf8", 0, end) as CanonicalPerson;
  }

  open(ref: string): CanonicalPerson {
    const person = this.find(ref);
    if (person === undefined) throw new WeftError("PERSON_KEY_INVALID");
    return person;
  }
}

/** AES-256-SIV with one associated string, on node:crypto. AES-CMAC runs on one reused AES-ECB object per key. */
class AesSiv {
  readonly #ecb: Cipheriv;
  readonly #ctrKey: Uint8Array;
  readonly #k1: Buffer;
  readonly #k2: Buffer;
  /** S2V after the associated data, which never changes: dbl(CMAC(zero)) xor CMAC(info). */
  readonly #start: Buffer;

  constructor(key: Uint8Array, associated: Buffer) {
    this.#ecb = createCipheriv("aes-256-ecb", key.subarray(0, 32), null).setAutoPadding(false);
    this.#ctrKey = key.subarray(32);
    this.#k1 = double(this.#ecb.update(Buffer.alloc(16)));
    this.#k2 = double(this.#k1);
    this.#start = xor(double(this.#cmac(Buffer.alloc(16))), this.#cmac(associated));
  }

  seal(plain: Buffer): Buffer {
    const iv = this.#s2v(plain);
    return Buffer.concat([iv, this.#ctr(iv, plain)]);
  }

  open(sealed: Buffer): Buffer | undefined {
    const iv = sealed.subarray(0, 16);
    const plain = this.#ctr(iv, sealed.subarray(16));
    return timingSafeEqual(iv, this.#s2v(plain)) ? plain : undefined;
  }

  /** RFC 5297 §2.4 for a final string of at least 16 bytes: D is xored onto its end. */
  #s2v(plain: Buffer): Buffer {
    const last = Buffer.from(plain);
    const tail = last.subarray(last.length - 16);
    xor(tail, this.#start).copy(tail);
    return this.#cmac(last);
  }

  #ctr(iv: Uint8Array, data: Uint8Array): Buffer {
    const counter = Buffer.from(iv);
    counter[8]! &= 0x7f;
    counter[12]! &= 0x7f;
    return createDecipheriv("aes-256-ctr", this.#ctrKey, counter).update(data);
  }

  #cmac(message: Buffer): Buffer {
    const whole = message.length > 0 && message.length % 16 === 0;
    const blocks = whole
      ? Buffer.from(message)
      : Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(15 - (message.length % 16))]);
    const last = blocks.subarray(blocks.length - 16);
    xor(last, whole ? this.#k1 : this.#k2).copy(last);
    let state: Buffer = Buffer.alloc(16);
    for (let at = 0; at < blocks.length; at += 16) state = this.#ecb.update(xor(state, blocks.subarray(at, at + 16)));
    return state;
  }
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(16);
  for (let i = 0; i < 16; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

/** Doubling in GF(2^128), RFC 5297 §2.3. */
function double(block: Uint8Array): Buffer {
  const out = Buffer.alloc(16);
  for (let i = 0; i < 16; i++) out[i] = ((block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff;
  if (block[0]! & 0x80) out[15]! ^= 0x87;
  return out;
}
