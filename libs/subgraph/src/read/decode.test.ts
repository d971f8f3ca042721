import fc from "fast-check";
import { buildSchema, getNamedType, isOutputType } from "graphql";
import { expect, test } from "vitest";
import { codeList, CodeLists } from "./codes.js";
import { dateFormat, dateFormatProblem, dayAt, monthsBefore } from "./date-format.js";
import { decoder, type Decoding, readDecimal, Undecodable } from "./decode.js";
import { fullYears } from "./mapping.js";

const schema = buildSchema(
  "scalar Date scalar Decimal enum Answer { YES NO } type Query { a: Answer b: Boolean d: Date e: Decimal f: Float i: Int s: String }",
);
const codes = new CodeLists({ yesNo: { "1": "YES", "2": "NO", "9": null, " ": null } });

function decode(type: string, decoding: Decoding, text: string | null) {
  const found = getNamedType(schema.getType(type)!);
  expect(isOutputType(found)).toBe(true);
  return decoder(decoding, found, codes, ["-", "n/a"])(text);
}

test.each([
  ["Answer", { codes: "yesNo" }, "1", "YES"],
  ["Answer", { codes: "yesNo" }, " 2 ", "NO"],
  ["Answer", { codes: "yesNo" }, " ", null],
  ["Answer", { codes: "yesNo" }, "9", null],
  ["Answer", {}, "YES", "YES"],
  ["String", {}, "  Amina ", "Amina"],
  ["String", {}, "n/a", null],
  ["String", { nulls: ["?"] }, " ? ", null],
  ["String", {}, null, null],
  ["String", {}, "", null],
  ["Int", {}, "007", 7],
  ["Int", { nulls: ["99"] }, "99", null],
  ["Float", { number: { decimal: "," } }, "-1,5", -1.5],
  ["Decimal", { number: { decimal: ",", group: "." } }, "1.234,50", "1234.50"],
  ["Decimal", { number: { scale: -2 } }, "5", "0.05"],
  ["Boolean", {}, "T", true],
  ["Date", { date: "yyyyMMdd" }, "20240229", "2024-02-29"],
  ["Date", { date: ["iso", "d/M/yyyy"] }, "3/4/2024", "2024-04-03"],
  ["Date", {}, "2026-10-31 22:30:00.123+03", "2026-10-31"],
  ["Date", { date: "excel" }, "46282", "2026-09-17"],
  ["Date", { date: "epochSeconds" }, "1795312800", "2026-11-22"],
  ["Date", { date: "epochMillis" }, "1795312800000", "2026-11-22"],
] as const)("%s %j reads %j as %j", (type, decoding, text, want) => {
  expect(decode(type, decoding as Decoding, text)).toBe(want);
});

test.each([
  ["Answer", { codes: "yesNo" }, "3"],
  ["Answer", {}, "MAYBE"],
  ["Int", {}, "1.5"],
  ["Int", {}, "9999999999"],
  ["Decimal", {}, "1,5"],
  ["Boolean", {}, "perhaps"],
  ["Date", { date: "yyyyMMdd" }, "20230229"],
  ["Date", { date: "yyyyMMdd" }, "2023-02-28"],
  ["Date", {}, "28.02.2023"],
] as const)("%s %j refuses %j, and says nothing of it", (type, decoding, text) => {
  expect(() => decode(type, decoding as Decoding, text)).toThrow(Undecodable);
  expect(() => decode(type, decoding as Decoding, text)).toThrow(/^$/);
});

const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

test("every day is read as it was written, in any form", () => {
  fc.assert(
    fc.property(
      day,
      fc.constantFrom(
        "iso",
        "yyyyMMdd",
        "dd.MM.yyyy",
        "dd/MM/yyyy",
        "M-d-yyyy",
        "yyyy/MM/dd HH:mm:ss",
        "excel",
        "epochSeconds",
        "epochMillis",
      ),
      (text, name) => {
        const format = dateFormat(name);
        expect(format.read(format.write(text) ?? "")).toBe(text);
      },
    ),
  );
});

test("a sortable form sorts as its days do", () => {
  fc.assert(
    fc.property(day, day, fc.constantFrom("iso", "yyyyMMdd", "yyyy.MM.dd"), (a, b, name) => {
      const format = dateFormat(name);
      expect(format.sortable).toBe(true);
      expect(format.write(a)! < format.write(b)!).toBe(a < b);
    }),
  );
});

test("any text is a day, or none; never an error", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("iso", "dd.MM.yyyy", "excel"), (text, name) => {
      expect(dateFormat(name).read(text) ?? "0001-01-01").toMatch(/^\d{4}-\d\d-\d\d$/);
    }),
  );
  expect(["yy-MM-dd", "yyyyMM", "dd dd yyyy MM", "yyyy-MM-ddT"].map(dateFormatProblem)).not.toContain(undefined);
  expect(["yyyy-MM-dd", "d.M.yyyy", "iso"].map(dateFormatProblem)).toEqual([undefined, undefined, undefined]);
});

test("moving the decimal point is exact", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 6 }), (number, places) => {
      const moved = readDecimal(String(number), { scale: -places })!;
      expect(BigInt(moved.replace(".", ""))).toBe(number);
      expect(readDecimal(moved, { scale: places })?.replace(/\.$/, "")).toBe(String(number));
    }),
  );
});

test("a code list is read in both directions", () => {
  const list = codeList([
    ["07", "QV-3-07"],
    ["7", "QV-3-07"],
    ["8", null],
  ]);
  expect([list.decode("07"), list.decode(" 7"), list.decode("8"), list.decode("9")]).toEqual([
    "QV-3-07",
    "QV-3-07",
    null,
    undefined,
  ]);
  expect([list.encode("QV-3-07"), list.encode("null")]).toEqual([["07", "7"], []]);
});

test("months and years are counted as a calendar does", () => {
  expect([
    monthsBefore("2026-03-31", 1),
    monthsBefore("2024-03-31", 1),
    monthsBefore("2026-01-15", 12),
    monthsBefore("2024-02-29", 12),
  ]).toEqual(["2026-02-28", "2024-02-29", "2025-01-15", "2023-02-28"]);
  expect([
    fullYears("1966-11-21", "2026-11-21"),
    fullYears("1966-11-22", "2026-11-21"),
    fullYears("2008-02-29", "2026-02-28"),
    fullYears("2008-02-29", "2026-03-01"),
  ]).toEqual([60, 59, 17, 18]);
  expect([dayAt(new Date("2026-11-21T22:00:00Z"), "+03:00"), dayAt(new Date("2026-11-21T22:00:00Z"))]).toEqual([
    "2026-11-22",
    "2026-11-21",
  ]);
});
