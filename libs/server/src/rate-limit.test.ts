import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.js";

const [one, other] = ["org:welfare client:one", "org:welfare client:other"];

test("a name has its rate, no more, and never another's", () => {
  const rate = new RateLimit(5);
  const at = (milliseconds: number) => new Date(1_795_312_800_000 + milliseconds);
  expect(Array.from({ length: 7 }, () => rate.admit(one, at(0)))).toEqual([true, true, true, true, true, false, false]);
  expect(rate.admit(other, at(0))).toBe(true);
  expect(rate.admit(one, at(199))).toBe(false);
  expect(rate.admit(one, at(400))).toBe(true);
  expect(Array.from({ length: 7 }, () => rate.admit(one, at(60_000))).filter(Boolean)).toHaveLength(5);
});
