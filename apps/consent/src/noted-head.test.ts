import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOf } from "#libs/terms";
import { afterAll, expect, test } from "vitest";
import { notedHead } from "./noted-head.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft noted "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const head = (size: number, text = `entry ${size}`) => ({ size, chain: digestOf(text) });

test("how long a register was is never forgotten: not for a shorter one, nor for another of the same length, nor by a new start", () => {
  const noted = notedHead(folder, "head.json");
  expect(noted.read()).toBeUndefined();
  for (const size of [1, 4, 4]) noted.raise(head(size));
  const kept = () => readFileSync(path.join(folder, "head.json"), "utf8");
  const before = kept();
  const damaged = expect.objectContaining({ code: "REGISTER_DAMAGED" });
  for (const another of [notedHead(folder, "head.json"), noted]) {
    expect(() => another.raise(head(3))).toThrow(damaged);
    expect(() => another.raise(head(4, "another"))).toThrow(damaged);
    another.raise(head(4));
    expect(another.read()).toEqual(head(4));
  }
  expect(kept()).toBe(before);
  noted.raise(head(5));
  expect(notedHead(folder, "head.json").read()).toEqual(head(5));
});
