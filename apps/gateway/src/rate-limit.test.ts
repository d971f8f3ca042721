import { expect, test } from "vitest";
import { parseOrgId, parsePartyId } from "#libs/terms";
import { RateLimit } from "./rate-limit.js";

const of = (consumer: string, client: string) => ({ consumer: parseOrgId(consumer), client: parsePartyId(client) });
const [one, other] = [of("org:welfare", "client:one"), of("org:welfare", "client:other")];
const namesake = of("org:bank", "client:one");

test("a client has its rate, no more, and never another's", () => {
  const rate = new RateLimit(5);
  const at = (milliseconds: number) => new Date(1_795_312_800_000 + milliseconds);
  expect(Array.from({ length: 7 }, () => rate.admit(one, at(0)))).toEqual([true, true, true, true, true, false, false]);
  expect(rate.admit(other, at(0))).toBe(true);
  expect(rate.admit(namesake, at(0))).toBe(true);
  expect(rate.admit(one, at(199))).toBe(false);
  expect(rate.admit(one, at(400))).toBe(true);
  expect(Array.from({ length: 7 }, () => rate.admit(one, at(60_000))).filter(Boolean)).toHaveLength(5);
});
