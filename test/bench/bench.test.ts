import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { UniformFigures } from "./uniform.ts";

const script = path.join(import.meta.dirname, "main.ts");

/** Runs it small, and gives what it printed and what it wrote. */
async function bench(...args: string[]): Promise<{ readonly stdout: string; readonly report: Report }> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft bench "));
  try {
    const file = path.join(folder, "bench.json");
    const { stdout } = await promisify(execFile)(process.execPath, [script, "--quick", "--json", file, ...args]);
    return { stdout, report: JSON.parse(readFileSync(file, "utf8")) as Report };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  readonly gateways: readonly {
    readonly name: string;
    readonly fetches: number;
    readonly waves: number;
    readonly figures: readonly { readonly cpuMilliseconds: number; readonly rounds: readonly number[] }[];
  }[];
  readonly callers: Readonly<Record<string, number>>;
  readonly recording: Readonly<Record<string, number>>;
  readonly consent: readonly { readonly name: string }[];
  readonly uniform: readonly UniformFigures[];
  readonly lookups: readonly {
    readonly people: number;
    readonly perSecond: number;
    readonly p95: number;
    readonly rss: number;
  }[];
  readonly console: { readonly records: number; readonly screens: readonly { readonly median: number }[] };
}

// Of the figures themselves nothing is asked: a test machine is busy.
test("the bench asks both gateways, prints what each costs and stops everything", { timeout: 400_000 }, async () => {
  const { stdout, report } = await bench("--only", "person", "--only", "alone", "--only", "roster");
  expect(stdout).toContain("one person, 16 requests in flight: 6 fetches in 3 waves");
  expect(stdout).toMatch(/Weft costs 1\/[\d.]+ of stock; the goal is 1\/10\./);
  expect(report.gateways.map(({ name, fetches, waves }) => `${name}: ${fetches} in ${waves}`)).toEqual([
    "person: 6 in 3",
    "alone: 6 in 3",
    "roster: 3 in 2",
  ]);
  for (const { figures } of report.gateways) {
    expect(figures.at(-1)!.rounds).toHaveLength(2);
    // Eight calls with nothing around them may cost less than the kernel counts.
    expect(Math.max(...figures.map(({ cpuMilliseconds }) => cpuMilliseconds))).toBeGreaterThan(0);
  }
  for (const value of [...Object.values(report.callers), ...Object.values(report.recording)])
    expect(value).toBeGreaterThan(0);
});

test(
  "the bench prints what consent costs, and times six reasons at both adapters and through the gateway",
  { timeout: 400_000 },
  async () => {
    const { stdout, report } = await bench("--consent", "--uniform");
    expect(stdout).toMatch(/one person +[\d.]+ ms by law +[\d.]+ ms on consent +[\d.]+ times/);
    expect(stdout).toMatch(/objection \/ protected +[01]\.\d{3} +0\.\d{3} to [01]\.\d{3}/);
    expect(report.consent.map(({ name }) => name)).toEqual(["person", "list"]);
    const places = ["adapter, SQL", "adapter, REST", "gateway, SQL", "gateway, REST"];
    expect(report.uniform.map(({ where }) => where)).toEqual(places);
    for (const { pairs } of report.uniform) expect(pairs).toHaveLength(15);
  },
);

test(
  "the bench prints what an adapter looks up in a small and in a large PostgreSQL, and how long the console's screens take",
  { timeout: 400_000 },
  async () => {
    const { stdout, report } = await bench("--lookups", "--console");
    expect(stdout).toMatch(
      /1000 people, one person[^\n]*\n +\d+ persons\/s +median [\d.]+ ms +p95 [\d.]+ ms.*RSS \d+ MB/,
    );
    expect(report.lookups.map(({ people }) => people)).toEqual([600, 600, 1_000, 1_000]);
    for (const { perSecond, p95, rss } of report.lookups) expect(Math.min(perSecond, p95, rss)).toBeGreaterThan(0);
    expect(report.console.screens).toHaveLength(3);
    for (const screen of report.console.screens) expect(screen.median).toBeGreaterThan(0);
  },
);
