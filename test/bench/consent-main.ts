import { type CostAmount, measureConsentCost, printCost } from "./consent-cost.ts";
import { type ConsentWorld, type Entrants, startConsentWorld } from "./consent-world.ts";
import { measureUniform, printUniform } from "./uniform.ts";

/** The two parts of the bench that need the whole sandbox, with consents: what consent costs, and whether time tells who withholds. */
export type ConsentPart = "cost" | "uniform";

const AUC_GOAL = 0.55;
const cost = {
  full: { rounds: 7, persons: 300, lists: 20 },
  quick: { rounds: 1, persons: 20, lists: 2 },
} satisfies Record<string, CostAmount>;
const timings = { full: 5000, quick: 3 };
const entrants = { full: { listed: 500, each: 25 }, quick: { listed: 20, each: 2 } } satisfies Record<string, Entrants>;

/** In one world, one after the other. */
export async function measureConsent(parts: readonly ConsentPart[], size: "full" | "quick"): Promise<object> {
  if (parts.length === 0) return {};
  const world = await startConsentWorld(entrants[size]);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= world.stop());
  const interrupted = (): void => void stop().then(() => process.exit(1));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    const figures: { consent?: unknown; uniform?: unknown } = {};
    if (parts.includes("cost")) figures.consent = await costIn(world, size);
    if (parts.includes("uniform"))
      figures.uniform = await measureUniform(world, timings[size], (found) => say(printUniform(found, AUC_GOAL)));
    return figures;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
    await stop();
  }
}

async function costIn(world: ConsentWorld, size: "full" | "quick") {
  say("Consent: CPU of the adapter's process, a request");
  const costs = await measureConsentCost(world, cost[size]);
  for (const figure of costs) say(printCost(figure));
  return costs;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
