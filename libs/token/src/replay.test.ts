import fc from "fast-check";
import { expect, test } from "vitest";
import { replayCache } from "./replay.js";

test("nothing is accepted twice within the window, however time is spread", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(40)), { maxLength: 60 }), (uses) => {
      const cache = replayCache({ window: 70, room: 1000 });
      const last = new Map<string, number>();
      let now = 0;
      for (const [name, wait] of uses) {
        now += wait;
        const key = `k${name}`;
        const before = last.get(key);
        const accepted = cache.use(key, now);
        if (before !== undefined && now - before < 70) expect(accepted).toBe(false);
        if (accepted) last.set(key, now);
      }
    }),
  );
});

test("what is too old to be accepted anyway is dropped", () => {
  const cache = replayCache({ window: 70, room: 1000 });
  for (let n = 0; n < 100; n++) cache.use(`k${n}`, n);
  cache.use("later", 1000);
  expect(cache.size()).toBe(1);
});

test("a full cache refuses new proofs and forgets no old one", () => {
  const cache = replayCache({ window: 70_000, room: 2 });
  expect([cache.use("a", 0), cache.use("b", 0)]).toEqual([true, true]);
  expect(() => cache.use("c", 10_000)).toThrow("Too many requests.");
  expect(cache.use("a", 60_000)).toBe(false);
  expect(cache.use("c", 80_000)).toBe(true);
  expect(cache.use("b", 80_000)).toBe(false);
});
