import { toB64u } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { argumentsDigest, assertRecordedArguments } from "./arguments.js";
import { parseFetchRequest } from "./fetch-request.js";

const argsKey = toB64u(Buffer.alloc(16, 1));
const weft = { record: "r", proof: "p", fetch: 0, argsKey };
const body = {
  query: "{ x }",
  variables: { a: 1, representations: [{ __typename: "Person", ref: "p1.x" }] },
  extensions: { weft },
};

test("a fetch's persons and its other variables are parted", () => {
  const { variables, representations, argsKey: key } = parseFetchRequest(body);
  expect([variables, representations, key.length]).toEqual([{ a: 1 }, [{ __typename: "Person", ref: "p1.x" }], 16]);
});

const refused: [string, unknown][] = [
  ["an array of operations", [body]],
  ["nothing", null],
  ["a text", "query"],
  ["an operation name", { ...body, operationName: "x" }],
  ["no record", { ...body, extensions: { weft: { ...weft, record: "" } } }],
  ["an extension more", { ...body, extensions: { weft, other: 1 } }],
  ["a fetch that is no number", { ...body, extensions: { weft: { ...weft, fetch: "0" } } }],
  ["a short arguments key", { ...body, extensions: { weft: { ...weft, argsKey: "AAAA" } } }],
  [
    "a representation of another type",
    { ...body, variables: { representations: [{ __typename: "Household", ref: "x" }] } },
  ],
  ["representations that are no list", { ...body, variables: { representations: {} } }],
];
test.each(refused)("%s is not well-formed", (_name, given) => {
  expect(() => parseFetchRequest(given)).toThrow(expect.objectContaining({ code: "REQUEST_MALFORMED" }));
});

test("what is too large is told apart", () => {
  expect(() => parseFetchRequest({ ...body, query: "x".repeat(70_000) })).toThrow(
    expect.objectContaining({ code: "REQUEST_TOO_LARGE" }),
  );
});

test("arguments match in any order of members and in no other way", () => {
  const key = Buffer.alloc(16, 7);
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (one, other) => {
        const reordered = Object.fromEntries(Object.entries(one).toReversed());
        const recorded = argumentsDigest(key, one);
        assertRecordedArguments(recorded, key, { ...reordered, representations: ["anybody"] });
        const same = argumentsDigest(key, other) === recorded;
        const check = () => assertRecordedArguments(recorded, key, other);
        if (!same) expect(check).toThrow(expect.objectContaining({ code: "NOT_RECORDED" }));
        expect(() => assertRecordedArguments(recorded, Buffer.alloc(16, 8), one)).toThrow();
      },
    ),
  );
});
