import { expect, test } from "vitest";
import { leftOut } from "./classify.js";
import { profileOf } from "./profile.js";
import { column } from "./survey.fixture.js";

test("text that may hold anything about anybody is no field: by its name, however short the sample, or by its length", () => {
  const short = profileOf(["seen", "seen", "seen"], []);
  const long = profileOf(["x".repeat(61)], []);
  expect(leftOut(column("REMARKS"), short)).toMatch(/^free text/);
  expect(leftOut(column("catatan_petugas"), undefined)).toMatch(/^free text/);
  expect(leftOut(column("Situation"), long)).toMatch(/^free text/);
  expect(leftOut(column("Situation"), short)).toBeUndefined();
  expect(leftOut(column("note", "decimal"), undefined)).toBeUndefined();
});
