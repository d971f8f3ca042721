import fc from "fast-check";
import { expect, test } from "vitest";
import { AccessTokens } from "./access-tokens.js";

/** A token service that answers when it is told to, and a clock that is moved by hand. */
function standIn(lifetime = 100) {
  let now = 0;
  let asked = 0;
  const waiting: ((answer: "issue" | "fail") => void)[] = [];
  const tokens = new AccessTokens(
    (resource) =>
      new Promise((resolve, reject) => {
        const token = `${resource} ${++asked}`;
        waiting.push((answer) => (answer === "issue" ? resolve({ token, lifetime }) : reject(new Error("down"))));
      }),
    () => now,
  );
  return {
    tokens,
    asked: () => asked,
    at: (seconds: number) => (now = seconds * 1000),
    answer: async (answer: "issue" | "fail" = "issue") => {
      for (const one of waiting.splice(0)) one(answer);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("however many questions wait, the token service is asked once", async () => {
  const { tokens, answer, asked } = standIn();
  const waiting = Array.from({ length: 50 }, () => tokens.for("a"));
  await answer();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["a 1"]));
  expect(asked()).toBe(1);
});

test("renewed ahead of its end, behind the questions: they are never kept waiting", async () => {
  const { tokens, answer, at, asked } = standIn();
  const first = tokens.for("a");
  await answer();
  await first;
  at(69);
  expect(await tokens.for("a")).toBe("a 1");
  expect(asked()).toBe(1);
  at(71);
  expect(await Promise.all([tokens.for("a"), tokens.for("a"), tokens.for("a")])).toEqual(["a 1", "a 1", "a 1"]);
  expect(asked()).toBe(2);
  await answer();
  expect(await tokens.for("a")).toBe("a 2");
});

test("a token service that is down is left in peace while the token that is held still serves, and told once it does not", async () => {
  const { tokens, answer, at, asked } = standIn();
  const first = tokens.for("a");
  await answer();
  await first;
  at(71);
  await tokens.for("a");
  await answer("fail");
  for (let n = 0; n < 20; n++) expect(await tokens.for("a")).toBe("a 1");
  expect(asked()).toBe(2);
  at(77);
  await tokens.for("a");
  expect(asked()).toBe(3);
  await answer("fail");
  at(96);
  const late = expect(tokens.for("a")).rejects.toThrow("down");
  await answer("fail");
  await late;
});

test("each resource has a token of its own", async () => {
  const { tokens, answer } = standIn();
  const both = Promise.all([tokens.for("a"), tokens.for("b")]);
  await answer();
  expect(await both).toEqual(["a 1", "b 2"]);
});

test("what was refused as expired is dropped, but not the one that came after it", async () => {
  const { tokens, answer, asked } = standIn();
  const first = tokens.for("a");
  await answer();
  tokens.drop("a", await first);
  const second = tokens.for("a");
  await answer();
  tokens.drop("a", "a 1");
  expect(await tokens.for("a")).toBe(await second);
  expect(asked()).toBe(2);
});

test("no token is ever sent past its life, whenever one asks", async () => {
  const moments = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(moments, async (unsorted) => {
      const { tokens, answer, at, asked } = standIn();
      const born = new Map<string, number>();
      for (const moment of unsorted.toSorted((a, b) => a - b)) {
        at(moment);
        const before = asked();
        const coming = tokens.for("a");
        await answer();
        if (asked() > before) born.set(`a ${asked()}`, moment);
        expect(moment - born.get(await coming)!).toBeLessThan(100);
      }
    }),
    { numRuns: 50 },
  );
});
