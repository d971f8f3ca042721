import fc from "fast-check";
import { expect, test } from "vitest";
import {
  consistencyRanges,
  emptyRoot,
  type Hash,
  hashOf,
  inclusionRanges,
  leafHash,
  nodeHash,
  type Subtree,
  verifyConsistency,
  verifyInclusion,
} from "./tree.js";

/** An element that must be there. */
function at<T>(list: ArrayLike<T>, index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${index}`);
  return found;
}

// The eight entries and their roots are the ones that Certificate Transparency's implementations have shared since 2012.
const entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const leaves = entries.map((hex) => leafHash(Buffer.from(hex, "hex")));
const roots = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/** MTH as the RFC writes it, with nothing in common with the code under test but the two hash functions. */
function mth(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot;
  if (hashes.length === 1) return at(hashes, 0);
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(mth(hashes.slice(0, k)), mth(hashes.slice(k)));
}

function subtreeOf(hashes: readonly Hash[]) {
  return ({ level, index }: Subtree) => mth(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
}

function hexPath(index: number, size: number): string[] {
  return inclusionRanges(index, size).map((range) => hashOf(range, subtreeOf(leaves)).toString("hex"));
}

test("the empty tree has the hash of nothing", () => {
  expect(emptyRoot.toString("hex")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hashOf({ from: 0, to: 0 }, subtreeOf([]))).toEqual(emptyRoot);
});

test.each(roots.map((root, i) => [i + 1, root] as const))(
  "the tree of %i shared entries has its root",
  (size, root) => {
    expect(hashOf({ from: 0, to: size }, subtreeOf(leaves)).toString("hex")).toBe(root);
  },
);

test("the shared inclusion paths are found", () => {
  expect(hexPath(0, 1)).toEqual([]);
  expect(hexPath(0, 8)).toEqual([
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  ]);
  expect(hexPath(5, 8)).toEqual([
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]);
});

test("the shared consistency proof from 6 to 8 is found", () => {
  const proof = consistencyRanges(6, 8).map((range) => hashOf(range, subtreeOf(leaves)).toString("hex"));
  expect(proof).toEqual([
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]);
});

const treeSize = fc.integer({ min: 1, max: 300 });
const many = Array.from({ length: 300 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));

test("every leaf of every tree is proven, at its own index and no other", () => {
  fc.assert(
    fc.property(treeSize, fc.nat(), fc.nat(), (size, a, b) => {
      const [index, other] = [a % size, b % size];
      const hashes = many.slice(0, size);
      const proof = inclusionRanges(index, size).map((range) => hashOf(range, subtreeOf(hashes)));
      expect(verifyInclusion(proof, at(hashes, index), index, size, mth(hashes))).toBe(true);
      expect(verifyInclusion(proof, at(hashes, index), other, size, mth(hashes))).toBe(other === index);
      expect(verifyInclusion(proof, at(hashes, other), index, size, mth(hashes))).toBe(other === index);
      expect(verifyInclusion([...proof, at(many, 0)], at(hashes, index), index, size, mth(hashes))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("any two sizes of one tree are consistent, and no other tree is", () => {
  fc.assert(
    fc.property(treeSize, treeSize, fc.nat(), (a, b, place) => {
      const [older, newer] = [Math.min(a, b), Math.max(a, b)];
      const proof = consistencyRanges(older, newer).map((range) => hashOf(range, subtreeOf(many)));
      const oldTree = { size: older, root: mth(many.slice(0, older)) };
      const newTree = { size: newer, root: mth(many.slice(0, newer)) };
      expect(verifyConsistency(proof, oldTree, newTree)).toBe(true);
      const forked = many.slice(0, older);
      forked[place % older] = leafHash(Buffer.from("another past"));
      expect(verifyConsistency(proof, { size: older, root: mth(forked) }, newTree)).toBe(false);
      expect(verifyConsistency(proof, oldTree, { size: newer, root: at(many, 0) })).toBe(newer === 1);
    }),
    { numRuns: 60 },
  );
});

test("sizes beyond 32 bits are split where the RFC splits them", () => {
  const size = 2 ** 48 + 1;
  expect(inclusionRanges(2 ** 48, size)).toEqual([{ from: 0, to: 2 ** 48 }]);
  expect(consistencyRanges(2 ** 48, size)).toEqual([{ from: 2 ** 48, to: size }]);
  expect(verifyInclusion([], at(many, 0), 2 ** 60, 2 ** 61, at(many, 0))).toBe(false);
});
