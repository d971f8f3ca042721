import fc from "fast-check";
import { expect, test } from "vitest";
import { type Edge, emptyEdge, grow, rootOf, TILE_HEIGHT } from "./edge.js";
import { parseTilePath, printTilePath, readRanges, widthOfLevel } from "./tile.js";
import {
  consistencyRanges,
  emptyRoot,
  type Hash,
  inclusionRanges,
  leafHash,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from "./tree.js";

function mth(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot;
  if (hashes.length === 1) return hashes.at(0) ?? emptyRoot;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(mth(hashes.slice(0, k)), mth(hashes.slice(k)));
}

const leaves = Array.from({ length: 1400 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));
const growths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });

/** Grows a tree batch by batch, as the sequencer does, and keeps what a storage would keep. */
function growBy(sizes: readonly number[]) {
  const levels = new Map<number, Hash[]>([[0, []]]);
  let edge: Edge = emptyEdge;
  for (const size of sizes) {
    const added = leaves.slice(edge.size, edge.size + size);
    const growth = grow(edge, added);
    levels.get(0)?.push(...added);
    for (const { level, index, hash } of growth.tileHashes) {
      const row = levels.get(level) ?? [];
      levels.set(level, row);
      expect(index).toBe(row.length);
      row.push(hash);
    }
    edge = growth.edge;
  }
  return { edge, levels };
}

test("a tree that grew batch by batch has the root of the whole, and each new leaf its path", () => {
  fc.assert(
    fc.property(growths, (sizes) => {
      let edge: Edge = emptyEdge;
      for (const count of sizes) {
        const added = leaves.slice(edge.size, edge.size + count);
        const { edge: grown, root, pathOf } = grow(edge, added);
        expect(root).toEqual(mth(leaves.slice(0, grown.size)));
        expect(rootOf(grown)).toEqual(root);
        for (const [i, leaf] of added.entries()) {
          const index = edge.size + i;
          expect(verifyInclusion(pathOf(index), leaf, index, grown.size, root)).toBe(true);
        }
        edge = grown;
      }
    }),
    { numRuns: 15 },
  );
});

test("tiles hold every complete subtree of their level, and proofs of any leaf and any two sizes are read from them", async () => {
  await fc.assert(
    fc.asyncProperty(growths, fc.nat(), fc.nat(), async (sizes, a, b) => {
      const { edge, levels } = growBy(sizes);
      const { size } = edge;
      for (const [level, row] of levels) expect(row.length).toBe(widthOfLevel(level, size));
      const reads: number[] = [];
      const read = async (level: number, from: number, to: number) => {
        expect(Math.floor(from / 2 ** TILE_HEIGHT)).toBe(Math.floor((to - 1) / 2 ** TILE_HEIGHT));
        reads.push(to - from);
        return levels.get(level)?.slice(from, to) ?? [];
      };
      const index = a % size;
      const root = rootOf(edge);
      const path = await readRanges(inclusionRanges(index, size), read);
      expect(verifyInclusion(path, leaves.at(index) ?? emptyRoot, index, size, root)).toBe(true);
      expect(reads.length).toBeLessThanOrEqual(6);
      const older = (b % size) + 1;
      const proof = await readRanges(consistencyRanges(older, size), read);
      expect(verifyConsistency(proof, { size: older, root: mth(leaves.slice(0, older)) }, { size, root })).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("a storage with a gap gives no proof", async () => {
  const read = async () => [];
  await expect(readRanges(inclusionRanges(3, 9), read)).rejects.toThrow();
});

test("the published example of a tile's path is read and printed", () => {
  expect(printTilePath({ level: 0, index: 1_234_067, width: 256 })).toBe("0/x001/x234/067");
  expect(parseTilePath("0/x001/x234/067")).toEqual({ level: 0, index: 1_234_067, width: 256 });
  expect(parseTilePath("1/000.p/17")).toEqual({ level: 1, index: 0, width: 17 });
});

test.each([
  "0/1234067",
  "0/x000/001",
  "7/000",
  "00/000",
  "0/000.p/0",
  "0/000.p/256",
  "0/000.p/07",
  "0/x001/234/067",
  "entries/000",
  "0/000/",
  "../checkpoint",
])("%s is not a tile's path", (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test("every tile's path reads back as the tile", () => {
  const tile = fc.record({
    level: fc.integer({ min: 0, max: 6 }),
    index: fc.integer({ min: 0, max: 2 ** 45 }),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(
    fc.property(tile, (value) => {
      expect(parseTilePath(printTilePath(value))).toEqual(value);
    }),
  );
});
