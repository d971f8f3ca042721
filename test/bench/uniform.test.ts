import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { aucOf } from "./auc.ts";
import type { UniformFigures } from "./uniform.ts";

test("numbers that do not tell two kinds apart have an AUC of a half, numbers that always do have one of one", () => {
  const even = Array.from({ length: 100 }, (_, n) => n);
  expect(aucOf(even, even).auc).toBe(0.5);
  expect(aucOf([7, 7, 7], [7, 7]).auc).toBe(0.5);
  expect(aucOf([1, 2], [3, 4]).auc).toBe(1);
  expect(aucOf([3, 4], [1, 2]).auc).toBe(1);
  expect(aucOf([1, 3], [2, 4]).auc).toBe(0.75);
  const { low, high } = aucOf(even, even);
  expect([low < 0.5, high > 0.5]).toEqual([true, true]);
});

// Of the figures themselves nothing is asked: a test machine is busy.
test(
  "the bench times six reasons at both adapters and through the gateway, prints each pair and stops everything",
  { timeout: 400_000 },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "weft bench "));
    try {
      const file = path.join(folder, "uniform.json");
      const script = path.join(import.meta.dirname, "main.ts");
      const { stdout } = await promisify(execFile)(process.execPath, [script, "--uniform", "--quick", "--json", file]);
      expect(stdout).toMatch(/objection \/ protected +[01]\.\d{3} +0\.\d{3} to [01]\.\d{3}/);
      const { uniform } = JSON.parse(readFileSync(file, "utf8")) as { readonly uniform: readonly UniformFigures[] };
      expect(uniform.map(({ where }) => where)).toEqual([
        "adapter, SQL",
        "adapter, REST",
        "gateway, SQL",
        "gateway, REST",
      ]);
      for (const { pairs } of uniform) expect(pairs).toHaveLength(15);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
