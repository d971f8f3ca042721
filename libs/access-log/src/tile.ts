import { WeftError } from "#libs/terms";
import { TILE_HEIGHT } from "./edge.js";
import { type Hash, hashOf, type LeafRange, nodeHash, type Subtree, subtreesOf } from "./tree.js";

/**
 * Tiles, c2sp.org/tlog-tiles: the tree as files that never change. A tile holds up to 256 hashes of one tile level; level 0 are
 * leaves, each hash above is of a full tile below.
 *
 *     /tile/<level>/<index>[.p/<width>]        index in groups of three: 1234067 is x001/x234/067
 *     /tile/entries/<index>[.p/<width>]        what its leaves were made of, each behind its length in two bytes
 */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** Hashes in it, 1 to 256; below 256 it is partial. */
  readonly width: number;
}

/** Hashes of a tile level, `from` inclusive, `to` exclusive, within one tile. Fewer where the tree has no more. */
export type ReadHashes = (level: number, from: number, to: number) => Promise<readonly Hash[]>;

export const TILE_WIDTH = 2 ** TILE_HEIGHT;
const MAX_LEVEL = 6; // 256^7 is beyond exact numbers
const pathForm = /^([0-6])\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

export function printTilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g)!;
  const place = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
  return `${level}/${place}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** Undefined for what `printTilePath` would not print. */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, place, partial] = pathForm.exec(path) ?? [];
  if (level === undefined || place === undefined) return undefined;
  const index = Number(place.replaceAll(/[x/]/g, ""));
  const tile = { level: Number(level), index, width: partial === undefined ? TILE_WIDTH : Number(partial) };
  const holds = tile.level <= MAX_LEVEL && Number.isSafeInteger(index) && printTilePath(tile) === path;
  return holds ? tile : undefined;
}

export function printEntryBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** Undefined for what is no sequence of whole entries. */
export function parseEntryBundle(bytes: Uint8Array): Buffer[] | undefined {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  let at = 0;
  while (at + 2 <= bundle.length) {
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) return undefined;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return at === bundle.length ? entries : undefined;
}

/** How many hashes a tile level has in a tree of this size. */
export function widthOfLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** MTH of each range, from tiles: each tile that is touched is read once. */
export async function readRanges(ranges: readonly LeafRange[], read: ReadHashes): Promise<Hash[]> {
  const known = await readSubtrees(ranges.flatMap(subtreesOf), read);
  return ranges.map((range) => hashOf(range, (subtree) => known.get(nameOf(subtree))!));
}

/** The hash of each complete subtree, by `level/index`. */
async function readSubtrees(subtrees: readonly Subtree[], read: ReadHashes): Promise<Map<string, Hash>> {
  const byTile = Map.groupBy(subtrees, (subtree) => {
    const { level, from } = rowsOf(subtree);
    return nameOf({ level, index: Math.floor(from / TILE_WIDTH) });
  });
  const found = new Map<string, Hash>();
  await Promise.all(
    [...byTile.values()].map(async (inTile) => {
      const rows = inTile.map(rowsOf);
      const level = rows[0]!.level;
      const first = Math.min(...rows.map(({ from }) => from));
      const end = Math.max(...rows.map(({ to }) => to));
      const hashes = await read(level, first, end);
      if (hashes.length !== end - first) throw new WeftError("INTERNAL", { detail: "the tree's storage has a gap" });
      for (const [i, subtree] of inTile.entries()) {
        found.set(nameOf(subtree), fold(hashes.slice(rows[i]!.from - first, rows[i]!.to - first)));
      }
    }),
  );
  return found;
}

/** The hashes of a tile level that a subtree is made of. */
function rowsOf({ level, index }: Subtree): { readonly level: number; readonly from: number; readonly to: number } {
  const width = 2 ** (level % TILE_HEIGHT);
  return { level: Math.floor(level / TILE_HEIGHT), from: index * width, to: (index + 1) * width };
}

/** Root of a complete subtree from its 2^k hashes. */
function fold(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!));
    row = above;
  }
  return row[0]!;
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`;
}
