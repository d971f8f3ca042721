import { expect, test } from "vitest";
import { watchCountry } from "./vigilance/run.ts";

test("of sixty snooping stories in 100,000 accesses the rules find what they are about, and leave honest work alone", () => {
  const { accesses, honest, kinds, unexplained, found, missed } = watchCountry("orvanda");
  expect(accesses).toBeGreaterThan(99_000);
  expect(honest).toBeGreaterThan(95_000);
  expect(kinds.reduce((sum, { told }) => sum + told, 0)).toBe(60);
  const whole = kinds.filter(({ about }) => about === "bulk" || about === "enumeration");
  expect(whole.filter((kind) => kind.found < kind.told)).toEqual([]);
  expect(found).toBeGreaterThanOrEqual(0.8);
  expect(unexplained).toBeLessThanOrEqual(0.05);
  // What no rule reaches is missed, and said to be: a country that believes otherwise is told a tale.
  expect(missed.filter((story) => story.startsWith("opens a case to be allowed"))).toHaveLength(3);
});
