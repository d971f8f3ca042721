import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const script = path.join(import.meta.dirname, "main.ts");

interface Report {
  readonly machine: string;
  readonly gateways: readonly {
    readonly name: string;
    readonly fetches: number;
    readonly waves: number;
    readonly ratio: number;
    readonly figures: readonly { readonly cpuMilliseconds: number; readonly rounds: readonly number[] }[];
  }[];
  readonly callers: Readonly<Record<string, number>>;
  readonly recording: Readonly<Record<string, number>>;
  readonly consent: readonly { readonly name: string; readonly byLaw: number; readonly onConsent: number }[];
}

// Of the figures themselves nothing is asked: a test machine is busy.
test("the bench asks both gateways, prints what each costs and stops everything", { timeout: 400_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "weft bench "));
  try {
    const file = path.join(folder, "bench.json");
    const { stdout } = await promisify(execFile)(process.execPath, [script, "--quick", "--json", file]);
    expect(stdout).toContain("one person, 16 requests in flight: 6 fetches in 3 waves");
    expect(stdout).toMatch(/Weft costs 1\/[\d.]+ of stock; the goal is 1\/10\./);
    expect(stdout).toMatch(/one person +[\d.]+ ms by law +[\d.]+ ms on consent +[\d.]+ times/);
    const { gateways, callers, recording, consent } = JSON.parse(readFileSync(file, "utf8")) as Report;
    expect(gateways.map(({ name, fetches, waves }) => `${name}: ${fetches} in ${waves}`)).toEqual([
      "person: 6 in 3",
      "alone: 6 in 3",
      "roster: 3 in 2",
    ]);
    for (const { figures } of gateways) {
      expect(figures.at(-1)!.rounds).toHaveLength(2);
      for (const { cpuMilliseconds } of figures) expect(cpuMilliseconds).toBeGreaterThan(0);
    }
    expect(consent.map(({ name }) => name)).toEqual(["person", "list"]);
    for (const value of [...Object.values(callers), ...Object.values(recording)]) expect(value).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
