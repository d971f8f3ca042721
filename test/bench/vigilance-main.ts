import { type KindResult, type Result, watchCountry } from "./vigilance/run.ts";

const seeds = ["orvanda", "another", "a third"] as const;

/** `npm run bench -- --vigilance`: which snooping stories the rules find, and what of honest work they trouble. */
export function measureVigilance(size: "quick" | "full"): { readonly vigilance: readonly object[] } {
  const told = seeds.slice(0, size === "quick" ? 1 : seeds.length).map((seed) => ({ seed, ...watchCountry(seed) }));
  for (const result of told) print(result.seed, result);
  return { vigilance: told };
}

function print(seed: string, { accesses, unexplained, alerts, kinds, found, missed, hits }: Result): void {
  say(`${accesses} accesses of the country "${seed}", with ${sum(kinds, "told")} stories among them`);
  for (const kind of kinds) say(`  ${line(kind)}`);
  say(
    `  of those that a rule is about, ${percent(found)} are among the first 500 alerts; missed of all: ${missed.length}`,
  );
  say(`  ${hits} of the first 500 alerts are about a story`);
  say(`  ${percent(unexplained)} of the honest accesses are explained by no case`);
  const raised = Object.entries(alerts).map(([rule, count]) => `${rule} ${count}`);
  say(`  alerts: ${raised.join(", ")}\n`);
}

function line({ kind, about, told, found, byRule, places }: KindResult): string {
  const reach = about === "none" ? "no rule is about it" : about === "rule" ? "a rule is about it" : about;
  const rules = Object.entries(byRule).map(([rule, stories]) => `${rule} ${stories}`);
  const best = places.length > 0 ? `best place ${Math.min(...places) + 1}` : "in no alert";
  return `${kind.padEnd(42)} ${`${found} of ${told}`.padEnd(8)} ${reach.padEnd(20)} ${best.padEnd(16)} ${rules.join(", ")}`;
}

function sum(kinds: readonly KindResult[], what: "told" | "found"): number {
  return kinds.reduce((total, kind) => total + kind[what], 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
