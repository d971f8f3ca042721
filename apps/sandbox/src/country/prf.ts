import { createHash } from "node:crypto";

/**
 * Every value of Orvanda is PRF(seed, person number, field): no state, no order, so a smaller country is a prefix of a larger one.
 *
 * The key of a field is SHA-256(seed ‖ 0x00 ‖ field); the person number is mixed in by 32-bit avalanche. Fast enough for a
 * million people and good enough for statistics. NOTE: no secret rests on it; the people are invented.
 */
export interface Prf {
  /** Uniform in [0, 1), 53 bits. */
  unit(n: number, field: string): number;
  /** Uniform integer in [0, below). */
  integer(n: number, field: string, below: number): number;
  chance(n: number, field: string, probability: number): boolean;
  pick<T>(n: number, field: string, items: readonly [T, ...T[]]): T;
  /** Draws by weight; `weights` as long as `items`. */
  weighted<T>(n: number, field: string, items: readonly [T, ...T[]], weights: readonly number[]): T;
  /** A permutation of [0, 2^bits): distinct numbers stay distinct. `bits` is even and at most 32. */
  permute(n: number, field: string, bits: number): number;
}

type FieldKey = readonly [number, number];

export function createPrf(seed: string): Prf {
  const keys = new Map<string, FieldKey>();
  const keyOf = (field: string): FieldKey => {
    const known = keys.get(field);
    if (known) return known;
    const digest = createHash("sha256").update(`${seed}\0${field}`).digest();
    const key: FieldKey = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    keys.set(field, key);
    return key;
  };
  const unit = (n: number, field: string): number => {
    const [a, b] = keyOf(field);
    return ((mix(a, n) >>> 5) * 0x4000000 + (mix(b, n) >>> 6)) / 0x20000000000000;
  };
  const integer = (n: number, field: string, below: number): number => Math.floor(unit(n, field) * below);
  return {
    unit,
    integer,
    chance: (n, field, probability) => unit(n, field) < probability,
    pick: (n, field, items) => items[integer(n, field, items.length)] ?? items[0],
    weighted: (n, field, items, weights) => items[weightedIndex(unit(n, field), weights)] ?? items[0],
    permute: (n, field, bits) => feistel(n, bits, (round, half) => mix(keyOf(`${field}#${round}`)[0], half)),
  };
}

/** Two rounds of the murmur3 finaliser over key and number. */
function mix(key: number, n: number): number {
  let h = (key ^ Math.imul(n + 1, 0x9e3779b1)) | 0;
  for (let round = 0; round < 2; round++) {
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h = (h ^ (h >>> 16)) + key;
  }
  return h >>> 0;
}

function weightedIndex(at: number, weights: readonly number[]): number {
  let left = at * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    weights.findIndex((weight) => (left -= weight) < 0),
    0,
  );
}

function feistel(n: number, bits: number, round: (round: number, half: number) => number): number {
  const half = bits / 2;
  const size = 2 ** half;
  let left = Math.floor(n / size);
  let right = n % size;
  for (let r = 0; r < 4; r++) [left, right] = [right, (left ^ (round(r, right) & (size - 1))) >>> 0];
  return left * size + right;
}
