import fc from "fast-check";
import { expect, test } from "vitest";
import { CODE_ALPHABET, type Code, CodeHashes, drawCode, findCode, latinDigits, printCode } from "./code.js";

const code = fc
  .array(fc.constantFrom(...CODE_ALPHABET.split("")), { minLength: 12, maxLength: 12 })
  .map((letters) => letters.join("") as Code);
const hashes = new CodeHashes({
  seal: "p2",
  open: ["p1", "p2"],
  masters: new Map([
    ["p1", new Uint8Array(32).fill(1)],
    ["p2", new Uint8Array(32).fill(2)],
  ]),
});

test("a code has some 58 bits and no letter that looks like another", () => {
  expect(12 * Math.log2(CODE_ALPHABET.length)).toBeGreaterThan(58);
  expect(new Set(CODE_ALPHABET).size).toBe(CODE_ALPHABET.length);
  expect(CODE_ALPHABET).not.toMatch(/[01ILOQU]/);
});

test("what is drawn is a code, and hardly ever the same one", () => {
  const drawn = Array.from({ length: 2_000 }, drawCode);
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(new Set(drawn.join(""))).toEqual(new Set(CODE_ALPHABET));
  for (const one of drawn) expect(findCode(printCode(one))).toBe(one);
});

test("a code is understood as people type it", () => {
  const gap = fc.stringMatching(/^[ \t\u00a0\u2009\u2010-\u2014-]{0,3}$/);
  fc.assert(
    fc.property(code, gap, gap, fc.boolean(), (one, before, between, small) => {
      const typed = `${before}${printCode(one).replaceAll("-", between)}`;
      expect(findCode(small ? typed.toLowerCase() : typed)).toBe(one);
    }),
  );
});

test("on an Arabic keyboard the digits are others", () => {
  expect(latinDigits("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹")).toBe("0123456789 0123456789");
  expect(findCode("K٧MP-٢X٤R-۹TWA")).toBe("K7MP2X4R9TWA");
});

test("whatever else is typed is none, and nothing throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const found = findCode(text);
      if (found !== undefined) expect(found).toMatch(new RegExp(`^[${CODE_ALPHABET}]{12}$`));
    }),
  );
  for (const wrong of ["", "K7MP-2X4R-9TW", "K7MP-2X4R-9TWAA", "K7MP-2X4R-9TWI", "K7MP-2X4R-9TW0"])
    expect(findCode(wrong)).toBeUndefined();
});

test("what is kept is a keyed hash: of its use, under the newest master, found under each", () => {
  fc.assert(
    fc.property(code, (one) => {
      expect(hashes.of(one, "answer")).not.toBe(hashes.of(one, "withdraw"));
      expect(hashes.candidates(one, "answer")).toContain(hashes.of(one, "answer"));
      expect(hashes.candidates(one, "answer")).toHaveLength(2);
      expect(hashes.of(one, "answer")).toMatch(/^p2\./);
      expect(hashes.of(one, "answer")).not.toContain(one);
    }),
  );
});
