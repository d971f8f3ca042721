import fc from "fast-check";
import { parseDocument } from "yaml";
import { expect, test } from "vitest";
import { parseStrictYaml, readStrictYaml, type YamlText } from "./strict-yaml.js";

test("what JSON can say is read as JSON reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      // JSON's minus nought is YAML's integer nought.
      expect(JSON.stringify(parseStrictYaml(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

const lines = [
  "a: 1",
  "b:",
  "  - x",
  "  - { y: [1, 2], z: }",
  "? c",
  ": d",
  "'1': q",
  "1: q",
  "#",
  "e: |",
  "  - f",
  "~: 0",
  "---",
  "%YAML 1.1",
];

test("any text is read as a second parser of YAML 1.2 reads it, or refused with a line that is in it", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lines)), (parts) => {
      const text = parts.join("\n");
      const read = readStrictYaml(text);
      if ("json" in read) {
        const other = parseDocument(text, { version: "1.2", schema: "core" });
        expect(read.json).toEqual(other.toJS());
      } else for (const { line } of read) expect(line >= 1 && line <= parts.length + 1).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("the line of a member is where its key or item begins; of one that is not there, the line of what is above it", () => {
  const text = `# about
a: 1
"b":
  -
  - { c: x,
      d: }
  - - e
e: |
  f: 2
`;
  const { lineOf } = readStrictYaml(text) as YamlText;
  const at = (...path: readonly PropertyKey[]) => lineOf(path);
  expect([at(), at("a"), at("a", "z"), at("b"), at("b", 1), at("b", 1, "c"), at("b", 1, "d")]).toEqual([
    1, 2, 2, 3, 5, 5, 6,
  ]);
  expect([at("b", 2, 0), at("b", 9), at("e"), at("e", "f"), at("z")]).toEqual([7, 3, 8, 8, 1]);
});

test.each([
  ["a: &x 1\nb: 2", 1, "uses an anchor"],
  ["a: 1\nb: !!str 2", 2, "uses a tag"],
  ["a: 1\nb: 2\na: 3", 3, "a key is given twice"],
  ["1: a\n'1': b", 2, "a key is given twice"],
  ["a: 1\n01: x", 2, "has the key 01, which is read as 1"],
  ["a:\n  - ~: 0", 2, "has the key ~, which is read as null"],
  ["a: 1\n---\nb: 2", 1, "holds several documents"],
])("%j has one meaning or none: line %d %s", (text, line, wrong) => {
  expect(readStrictYaml(text)).toMatchObject([{ line, wrong }]);
  expect(() => parseStrictYaml(text)).toThrow(`Not well-formed YAML: line ${line}: ${wrong}.`);
});

test("keys may be numbers that are written as they are read, and anything in quotes", () => {
  expect(parseStrictYaml("1: a\n'01': b\n\"~\": c\ntrue: d\nno: e")).toEqual({
    1: "a",
    "01": "b",
    "~": "c",
    true: "d",
    no: "e",
  });
});

test("an alias, known or not, is refused", () => {
  expect(readStrictYaml("a: &x 1\nb: *x")).toMatchObject([{ wrong: "uses an anchor" }, { wrong: "uses an alias" }]);
  expect(readStrictYaml("b: *x")).toMatchObject([{ line: 1 }]);
});
