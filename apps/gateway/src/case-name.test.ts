import { expect, test } from "vitest";
import { parseCaseId, type Scheme } from "#libs/terms";
import { holdsPersonsNumber, isPersonsNumber } from "./case-name.js";

const scheme = (name: string, pattern: RegExp): Scheme => ({
  name,
  pattern,
  normalise: [],
  decoys: { from: "0", to: "9" },
});
const schemes = [scheme("nid", /^[0-9]{10}$/v), scheme("cash-no", /^C[0-9]{8}$/v)];

test.each(["1234567890", "C01000001", "c01000001"])("%s is a person's number and names no case", (name) => {
  expect(isPersonsNumber(parseCaseId(name), schemes)).toBe(true);
});

test.each(["c-2026-0042", "payroll-2026-12", "12345678901", "ref/2026/0117"])("%s names a case", (name) => {
  expect(isPersonsNumber(parseCaseId(name), schemes)).toBe(false);
});

test.each([
  "Found without a word, card says 1234567890, no kin here",
  "Found without a word, card says 123 456 7890, no kin here",
  "Found without a word (C01000001).",
  "c 0100 0001 has no pulse",
  "هوية ١٢٣٤٥٦٧٨٩٠ فاقد الوعي",
])("%s numbers a person", (reason) => {
  expect(holdsPersonsNumber(reason, schemes)).toBe(true);
});

test.each([
  "Unconscious after a fall on 28.11.2026 at 09:15, ward 4, bed 12.",
  "Amara T. cannot answer, call 12 34 reached nobody.",
])("%s names nobody by a number", (reason) => {
  expect(holdsPersonsNumber(reason, schemes)).toBe(false);
});
