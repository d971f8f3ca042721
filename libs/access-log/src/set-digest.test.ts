import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "#libs/terms";
import { type PlacedEntry, type ProviderDay, reconcile } from "./reconcile.js";
import { addSets, digestOfSet, emptySetDigest, findSubset, lanesOf, subtractSets } from "./set-digest.js";

const entry = (name: string | number) => sha256(`entry ${name}`);
const entries = (count: number, from = 0) => Array.from({ length: count }, (_, at) => entry(from + at));

test("the vectors of the set digest", () => {
  const file = new URL("../../../contracts/vectors/set-digests/set-digests.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: { entries: string[]; sum: string }[] };
  expect(cases.length).toBeGreaterThan(2);
  for (const { entries: own, sum } of cases)
    expect(digestOfSet(own.map((hex) => Buffer.from(hex, "hex"))).toString("base64url")).toBe(sum);
});

test("the order of a set does not matter, an element more does, and what was added can be taken out", () => {
  const sets = fc.uniqueArray(fc.nat(500), { maxLength: 12 });
  fc.assert(
    fc.property(sets, fc.nat(500), (names, more) => {
      const sum = digestOfSet(names.map(entry));
      expect(digestOfSet(names.toReversed().map(entry)).equals(sum)).toBe(true);
      const larger = addSets(sum, lanesOf(entry(more)));
      expect(larger.equals(sum)).toBe(false);
      expect(subtractSets(larger, lanesOf(entry(more))).equals(sum)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("of a thousand candidates the subset is found, and where there is none, none", () => {
  const candidates = entries(1_000);
  const chosen = [3, 77, 500, 501, 999];
  const target = digestOfSet(chosen.map((at) => candidates[at]!));
  expect(findSubset(target, candidates)).toEqual(chosen);
  expect(findSubset(addSets(target, lanesOf(entry("stranger"))), candidates.slice(0, 900))).toBeUndefined();
  expect(findSubset(target, entries(1_001))).toBeUndefined();
  expect(findSubset(emptySetDigest(), [])).toEqual([]);
});

const indexed = (from: number, count: number): PlacedEntry[] =>
  entries(count, from).map((own, at) => ({ index: from + at, entry: own }));
const day = (taken: readonly PlacedEntry[], change: Partial<ProviderDay> = {}): ProviderDay => ({
  stated: [{ index: 9_000, count: taken.length, sum: digestOfSet(taken.map((one) => one.entry)) }],
  answered: indexed(0, 60),
  open: indexed(100, 8),
  others: indexed(200, 200),
  ...change,
});

test("what an adapter took agrees with the log, whichever of the open ones it took", () => {
  for (const took of [[], [0], [1, 4, 7], [0, 1, 2, 3, 4, 5, 6, 7]]) {
    const taken = [...indexed(0, 60), ...took.map((at) => indexed(100, 8)[at]!)];
    expect(reconcile(day(taken))).toEqual({ status: "agrees", taken: taken.length });
  }
});

test("records that the log does not show for it, or that it never took, are named by their index", () => {
  const taken = [...indexed(0, 60).filter(({ index }) => index !== 17), ...indexed(201, 2), indexed(103, 1)[0]!];
  expect(reconcile(day(taken))).toEqual({ status: "differs", notShown: [201, 202], notTaken: [17] });
  const busy = { answered: indexed(0, 700), others: indexed(2_000, 2_500) };
  const hidden = [...indexed(0, 700), ...indexed(4_100, 1)];
  expect(reconcile(day(hidden, busy))).toEqual({ status: "differs", notShown: [4_100], notTaken: [] });
});

test("silence, two statements and what cannot be explained are told apart", () => {
  const taken = indexed(0, 60);
  expect(reconcile(day(taken, { stated: [] }))).toEqual({ status: "unstated" });
  const one = day(taken).stated[0]!;
  expect(reconcile(day(taken, { stated: [one, { ...one, index: 9_001 }] }))).toMatchObject({ status: "agrees" });
  const other = { ...one, index: 9_001, count: 61 };
  expect(reconcile(day(taken, { stated: [one, other] }))).toEqual({ status: "contradicts", indices: [9_000, 9_001] });
  expect(reconcile(day([...taken, ...indexed(7_777, 1)]))).toEqual({ status: "unexplained", stated: 61, recorded: 68 });
  expect(reconcile(day(taken, { stated: [{ ...one, count: 59 }] }))).toMatchObject({ status: "unexplained" });
});
