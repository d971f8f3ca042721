import { expect, test } from "vitest";
import { watchCountry } from "./vigilance/run.ts";

test(
  "of sixty snooping stories in 100,000 accesses the rules find what they are about, and leave honest work alone",
  { timeout: 90_000 },
  () => {
    const { accesses, honest, kinds, unexplained, found, missed } = watchCountry("orvanda");
    expect(accesses).toBeGreaterThan(99_000);
    expect(honest).toBeGreaterThan(95_000);
    expect(kinds.reduce((sum, { told }) => sum + told, 0)).toBe(60);
    const missedBy = (rule: string, wanted: readonly string[]) =>
      kinds.filter(
        ({ kind, about, told, byRule }) => [kind, about].some((it) => wanted.includes(it)) && byRule[rule] !== told,
      );
    expect(missedBy("volume", ["bulk"])).toEqual([]);
    expect(missedBy("guessing", ["enumeration"])).toEqual([]);
    expect(missedBy("own-record", ["reads their own record"])).toEqual([]);
    expect(missedBy("same-household", ["looks after the family"])).toEqual([]);
    expect(missedBy("many-officers", ["a well-known person"])).toEqual([]);
    expect(found).toBeGreaterThanOrEqual(0.8);
    expect(unexplained).toBeLessThanOrEqual(0.05);
    // What no rule reaches is missed, and said to be: a country that believes otherwise is told a tale.
    expect(missed.filter((story) => story.startsWith("opens a case to be allowed"))).toHaveLength(3);
  },
);
