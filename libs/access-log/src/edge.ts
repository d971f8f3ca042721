import { type Hash, hashOf, inclusionRanges, type LeafRange, nodeHash, type Subtree, subtreesOf } from "./tree.js";

/**
 * The right edge of a tree: all that is needed to grow it. A tree of 2^40 leaves has an edge of at most 40 hashes, so appending
 * reads nothing.
 */
export interface Edge {
  readonly size: number;
  /** By level: the hash of the complete subtree of 2^level leaves that ends the tree there; absent where size has no such bit. */
  readonly complete: ReadonlyMap<number, Hash>;
}

/** A tree that grew by some leaves. */
export interface Growth {
  readonly edge: Edge;
  readonly root: Hash;
  /** Complete subtrees of 256^level leaves, level 1 and above, that these leaves completed: what tiles are made of. */
  readonly tileHashes: readonly (Subtree & { readonly hash: Hash })[];
  /** RFC 6962 inclusion proof, in the grown tree, of one of the new leaves. */
  readonly pathOf: (index: number) => Hash[];
}

/** Subtrees of one level: the edge's, where it has one, then the new ones. */
interface Row {
  readonly first: number;
  readonly hashes: readonly Hash[];
}

/** Height of a tile: each tile level spans this many tree levels. */
export const TILE_HEIGHT = 8;

export const emptyEdge: Edge = { size: 0, complete: new Map() };

export function edgeOf(size: number, hashOfSubtree: (subtree: Subtree) => Hash): Edge {
  const subtrees = subtreesOf({ from: 0, to: size });
  return { size, complete: new Map(subtrees.map((subtree) => [subtree.level, hashOfSubtree(subtree)])) };
}

export function rootOf({ size, complete }: Edge): Hash {
  return hashOf({ from: 0, to: size }, ({ level }) => complete.get(level)!);
}

export function grow(edge: Edge, leaves: readonly Hash[]): Growth {
  const size = edge.size + leaves.length;
  const rows = rowsOf(edge, leaves);
  const subtree = ({ level, index }: Subtree): Hash => rows[level]!.hashes[index - rows[level]!.first]!;
  const grown = edgeOf(size, subtree);
  return {
    edge: grown,
    root: rootOf(grown),
    tileHashes: tileHashesOf(edge.size, rows),
    pathOf: pathsIn(size, subtree),
  };
}

function rowsOf(edge: Edge, leaves: readonly Hash[]): Row[] {
  const size = edge.size + leaves.length;
  const rows: Row[] = [];
  let added = leaves;
  for (let level = 0; 2 ** level <= size; level += 1) {
    const old = edge.complete.get(level);
    const row = { first: subtreesAt(level, edge.size) - (old ? 1 : 0), hashes: old ? [old, ...added] : added };
    rows.push(row);
    added = pairs(row.hashes);
  }
  return rows;
}

/** A row starts at an even index, so its pairs are siblings; a last one alone waits for its own. */
function pairs(hashes: readonly Hash[]): Hash[] {
  const parents: Hash[] = [];
  for (let i = 0; i + 1 < hashes.length; i += 2) parents.push(nodeHash(hashes[i]!, hashes[i + 1]!));
  return parents;
}

function tileHashesOf(oldSize: number, rows: readonly Row[]): (Subtree & { hash: Hash })[] {
  return rows.flatMap(({ first, hashes }, level) => {
    if (level === 0 || level % TILE_HEIGHT !== 0) return [];
    const known = subtreesAt(level, oldSize) - first;
    return hashes.slice(known).map((hash, i) => ({ level: level / TILE_HEIGHT, index: first + known + i, hash }));
  });
}

/** The right end of the tree is in many paths of one batch; each such range is folded once. All others are complete subtrees. */
function pathsIn(size: number, subtree: (subtree: Subtree) => Hash): (index: number) => Hash[] {
  const folded = new Map<number, Hash>();
  const foldOf = (range: LeafRange): Hash => {
    const width = range.to - range.from;
    if (range.to !== size) return subtree({ level: Math.round(Math.log2(width)), index: range.from / width });
    const known = folded.get(range.from) ?? hashOf(range, subtree);
    folded.set(range.from, known);
    return known;
  };
  return (index) => inclusionRanges(index, size).map(foldOf);
}

function subtreesAt(level: number, size: number): number {
  return Math.floor(size / 2 ** level);
}
