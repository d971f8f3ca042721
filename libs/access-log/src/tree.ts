import { hash } from "node:crypto";

/**
 * The Merkle tree of RFC 6962 §2.1 over SHA-256.
 *
 *     MTH({})   = SHA-256()                leaf = SHA-256(0x00 ‖ entry)
 *     MTH(D[n]) = SHA-256(0x01 ‖ MTH(D[0:k]) ‖ MTH(D[k:n])),  k the largest power of two below n
 *
 * Proofs are described as ranges of leaves first and filled with hashes after, so that one description serves a tree in memory
 * and a tree in tiles. Indices are plain numbers (exact to 2^53), so nothing here uses 32-bit operators.
 */
export type Hash = Buffer;

/** Leaves `from` (inclusive) to `to` (exclusive). */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** The complete subtree of 2^level leaves that starts at leaf `index * 2^level`. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** How a range's hash is found: the hash of each complete subtree in it. */
export type SubtreeHash = (subtree: Subtree) => Hash;

export const HASH_LENGTH = 32;
export const emptyRoot: Hash = sha256(Buffer.alloc(0));

export function leafHash(entry: Uint8Array): Hash {
  const message = Buffer.allocUnsafe(1 + entry.length);
  message[0] = 0x00;
  message.set(entry, 1);
  return sha256(message);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Hash {
  const message = Buffer.allocUnsafe(1 + 2 * HASH_LENGTH);
  message[0] = 0x01;
  message.set(left, 1);
  message.set(right, 1 + HASH_LENGTH);
  return sha256(message);
}

/** PATH(index, D[size]) of RFC 6962 §2.1.1, from the leaf's sibling up to the root's child. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!isIndex(index) || !isIndex(size) || index >= size) throw new RangeError("no such leaf in a tree of this size");
  const ranges: LeafRange[] = [];
  let range: LeafRange = { from: 0, to: size };
  while (range.to - range.from > 1) {
    const middle = splitOf(range);
    const [inside, sibling] =
      index < middle
        ? [
            { from: range.from, to: middle },
            { from: middle, to: range.to },
          ]
        : [
            { from: middle, to: range.to },
            { from: range.from, to: middle },
          ];
    ranges.push(sibling);
    range = inside;
  }
  return ranges.toReversed();
}

/** PROOF(older, D[newer]) of RFC 6962 §2.1.2. Empty for equal sizes and for an empty older tree: there is nothing to prove. */
export function consistencyRanges(older: number, newer: number): LeafRange[] {
  if (!isIndex(older) || !isIndex(newer) || older > newer) throw new RangeError("the older tree is the larger one");
  if (older === 0 || older === newer) return [];
  const ranges: LeafRange[] = [];
  let range: LeafRange = { from: 0, to: newer };
  while (range.to !== older) {
    const middle = splitOf(range);
    if (older <= middle) {
      ranges.push({ from: middle, to: range.to });
      range = { from: range.from, to: middle };
    } else {
      ranges.push({ from: range.from, to: middle });
      range = { from: middle, to: range.to };
    }
  }
  if (range.from > 0) ranges.push(range);
  return ranges.toReversed();
}

/** The complete subtrees of a range, largest first. The range starts where a subtree of its size may start. */
export function subtreesOf({ from, to }: LeafRange): Subtree[] {
  const subtrees: Subtree[] = [];
  let start = from;
  while (start < to) {
    let level = 0;
    while (2 ** (level + 1) <= to - start) level += 1;
    subtrees.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return subtrees;
}

/** MTH of a range from its complete subtrees. */
export function hashOf(range: LeafRange, hashOfSubtree: SubtreeHash): Hash {
  if (range.to === range.from) return emptyRoot;
  return subtreesOf(range)
    .map(hashOfSubtree)
    .reduceRight((right, left) => nodeHash(left, right));
}

/** True only where `proof` leads from this leaf, at this index, to this root of a tree of this size. */
export function verifyInclusion(
  proof: readonly Uint8Array[],
  leaf: Uint8Array,
  index: number,
  size: number,
  root: Uint8Array,
): boolean {
  if (!isIndex(index) || !isIndex(size) || index >= size) return false;
  const ranges = inclusionRanges(index, size);
  if (proof.length !== ranges.length || !proof.every(isHash)) return false;
  const found = ranges.reduce<Uint8Array>(
    (hash, range, step) => (range.to <= index ? nodeHash(proof[step]!, hash) : nodeHash(hash, proof[step]!)),
    leaf,
  );
  return Buffer.compare(found, root) === 0;
}

/** True only where the tree of `newer.size` leaves with its root begins with the tree of `older.size` leaves with its root. */
export function verifyConsistency(
  proof: readonly Uint8Array[],
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
): boolean {
  if (!isIndex(older.size) || !isIndex(newer.size) || older.size > newer.size || !proof.every(isHash)) return false;
  if (older.size === 0) return proof.length === 0 && Buffer.compare(older.root, emptyRoot) === 0;
  if (older.size === newer.size) return proof.length === 0 && Buffer.compare(older.root, newer.root) === 0;
  const ranges = consistencyRanges(older.size, newer.size);
  if (proof.length !== ranges.length) return false;
  return rebuilds(proof, ranges, older, newer);
}

/**
 * Folds the proof twice: the part left of `older.size` must give the older root, all of it the newer. Where the older tree is a
 * complete subtree of the newer, the proof leaves that hash out and the older root stands in for it.
 */
function rebuilds(
  proof: readonly Uint8Array[],
  ranges: readonly LeafRange[],
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly root: Uint8Array },
): boolean {
  const startsInside = ranges[0]!.to === older.size;
  const steps = startsInside ? ranges.slice(1) : ranges;
  const hashes = startsInside ? proof.slice(1) : proof;
  let oldHash = startsInside ? proof[0]! : older.root;
  let newHash = oldHash;
  for (const [step, range] of steps.entries()) {
    const sibling = hashes[step]!;
    if (range.from >= older.size) newHash = nodeHash(newHash, sibling);
    else {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
    }
  }
  return Buffer.compare(oldHash, older.root) === 0 && Buffer.compare(newHash, newer.root) === 0;
}

/** Where RFC 6962 splits a range of at least two leaves. */
export function splitOf({ from, to }: LeafRange): number {
  let width = 1;
  while (width * 2 < to - from) width *= 2;
  return from + width;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_LENGTH;
}

function sha256(message: Uint8Array): Hash {
  return hash("sha256", message, "buffer");
}
