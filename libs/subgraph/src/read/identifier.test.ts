import fc from "fast-check";
import { expect, test } from "vitest";
import { type CanonicalPerson, findCanonicalPerson, type Scheme } from "#libs/terms";
import { decoyKey, type IdentifierColumn, keysOf, readIdentifier, spellKey } from "./identifier.js";

const nid: Scheme = {
  name: "nid",
  pattern: /^\d{10}$/,
  normalise: ["trim", "digits"],
  decoys: { from: "0000000000", to: "0000999999" },
};
const cash: Scheme = {
  name: "cash-no",
  pattern: /^C\d{8}$/,
  normalise: ["trim", "upper"],
  decoys: { from: "C99000000", to: "C99999999" },
};
const column = (scheme: Scheme, more: Partial<IdentifierColumn["config"]> = {}): IdentifierColumn => ({
  scheme,
  config: { scheme: scheme.name, column: "C", normalise: [], ...more },
});
const digits = fc.string({ unit: fc.constantFrom("0", "1", "2", "9"), minLength: 10, maxLength: 10 });
const spellings = [
  column(nid),
  column(nid, { stored: "###-###-####" }),
  column(nid, { stored: "NID ##########" }),
  column(nid, { pad: 10 }),
  column(nid, { normalise: ["trim", "digits"] }),
];

test("an identifier is read back from the MIS's own spelling of its key", () => {
  fc.assert(
    fc.property(digits, fc.constantFrom(...spellings), (value, each) => {
      expect(readIdentifier(each, spellKey(each, value))).toBe(`nid:${value}`);
    }),
  );
});

test.each([
  [column(nid, { stored: "###-###-####" }), "100-000-0001", "nid:1000000001"],
  [column(nid, { stored: "###-###-####" }), "1000000001", "nid:1000000001"],
  [column(nid, { pad: 10 }), "42", "nid:0000000042"],
  [column(nid, { pad: 10 }), "", undefined],
  [column(nid), "12", undefined],
  [column(nid), null, undefined],
  [column(cash), " c00000001 ", "cash-no:C00000001"],
] as const)("%#: stored %j is %j", (each, stored, want) => {
  expect(readIdentifier(each, stored)).toBe(want);
});

test("decoys are well-formed and in the range that is never issued", () => {
  for (let i = 0; i < 200; i++) {
    expect(decoyKey(nid)).toMatch(/^0000\d{6}$/);
    expect(decoyKey(cash)).toMatch(/^C99\d{6}$/);
    expect(findCanonicalPerson(cash, decoyKey(cash))).toBeDefined();
  }
});

test("there is a key for each person and column, whoever has none", () => {
  const columns = [column(nid), column(cash)];
  const people = [["nid:1000000001"], [], ["cash-no:C00000001", "nid:1000000003"], ["other:1"]] as CanonicalPerson[][];
  const keys = keysOf(columns, people);
  expect(keys.columns.map((each) => each.length)).toEqual([4, 4]);
  expect(keys.columns[0]?.map((key) => key.startsWith("0000"))).toEqual([false, true, false, true]);
  expect(keys.columns[1]?.map((key) => key.startsWith("C99"))).toEqual([true, true, false, true]);
});

test("what is no key of its scheme is never asked for: a decoy stands there", () => {
  for (const value of ["", "\0", "1' or '1'='1", "123"]) {
    const [[key] = []] = keysOf([column(nid)], [[`nid:${value}` as CanonicalPerson]]).columns;
    expect(key).toMatch(/^0000\d{6}$/);
  }
});
