import fc from "fast-check";
import { expect, test } from "vitest";
import { reasonForm } from "./reason.js";

test.each([
  "Unconscious after a fall, we need to know what to expect.",
  "مريض فاقد الوعي بعد حادث سير، نحتاج إلى معرفة حالته",
  "Inconscient ; aucun proche.",
  "昏迷不醒，没有亲属在场，请告知情况",
  "x".repeat(300),
  "😀".repeat(300),
])("%s is a reason", (reason) => {
  expect(reasonForm.test(reason)).toBe(true);
});

test.each([
  ["nothing", ""],
  ["too short", "emergency"],
  ["too long", "x".repeat(301)],
  ["spaces alone", " ".repeat(20)],
  ["a space before", " Unconscious after a fall."],
  ["a space after", "Unconscious after a fall. "],
  ["a line break", "Unconscious\nafter a fall."],
  ["a carriage return", "Unconscious\rafter a fall."],
  ["a line separator", "Unconscious\u2028after a fall."],
  ["a NUL", "Unconscious\0after a fall."],
  ["an escape sequence", "Unconscious \u001b[2K after a fall."],
  ["a C1 control", "Unconscious\u0085after a fall."],
  ["writing turned round", "Unconscious \u202eafter a fall."],
  ["an isolate", "Unconscious \u2066after a fall."],
  ["half a character", "Unconscious \ud800 after a fall."],
])("%s is none", (_what, reason) => {
  expect(reasonForm.test(reason)).toBe(false);
});

test("whatever a reason is, it is one line of 10 to 300 characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 320 }), (text) => {
      if (!reasonForm.test(text)) return;
      const characters = Array.from(text);
      expect(characters.length).toBeGreaterThanOrEqual(10);
      expect(characters.length).toBeLessThanOrEqual(300);
      expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
      expect(text.trim()).toBe(text);
    }),
    { numRuns: 2000 },
  );
});
