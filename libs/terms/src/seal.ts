import { type Cipheriv, createCipheriv, hkdfSync, timingSafeEqual } from "node:crypto";
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

/**
 * AES-256-SIV with one associated string, on node:crypto. Both halves run on a reused AES-ECB object each: to set a cipher up costs
 * several times the sealing of a person.
 */
class AesSiv {
  readonly #mac: Cipheriv;
  readonly #stream: Cipheriv;
  readonly #k1: Buffer;
  readonly #k2: Buffer;
  /** S2V after the associated data, which never changes: dbl(CMAC(zero)) xor CMAC(info). */
  readonly #start: Buffer;

  constructor(key: Uint8Array, associated: Buffer) {
    this.#mac = blockCipher(key.subarray(0, 32));
    this.#stream = blockCipher(key.subarray(32));
    this.#k1 = double(this.#mac.update(Buffer.alloc(16)));
    this.#k2 = double(this.#k1);
    this.#start = double(this.#cmac(Buffer.alloc(16)));
    xorInto(this.#start, 0, this.#cmac(associated));
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
    xorInto(last, last.length - 16, this.#start);
    return this.#cmac(last);
  }

  /** CTR mode from the IV, whose two cleared bits (RFC 5297 §2.5) leave the counter's low 32 bits room to count in. */
  #ctr(iv: Buffer, data: Uint8Array): Buffer {
    const counters = Buffer.alloc(16 * Math.ceil(data.length / 16), iv);
    const first = iv.readUInt32BE(12) & 0x7fffffff;
    for (let at = 0; at < counters.length; at += 16) {
      counters[at + 8]! &= 0x7f;
      counters.writeUInt32BE(first + at / 16, at + 12);
    }
    const stream = this.#stream.update(counters).subarray(0, data.length);
    xorInto(stream, 0, data);
    return stream;
  }

  #cmac(message: Buffer): Buffer {
    const whole = message.length > 0 && message.length % 16 === 0;
    const blocks = whole
      ? Buffer.from(message)
      : Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(15 - (message.length % 16))]);
    xorInto(blocks, blocks.length - 16, whole ? this.#k1 : this.#k2);
    let state = this.#mac.update(blocks.subarray(0, 16));
    for (let at = 16; at < blocks.length; at += 16) {
      xorInto(state, 0, blocks.subarray(at, at + 16));
      state = this.#mac.update(state);
    }
    return state;
  }
}

function blockCipher(key: Uint8Array): Cipheriv {
  return createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
}

function xorInto(target: Buffer, at: number, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) target[at + i]! ^= mask[i]!;
}

/** Doubling in GF(2^128), RFC 5297 §2.3. */
function double(block: Uint8Array): Buffer {
  const out = Buffer.alloc(16);
  for (let i = 0; i < 16; i++) out[i] = ((block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)) & 0xff;
  if (block[0]! & 0x80) out[15]! ^= 0x87;
  return out;
}
