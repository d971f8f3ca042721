import fc from "fast-check";
import { expect, test } from "vitest";
import type { Coordinate } from "#libs/terms";
import { type Failure, Failures } from "./failures.js";

const failure: fc.Arbitrary<Failure> = fc.record({
  coordinate: fc.constantFrom(
    "Person.identity",
    "Person.cashTransfer",
    "Identity.fullName",
  ) as fc.Arbitrary<Coordinate>,
  code: fc.constantFrom("NOT_AVAILABLE", "SOURCE_UNAVAILABLE"),
  path: fc.constantFrom(["person", "identity"], ["person", "cashTransfer"], ["persons"], ["person"]),
  row: fc.integer({ min: -1, max: 3 }),
  subgraph: fc.constant(undefined),
});

const collapsed = (failures: readonly Failure[]) => {
  const all = new Failures();
  for (const one of failures) all.add(one);
  return all.collapsed();
};

test("whichever ministry fails first, the errors are the same and in the same order", () => {
  const shuffled = fc.array(failure, { maxLength: 12 }).chain((failures) => {
    const other = fc.shuffledSubarray(failures, { minLength: failures.length });
    return fc.tuple(fc.constant(failures), other);
  });
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(collapsed(other)).toEqual(collapsed(one));
    }),
  );
});
