import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Hit } from "./api.js";
import { cell, csvOf } from "./csv.js";

const hit: Hit = {
  index: 7,
  at: "2026-11-22T10:00:00.000Z",
  kind: "intent",
  caller: { consumer: "org:welfare", client: "client:c", officer: "officer:8c1", purpose: "referral", case: "c-1" },
  sections: [],
  denied: [],
};

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u00a0=1", "\r=1", "＝1", "\u200b=1", "|calc", "%0A=1"])(
  "no cell begins as a formula: %j",
  (text) => {
    expect(cell(text)).toBe(`"'${text}"`);
  },
);

test("whatever a caller wrote, each row has the same columns and says the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const csv = csvOf([{ ...hit, caller: { ...hit.caller!, case: text } }]);
      const [head, row, ...more] = parse(csv, { bom: true, relax_column_count: false }) as string[][];
      expect(more).toEqual([]);
      expect(row).toHaveLength(head!.length);
      expect([text, `'${text}`]).toContain(row![head!.indexOf("case")]);
    }),
    { numRuns: 50 },
  );
});

test("a record of two ministries is two rows", () => {
  const section = {
    agreement: "dsa",
    version: 1,
    basis: "PUBLIC_TASK",
    coordinates: ["A.b", "A.c"],
    persons: 1,
    namesPerson: true,
  };
  const sections = ["org:civil", "org:cash"].map((provider) => ({ provider, ...section }));
  const [, ...rows] = parse(csvOf([{ ...hit, sections }]), { bom: true }) as string[][];
  expect(rows.map((row) => [row[0], row[9], row[13]])).toEqual([
    ["7", "org:civil", "A.b A.c"],
    ["7", "org:cash", "A.b A.c"],
  ]);
});
