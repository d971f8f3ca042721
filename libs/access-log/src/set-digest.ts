import { createHash } from "node:crypto";

/**
 * A digest of a set that grows one element at a time, in any order: lthash16, 1024 lanes of 16 bits, each element's lanes added to the sum.
 * Two sets with one sum would be a short vector in a lattice (Lewi, Kim, Maykov, Weis: "Securing Update Propagation with Homomorphic
 * Hashing", 2019, after Bellare and Micciancio, 1997).
 *
 *     lanes(entry) = SHAKE256("weft/set-digest/v1/" ‖ entry, 2048 bytes), each two of them little-endian
 *     sum          = lane by lane, modulo 2^16; of no element: zeroes
 */
export type SetDigest = Buffer;

export const SET_DIGEST_LENGTH = 2048;
const LANES = SET_DIGEST_LENGTH / 2;
const PREFIX = Buffer.from("weft/set-digest/v1/");

export const emptySetDigest = (): SetDigest => Buffer.alloc(SET_DIGEST_LENGTH);

/** Of the one element. */
export function lanesOf(entry: Uint8Array): SetDigest {
  return createHash("shake256", { outputLength: SET_DIGEST_LENGTH }).update(PREFIX).update(entry).digest();
}

export function addSets(a: Uint8Array, b: Uint8Array): SetDigest {
  return laneByLane(a, b, 1);
}

export function subtractSets(a: Uint8Array, b: Uint8Array): SetDigest {
  return laneByLane(a, b, -1);
}

export function digestOfSet(entries: Iterable<Uint8Array>): SetDigest {
  let sum = emptySetDigest();
  for (const entry of entries) sum = addSets(sum, lanesOf(entry));
  return sum;
}

/**
 * Which of these entries make up the sum, each at most once. Undefined where none of their subsets does, or where there are too many of them
 * to tell. The lowest bit of each lane is one linear equation over GF(2): of up to 1000 entries it finds the subset without search; the other
 * bits then confirm it.
 *
 * `negative` entries count down: they are in a sum that they should not be in.
 */
export function findSubset(
  target: Uint8Array,
  positive: readonly Uint8Array[],
  negative: readonly Uint8Array[] = [],
): readonly number[] | undefined {
  const columns = [...positive, ...negative].map(lanesOf);
  if (columns.length > MAX_CANDIDATES) return undefined;
  const chosen = solve(columns, target);
  if (!chosen) return undefined;
  const sum = chosen.reduce(
    (before, at) => laneByLane(before, columns[at]!, at < positive.length ? 1 : -1),
    emptySetDigest(),
  );
  return sum.equals(target) ? chosen : undefined;
}

/** Beyond it the equations would not tell one solution from another. */
export const MAX_CANDIDATES = 1_000;

function laneByLane(a: Uint8Array, b: Uint8Array, sign: 1 | -1): SetDigest {
  const [left, right, sum] = [viewOf(a), viewOf(b), emptySetDigest()];
  for (let at = 0; at < SET_DIGEST_LENGTH; at += 2)
    sum.writeUInt16LE((left.getUint16(at, true) + sign * right.getUint16(at, true) + 0x10000) & 0xffff, at);
  return sum;
}

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.length !== SET_DIGEST_LENGTH) throw new RangeError("a set digest has 2048 bytes");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Gaussian elimination over GF(2), a row a lane, 32 columns a word; the last column is the target. The one solution, or undefined. */
function solve(columns: readonly Uint8Array[], target: Uint8Array): number[] | undefined {
  const count = columns.length;
  const rows = Array.from({ length: LANES }, (_, lane) => rowOf(lane, columns, target));
  const bit = (row: Uint32Array, at: number) => (row[at >>> 5]! >>> (at & 31)) & 1;
  for (let column = 0; column < count; column += 1) {
    const pivot = rows.findIndex((row, at) => at >= column && bit(row, column) === 1);
    if (pivot < 0) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const own = rows[column];
    for (const row of rows) {
      if (row === own || bit(row, column) === 0) continue;
      for (let word = column >>> 5; word < row.length; word += 1) row[word]! ^= own![word]!;
    }
  }
  if (rows.slice(count).some((row) => bit(row, count) === 1)) return undefined;
  return columns.flatMap((_, at) => (bit(rows[at]!, count) === 1 ? [at] : []));
}

function rowOf(lane: number, columns: readonly Uint8Array[], target: Uint8Array): Uint32Array {
  const row = new Uint32Array((columns.length >>> 5) + 1);
  for (const [at, column] of [...columns, target].entries()) row[at >>> 5]! |= (column[lane * 2]! & 1) << (at & 31);
  return row;
}
