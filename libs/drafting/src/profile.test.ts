import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scheme } from "#libs/terms";
import { profileOf } from "./profile.js";

const nid: Scheme = {
  name: "nid",
  pattern: /^\d{10}$/,
  normalise: ["trim", "digits"],
  decoys: { from: "0000000000", to: "0000999999" },
};
const of = (values: readonly (string | null)[]) => profileOf(values, [nid]);
const many = (make: (n: number) => string) => Array.from({ length: 100 }, (_, n) => make(n));

test("numbers of a scheme are recognised however they are spelt", () => {
  expect(of(many((n) => String(4_000_000_000 + n))).schemes).toEqual([{ scheme: "nid", spelling: { as: "plain" } }]);
  expect(of(many((n) => `400-000-${1000 + n}`)).schemes).toEqual([
    { scheme: "nid", spelling: { as: "stored", pattern: "###-###-####" } },
  ]);
  expect(of(many((n) => String(n % 9 === 0 ? 400_000_000 + n : 4_000_000_000 + n))).schemes).toEqual([
    { scheme: "nid", spelling: { as: "pad", length: 10 } },
  ]);
  expect(of(many((n) => (n % 2 === 0 ? `400 000 ${1000 + n}` : `400-000-${1000 + n}`))).schemes).toEqual([
    { scheme: "nid", spelling: { as: "normalise" } },
  ]);
  expect(of(many((n) => String(700_000_000 + n))).schemes).toEqual([]);
});

test("days written as text are recognised, whatever stands for none", () => {
  const day = (n: number) => `${10 + (n % 18)}`;
  expect(of(many((n) => (n % 5 === 0 ? "00000000" : `198007${day(n)}`))).date).toBe("yyyyMMdd");
  expect(of(many((n) => `${day(n)}/07/1980`)).date).toBe("dd/MM/yyyy");
  expect(of(many((n) => String(40_000_000 + n))).date).toBe(null);
});

test("a code is told where many rows share it; a rare one is said to be there", () => {
  const codes = many((n) => (n === 3 ? "Z" : ["M", "F"][n % 2]!));
  expect(of(codes)).toMatchObject({ codes: ["F", "M"], hasRareCodes: true });
  expect(of(many((n) => `A${n % 13}`)).codes).toBe(null);
  expect(of(many(() => "word")).codes).toBe(null);
});

test("no profile holds what fewer than ten rows hold", () => {
  const value = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 .-]{0,14}$/);
  fc.assert(
    fc.property(fc.array(fc.option(value), { maxLength: 60 }), (values) => {
      const told = JSON.stringify(Object.values(of(values)).filter((part) => Array.isArray(part)));
      const rare = values.filter(
        (each) => each !== null && values.filter((other) => other?.trim() === each.trim()).length < 10,
      );
      const said = (JSON.parse(told) as unknown[]).flat().filter((part) => typeof part === "string");
      expect(said.filter((part) => rare.some((each) => each?.trim() === part))).toEqual([]);
      expect(of(values).shape ?? "").toMatch(/^[^0-8B-Z a-z]*[^0-8B-Za-z]*$/);
    }),
  );
});
