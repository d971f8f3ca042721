import type { Checkpoint } from "./checkpoint.js";
import { type Edge, emptyEdge, grow, rootOf } from "./edge.js";
import { parseEntryBundle, printTilePath, type ReadHashes, readRanges, TILE_WIDTH, widthOfLevel } from "./tile.js";
import { HASH_LENGTH, type Hash, leafHash, type LeafRange, nodeHash, splitOf } from "./tree.js";

/** A log as files, at the paths of c2sp.org/tlog-tiles: a folder, an archive, or the log itself. Undefined where there is none. */
export type ReadLogFile = (path: string) => Promise<Buffer | undefined>;

/** The first place where a log's files do not fit together, or do not fit what was signed. */
export interface Misfit {
  readonly index: number;
  /** Where the entry cannot be told exactly: it is before this one. */
  readonly until?: number;
  readonly what: string;
}

/**
 * Every entry up to the checkpoint, in order, against the hashes above it and every checkpoint that somebody kept. Nothing is believed: not
 * that a hash is right, not that an entry is there. Memory does not grow with the log.
 */
export async function auditLog(
  read: ReadLogFile,
  newest: Checkpoint,
  kept: readonly Checkpoint[] = [],
): Promise<Misfit | undefined> {
  const signed = [...kept, newest].toSorted((a, b) => a.size - b.size);
  const above = tilesAbove(read, newest.size);
  let edge: Edge = emptyEdge;
  let fitting = 0;
  for (let tile = 0; tile * TILE_WIDTH < newest.size; tile += 1) {
    const leaves = await readLeaves(read, tile, newest.size);
    if (!Array.isArray(leaves)) return leaves;
    const sizes = signed.map(({ size }) => size).filter((size) => size > edge.size && size < edge.size + leaves.length);
    for (const size of [...new Set(sizes), edge.size + leaves.length]) {
      const growth = grow(edge, leaves.splice(0, size - edge.size));
      edge = growth.edge;
      const misfit = (await above(growth.tileHashes)) ?? misfitOf(edge, signed, fitting);
      if (misfit) return misfit;
      if (signed.some((checkpoint) => checkpoint.size === size)) fitting = size;
    }
  }
  const lost = signed.find(({ size }) => size > newest.size);
  return (
    misfitOf(edge, signed, fitting) ??
    (lost && { index: newest.size, what: `${lost.size} entries were signed, and this one is not there any more` })
  );
}

/** The entries of a range under a checkpoint. The hashes beside it come from tiles, and lead to the signed root or to nothing. */
export async function auditRange(
  read: ReadLogFile,
  { size, root }: Checkpoint,
  range: LeafRange,
): Promise<Misfit | undefined> {
  if (range.to > size) return { index: size, what: "the checkpoint has no such entry" };
  const leaves = new Map<number, Hash>();
  for (let tile = Math.floor(range.from / TILE_WIDTH); tile * TILE_WIDTH < range.to; tile += 1) {
    const found = await readLeaves(read, tile, size);
    if (!Array.isArray(found)) return found;
    for (const [at, hash] of found.entries()) leaves.set(tile * TILE_WIDTH + at, hash);
  }
  const beside: LeafRange[] = [];
  fold({ from: 0, to: size }, range, (outside) => (beside.push(outside), root), leaves);
  const hashes = await readRanges(beside, tileReader(read, size)).catch(() => undefined);
  if (!hashes) return { index: range.from, until: range.to, what: "a tile beside it is missing or too short" };
  const known = new Map(beside.map((outside, at) => [outside.from, hashes[at]!]));
  const found = fold({ from: 0, to: size }, range, (outside) => known.get(outside.from)!, leaves);
  if (found.equals(root)) return undefined;
  return { index: range.from, until: range.to, what: "its tiles do not lead to the root that was signed" };
}

/** Where two logs of one name first differ: what two auditors hold against each other. */
export async function firstDifference(one: ReadLogFile, other: ReadLogFile, sizes: readonly [number, number]) {
  const common = Math.min(...sizes);
  for (let tile = 0; tile * TILE_WIDTH < common; tile += 1) {
    const [here, there] = await Promise.all([readLeaves(one, tile, sizes[0]), readLeaves(other, tile, sizes[1])]);
    if (!Array.isArray(here) || !Array.isArray(there)) return tile * TILE_WIDTH;
    const at = here.findIndex((hash, i) => there[i] !== undefined && !hash.equals(there[i]));
    if (at >= 0) return tile * TILE_WIDTH + at;
  }
  return undefined;
}

