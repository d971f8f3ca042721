import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "#libs/terms";
import { auditLog, auditRange, entriesPath, firstDifference, type ReadLogFile, tilePath } from "./audit.js";
import type { Checkpoint } from "./checkpoint.js";
import { emptyEdge, grow, rootOf } from "./edge.js";
import { parseEntryBundle, printEntryBundle, TILE_WIDTH, widthOfLevel } from "./tile.js";
import { leafHash } from "./tree.js";

const entries = Array.from({ length: 1_500 }, (_, i) => sha256(`entry ${i}`));

/** The files of a log of these entries, as an honest one serves them. */
function filesOf(of: readonly Buffer[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const { tileHashes } = grow(emptyEdge, of.map(leafHash));
  for (let tile = 0; tile * TILE_WIDTH < of.length; tile += 1) {
    const own = of.slice(tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH);
    files.set(entriesPath(tile, of.length), printEntryBundle(own));
    files.set(tilePath(0, tile, of.length), Buffer.concat(own.map(leafHash)));
  }
  for (let level = 1; widthOfLevel(level, of.length) > 0; level += 1)
    files.set(
      tilePath(level, 0, of.length),
      Buffer.concat(tileHashes.filter((one) => one.level === level).map(({ hash }) => hash)),
    );
  return files;
}

const checkpointOf = (of: readonly Buffer[], size = of.length): Checkpoint => ({
  origin: "log.example",
  size,
  root: rootOf(grow(emptyEdge, of.slice(0, size).map(leafHash)).edge),
});
const reader =
  (files: ReadonlyMap<string, Buffer>): ReadLogFile =>
  async (path) =>
    files.get(path);
const newest = checkpointOf(entries);
const honest = filesOf(entries);

function changed(path: string, change: (bytes: Buffer) => void): Map<string, Buffer> {
  const bytes = Buffer.from(honest.get(path)!);
  change(bytes);
  return new Map([...honest, [path, bytes]]);
}

test("an honest log fits, whole and in any range, with and without its entries", async () => {
  expect(
    await auditLog(reader(honest), newest, [checkpointOf(entries, 700), checkpointOf(entries, 1)]),
  ).toBeUndefined();
  const hashesOnly = new Map([...honest].filter(([path]) => !path.startsWith("tile/entries")));
  expect(await auditLog(reader(hashesOnly), newest)).toBeUndefined();
  await fc.assert(
    fc.asyncProperty(fc.nat(1_499), fc.integer({ min: 1, max: 400 }), async (from, count) => {
      const range = { from, to: Math.min(1_500, from + count) };
      expect(await auditRange(reader(honest), newest, range)).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});

test("a byte of any old entry: its own index is named", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_499), fc.nat(31), async (index, byte) => {
      const tile = Math.floor(index / TILE_WIDTH);
      const flipped = changed(entriesPath(tile, 1_500), (bytes) => (bytes[(index % TILE_WIDTH) * 34 + 2 + byte]! ^= 1));
      expect(await auditLog(reader(flipped), newest)).toMatchObject({ index });
      const range = { from: Math.max(0, index - 5), to: index + 1 };
      expect(await auditRange(reader(flipped), newest, range)).toMatchObject({ index });
    }),
    { numRuns: 12 },
  );
});

test("a byte of any file: what does not fit is at or before the place, and something never fits", async () => {
  const paths = [...honest.keys()];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), async (path, place) => {
      const flipped = changed(path, (bytes) => (bytes[place % bytes.length]! ^= 1));
      expect(await auditLog(reader(flipped), newest)).toBeDefined();
    }),
    { numRuns: 25 },
  );
});

test("an entry and its hash both changed: the tile above names the 256 that it is one of", async () => {
  const forged = [...entries];
  forged[600] = sha256("forged");
  const files = new Map([...filesOf(forged), [tilePath(1, 0, 1_500), honest.get(tilePath(1, 0, 1_500))!]]);
  expect(await auditLog(reader(files), newest)).toMatchObject({ index: 512, until: 768 });
});

test("everything rebuilt and signed again: a checkpoint that somebody kept shows it, and between which", async () => {
  const forged = [...entries];
  forged[600] = sha256("forged");
  const kept = [500, 700, 900].map((size) => checkpointOf(entries, size));
  const misfit = await auditLog(reader(filesOf(forged)), checkpointOf(forged), kept);
  expect(misfit).toMatchObject({ index: 500, until: 700 });
  expect(await firstDifference(reader(honest), reader(filesOf(forged)), [1_500, 1_500])).toBe(600);
});

test("the last hundred deleted and signed again: the first that is missing is named", async () => {
  const shorter = entries.slice(0, 1_400);
  expect(await auditLog(reader(filesOf(shorter)), checkpointOf(shorter), [newest])).toMatchObject({ index: 1_400 });
});

test("a missing or short file is a misfit at its first entry that is not there", async () => {
  const without = new Map(honest);
  without.delete(entriesPath(2, 1_500));
  without.delete(tilePath(0, 2, 1_500));
  expect(await auditLog(reader(without), newest)).toMatchObject({ index: 512 });
  const short = new Map([...honest, [entriesPath(1, 1_500), printEntryBundle(entries.slice(256, 300))]]);
  expect(await auditLog(reader(short), newest)).toMatchObject({ index: 300 });
  expect(await auditRange(reader(honest), newest, { from: 1_490, to: 1_600 })).toMatchObject({ index: 1_500 });
});

test("a bundle of entries is read as it was printed, and what is no bundle is none", () => {
  const bundle = fc.array(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(bundle, fc.integer({ min: 1, max: 3 }), (own, more) => {
      const printed = printEntryBundle(own);
      expect(parseEntryBundle(printed)).toEqual(own);
      const cut = parseEntryBundle(Buffer.concat([printed, Buffer.alloc(more, 0xff)]));
      expect(cut).toBeUndefined();
    }),
  );
});
