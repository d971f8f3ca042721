import fc from "fast-check";
import { expect, test } from "vitest";
import type { Coordinate } from "#libs/terms";
import { type PlanShape, visibilityOf } from "./visibility.js";

const set = (...all: string[]) => new Set(all as Coordinate[]);

/** Person → A → B, Person → C; and A leads to C too. */
const shape: PlanShape = {
  reachedBy: new Map([
    ["A", set("Person.a")],
    ["B", set("A.b")],
    ["C", set("Person.c", "A.c")],
  ]),
  beneath: new Map([
    ["A", set("A.x", "B.y", "C.z")],
    ["B", set("B.y")],
    ["C", set("C.z")],
  ]),
  values: set("A.x", "B.y", "C.z"),
};
const everything = ["Person.a", "Person.c", "A.b", "A.c", "A.x", "A.source", "B.y", "B.source", "C.z"];
const visible = (...withheld: string[]) =>
  everything.filter((each) => visibilityOf(shape, set(...withheld)).visible(each as Coordinate));

test.each([
  [[], everything],
  [["B.y"], ["Person.a", "Person.c", "A.c", "A.x", "A.source", "C.z"]],
  [["Person.a"], ["Person.c", "C.z"]],
  [["Person.a", "Person.c"], []],
  [["A.x", "B.y", "C.z"], []],
  [["A.x"], everything.filter((each) => each !== "A.x")],
])("without %j what is left is %j", (withheld, want) => {
  expect(visible(...withheld)).toEqual(want);
});

test("withholding more never shows more, and what is withheld is never visible", () => {
  fc.assert(
    fc.property(fc.subarray(everything), fc.subarray(everything), (some, more) => {
      const less = visible(...some, ...more);
      expect(less.filter((each) => !visible(...some).includes(each))).toEqual([]);
      expect(less.filter((each) => some.includes(each))).toEqual([]);
      expect(visibilityOf(shape, set(...some)).nothing).toBe(
        !["A.x", "B.y", "C.z"].some((each) => visible(...some).includes(each)),
      );
    }),
  );
});

test("everything is everything", () => {
  expect(visibilityOf(shape, "everything")).toMatchObject({ nothing: true });
  expect(visibilityOf(shape, "everything").visible("Person.a" as Coordinate)).toBe(false);
});

test("a plan without a value shows nothing where every way is withheld: that there is somebody is not told", () => {
  const empty = { ...shape, beneath: new Map(), values: set() };
  expect(visibilityOf(empty, set()).nothing).toBe(false);
  expect(visibilityOf(empty, set("Person.a")).nothing).toBe(false);
  expect(visibilityOf(empty, set("Person.a", "Person.c")).nothing).toBe(true);
});
