import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { openSeenKeys } from "./seen-keys.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft seen keys "));
afterAll(() => rmSync(folder, { recursive: true }));

test("a key is known from when it was first seen, also after a restart", () => {
  const seen = openSeenKeys(folder);
  expect([seen.since("a", 10), seen.since("a", 20), seen.since("b", 30)]).toEqual([10, 10, 30]);
  const again = openSeenKeys(folder);
  expect([again.since("a", 40), again.since("b", 40), again.since("c", 40)]).toEqual([10, 30, 40]);
});

test("a damaged file is no reason to take every key for new", () => {
  writeFileSync(path.join(folder, "issuer-keys.json"), "{");
  expect(() => openSeenKeys(folder)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});
