import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Contracts } from "#libs/contracts";
import { dueErasures, erasureOf } from "./log-erase.js";

const folder = mkdtempSync(join(tmpdir(), "weft erase "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, "refs");
  writeFileSync(path, text);
  return path;
}

test("one of record, person and month is erased at a time", () => {
  expect(erasureOf({ record: [3, 4] })).toEqual({ class: "record", indexes: [3, 4] });
  expect(erasureOf({ before: "2025-11" })).toEqual({ class: "retention", before: "2025-11-01" });
  expect(() => erasureOf({})).toThrow("Name one");
  expect(() => erasureOf({ record: [3], before: "2025-11" })).toThrow("Name one");
});

test("a person is named by the references in a file, and a line that is none is named by its number", () => {
  const refs = [`p1.${"a".repeat(64)}`, `p2.${"b".repeat(64)}`];
  expect(erasureOf({ person: file(`${refs.join("\n")}\n`) })).toEqual({ class: "person", subjects: refs });
  expect(() => erasureOf({ person: file(`${refs[0]}\nnid:1234567890\n`) })).toThrow(/^Line 2 of the file/);
  expect(() => erasureOf({ person: join(folder, "none") })).toThrow("cannot be read");
});

test("each agreement's own duty says from when on its records are kept; one that says nothing keeps them", () => {
  const under = (agreement: string, records?: string) => ({ agreement: { agreement, duties: { records } } });
  const agreements = [under("dsa-one", "P2Y"), under("dsa-two"), under("dsa-three", "P1M1W")];
  const due = dueErasures(agreements as unknown as Contracts["agreements"], new Date("2026-03-01T09:00:00Z"));
  expect(due).toEqual([
    { class: "retention", agreement: "dsa-one", before: "2024-03-01" },
    { class: "retention", agreement: "dsa-three", before: "2026-01-25" },
  ]);
});