export function tilePath(level: number, index: number, size: number): string {
  return `tile/${printTilePath({ level, index, width: widthAt(level, index, size) })}`;
}

export function entriesPath(index: number, size: number): string {
  return `tile/entries/${printTilePath({ level: 0, index, width: widthAt(0, index, size) }).slice(2)}`;
}

function widthAt(level: number, index: number, size: number): number {
  return Math.min(TILE_WIDTH, widthOfLevel(level, size) - index * TILE_WIDTH);
}

function misfitOf({ size, complete }: Edge, signed: readonly Checkpoint[], fitting: number): Misfit | undefined {
  const root = rootOf({ size, complete });
  const wrong = signed.find((checkpoint) => checkpoint.size === size && !checkpoint.root.equals(root));
  return wrong && { index: fitting, until: size, what: `the first ${size} entries are not those that were signed` };
}

/** One tile's leaves, or what is wrong with it: made from the entries where these are at hand, and equal to its hashes where those are. */
export async function readLeaves(read: ReadLogFile, tile: number, size: number): Promise<Hash[] | Misfit> {
  const first = tile * TILE_WIDTH;
  const width = widthAt(0, tile, size);
  const [bundle, bytes] = await Promise.all([read(entriesPath(tile, size)), read(tilePath(0, tile, size))]);
  const hashes = bytes && hashesOf(bytes);
  const entries = bundle && parseEntryBundle(bundle);
  if (!bundle && !bytes) return { index: first, what: "neither its tile nor its entries are there" };
  if ((bundle && !entries) || (bytes && !hashes)) return { index: first, until: first + width, what: "a damaged file" };
  const made = entries?.map(leafHash);
  const leaves = made ?? hashes!;
  const wrong = made && hashes ? made.findIndex((hash, at) => !hashes[at]?.equals(hash)) : -1;
  if (wrong >= 0) return { index: first + wrong, what: "the entry is not the one whose hash is in the tree" };
  const shortest = Math.min(leaves.length, hashes?.length ?? width);
  if (shortest < width) return { index: first + shortest, what: "the entry is missing" };
  return leaves.length === width ? leaves : { index: first + width, what: "there are more entries than were signed" };
}

/** Compares hashes that the entries gave with what the tiles above them say, each tile read once. */
function tilesAbove(read: ReadLogFile, size: number) {
  const open = new Map<number, { readonly tile: number; readonly hashes: readonly Hash[] | undefined }>();
  return async (made: readonly { level: number; index: number; hash: Hash }[]): Promise<Misfit | undefined> => {
    for (const { level, index, hash } of made) {
      const tile = Math.floor(index / TILE_WIDTH);
      if (open.get(level)?.tile !== tile) {
        const bytes = await read(tilePath(level, tile, size));
        open.set(level, { tile, hashes: bytes && (hashesOf(bytes) ?? []) });
      }
      const { hashes } = open.get(level)!;
      const said = hashes?.[index % TILE_WIDTH];
      const width = TILE_WIDTH ** level;
      const place = { index: index * width, until: (index + 1) * width };
      if (hashes && !said?.equals(hash))
        return { ...place, what: `the tile of level ${level} has another hash for them` };
    }
    return undefined;
  };
}

function tileReader(read: ReadLogFile, size: number): ReadHashes {
  return async (level, from, to) => {
    const tile = Math.floor(from / TILE_WIDTH);
    const bytes = await read(tilePath(level, tile, size));
    const first = tile * TILE_WIDTH;
    return ((bytes && hashesOf(bytes)) ?? []).slice(from - first, to - first);
  };
}

/** Root of `range`, from the leaves inside `wanted` and the hashes of what lies outside it. */
function fold(
  range: LeafRange,
  wanted: LeafRange,
  outside: (range: LeafRange) => Hash,
  leaves: Map<number, Hash>,
): Hash {
  if (range.to <= wanted.from || range.from >= wanted.to) return outside(range);
  if (range.to - range.from === 1) return leaves.get(range.from)!;
  const middle = splitOf(range);
  const [left, right] = [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ];
  return nodeHash(fold(left, wanted, outside, leaves), fold(right, wanted, outside, leaves));
}

function hashesOf(bytes: Buffer): Hash[] | undefined {
  if (bytes.length === 0 || bytes.length % HASH_LENGTH !== 0) return undefined;
  return Array.from({ length: bytes.length / HASH_LENGTH }, (_, at) =>
    bytes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH),
  );
}
