import { expect, test } from "vitest";
import { chooseKey } from "./key-choice.js";

const now = 1_000_000;
const times = { now, lead: 900, lifetime: 300 };
const key = (kid: string, from: number, until = now + 100_000, listed = from) => ({ kid, from, until, listed });
const late = (kid: string, from: number, listed: number) => key(kid, from, undefined, listed);

test.each([
  ["the only one", [key("one", now - 5000)], "one"],
  ["the newest that every gateway knows", [key("old", now - 5000), key("new", now - 900)], "new"],
  ["the old one while the new one is not known long enough", [key("old", now - 5000), key("new", now - 899)], "old"],
  ["a first key at once", [key("first", now)], "first"],
  ["of several that are too new, the older", [key("a", now - 10), key("b", now - 20)], "b"],
  ["none that ends before the token does", [key("old", now - 5000, now + 299), key("new", now - 10)], "new"],
  [
    "the old one while the new one, in force since long, was listed just now",
    [key("old", now - 5000), late("new", now - 9000, now - 899)],
    "old",
  ],
  [
    "what was in force since long, once it was listed long enough",
    [key("old", now - 5000), late("new", now - 9000, now - 900)],
    "new",
  ],
  [
    "what was listed before it is in force, as from then",
    [key("old", now - 5000), late("new", now - 10, now - 9000)],
    "old",
  ],
  [
    "of two that were both seen just now, the one in force longer",
    [late("b", now - 10, now), late("a", now - 20, now)],
    "a",
  ],
  ["none that begins later", [key("later", now + 1)], undefined],
  ["none at all", [], undefined],
] as const)("%s signs", (_says, keys, kid) => {
  expect(chooseKey(keys, times)?.kid).toBe(kid);
});
