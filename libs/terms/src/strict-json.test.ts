import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictJson } from "./strict-json.js";

test("what JSON can say is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseStrictJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"b":{"x":1, "x" :2}}]', '{"a":{},"b":[{}],"a":0}'])(
  "%s names a member twice and is refused",
  (text) => {
    expect(() => parseStrictJson(text)).toThrow("A JSON member is given twice.");
  },
);

test.each(['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '{"a":"a:\\"a\\":","b":":"}'])(
  "%s repeats a name in different objects and is read",
  (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  },
);
