import { expect, test } from "vitest";
import { chooseKey } from "./key-choice.js";

const now = 1_000_000;
const times = { now, lead: 900, lifetime: 300 };
const key = (kid: string, from: number, until = now + 100_000) => ({ kid, from, until });

test.each([
  ["the only one", [key("one", now - 5000)], "one"],
  ["the newest that every gateway knows", [key("old", now - 5000), key("new", now - 900)], "new"],
  ["the old one while the new one is not known long enough", [key("old", now - 5000), key("new", now - 899)], "old"],
  ["a first key at once", [key("first", now)], "first"],
  ["of several that are too new, the older", [key("a", now - 10), key("b", now - 20)], "b"],
  ["none that ends before the token does", [key("old", now - 5000, now + 299), key("new", now - 10)], "new"],
  ["none that begins later", [key("later", now + 1)], undefined],
  ["none at all", [], undefined],
] as const)("%s signs", (_says, keys, kid) => {
  expect(chooseKey(keys, times)?.kid).toBe(kid);
});
