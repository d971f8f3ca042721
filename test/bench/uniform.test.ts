import { expect, test } from "vitest";
import { aucOf } from "./auc.ts";

test("numbers that do not tell two kinds apart have an AUC of a half, numbers that always do have one of one", () => {
  const even = Array.from({ length: 100 }, (_, n) => n);
  expect(aucOf(even, even).auc).toBe(0.5);
  expect(aucOf([7, 7, 7], [7, 7]).auc).toBe(0.5);
  expect(aucOf([1, 2], [3, 4]).auc).toBe(1);
  expect(aucOf([3, 4], [1, 2]).auc).toBe(1);
  expect(aucOf([1, 3], [2, 4]).auc).toBe(0.75);
  const { low, high } = aucOf(even, even);
  expect([low < 0.5, high > 0.5]).toEqual([true, true]);
});
