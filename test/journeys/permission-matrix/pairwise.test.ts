import { expect, test } from "vitest";
import { pairwise } from "./pairwise.js";

test("any two values of any two factors meet, in few rows", () => {
  const factors = { a: 12, b: 7, c: 5, d: 3 };
  const rows = pairwise(factors);
  const names = Object.keys(factors) as (keyof typeof factors)[];
  for (const one of names) {
    for (const other of names.slice(names.indexOf(one) + 1)) {
      const met = new Set(rows.map((row) => `${row[one]} ${row[other]}`));
      expect(met.size).toBe(factors[one] * factors[other]);
    }
  }
  expect(rows.length).toBeGreaterThanOrEqual(12 * 7);
  expect(rows.length).toBeLessThan(12 * 7 * 1.2);
  expect(pairwise(factors)).toEqual(rows);
});

test("rows that are not possible are left out, and no other pair with them", () => {
  const rows = pairwise({ a: 4, b: 4, c: 4 }, ({ a, b }) => a === undefined || b === undefined || a !== b);
  expect(rows.filter(({ a, b }) => a === b)).toEqual([]);
  expect(new Set(rows.map(({ a, b }) => `${a} ${b}`)).size).toBe(12);
  expect(new Set(rows.map(({ b, c }) => `${b} ${c}`)).size).toBe(16);
});
