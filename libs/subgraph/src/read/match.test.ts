import fc from "fast-check";
import { expect, test } from "vitest";
import { compareClaim, editDistance, type MatchKind } from "./match.js";

test.each([
  ["name", "Jose  GARCIA-Lopez", "José García López", "MATCH"],
  ["name", "O'Neil Ann", "Oneil Ann", "MATCH"],
  ["name", "Dawar Amina", "Amina Dawar", "CLOSE"],
  ["name", "Mohammed Youssef", "Muhamad Yusuf", "CLOSE"],
  ["name", "Khadija Qasim", "Kadija Kasim", "CLOSE"],
  ["name", "Shareef", "Sharif", "CLOSE"],
  ["name", "Amina Dawra", "Amina Dawar", "CLOSE"],
  ["name", "Amina", "Amina Dawar", "MISMATCH"],
  ["name", "Ann", "Amy", "MISMATCH"],
  ["name", "", "Amina", "MISMATCH"],
  ["name", "Amina", null, "NOT_HELD"],
  ["name", "Amina", "  ", "NOT_HELD"],
  ["date", "1960-03-04", "1960-03-04", "MATCH"],
  ["date", "1960-04-03", "1960-03-04", "CLOSE"],
  ["date", "1961-03-04", "1960-03-04", "CLOSE"],
  ["date", "1906-03-04", "1960-03-04", "CLOSE"],
  ["date", "1971-08-04", "1960-03-04", "MISMATCH"],
  ["identifier", "100 000-0001", "1000000001", "MATCH"],
  ["identifier", "1000000002", "1000000001", "MISMATCH"],
  ["identifier", "--", "1", "MISMATCH"],
  ["text", " Main  Street ", "main street", "MATCH"],
  ["text", "main streat", "main street", "MISMATCH"],
] as const)("%s: %j against %j is %s", (kind, claimed, held, want) => {
  expect(compareClaim(kind, claimed, held)).toBe(want);
});

test("a number is never CLOSE: nobody is led to it digit by digit", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string({ minLength: 1 }),
      fc.constantFrom<MatchKind>("identifier", "text"),
      (a, b, kind) => {
        expect(compareClaim(kind, a, b)).not.toBe("CLOSE");
      },
    ),
  );
});

test("comparing is the same from both sides, and with itself a match", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(name, name, (a, b) => {
      const held = /[\p{L}\p{N}]/u;
      fc.pre(held.test(a.normalize("NFKD")) && held.test(b.normalize("NFKD")) && a.trim() !== "" && b.trim() !== "");
      expect(compareClaim("name", a, b)).toBe(compareClaim("name", b, a));
      expect(compareClaim("name", a, a)).toBe("MATCH");
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(editDistance(a, b, 3)).toBe(editDistance(b, a, 3));
    }),
  );
});
