import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { highWaterFile } from "./high-water.js";

const folder = mkdtempSync(join(tmpdir(), "weft high water "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the last two notes are there, also for the next process", () => {
  const first = highWaterFile(folder);
  expect(first.read()).toEqual([]);
  for (const note of ["one, a longer text", "two", "three"]) first.raise(note);
  expect(first.read().toSorted()).toEqual(["three", "two"]);
  first.close();
  const second = highWaterFile(folder);
  expect(second.read().toSorted()).toEqual(["three", "two"]);
  second.raise("four");
  expect(second.read()).toContain("four");
  second.close();
});

test("a note that was torn while it was written leaves the one before it whole", () => {
  const log = highWaterFile(folder);
  log.raise("whole");
  log.raise("torn");
  const bytes = readFileSync(join(folder, "highest-checkpoint"));
  bytes.fill("x", bytes.indexOf("torn") + 2);
  writeFileSync(join(folder, "highest-checkpoint"), bytes);
  expect(log.read()).toContain("whole");
  log.close();
});
