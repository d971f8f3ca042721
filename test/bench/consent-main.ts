import { type CostAmount, measureConsentCost, printCost } from "./consent-cost.ts";
import { startConsentWorld } from "./consent-world.ts";
import { measureUniform, printUniform } from "./uniform.ts";

/** The two parts of the bench that need the whole sandbox, with consents: what consent costs, and whether time tells who withholds. */
export type ConsentPart = "cost" | "uniform";

const AUC_GOAL = 0.55;
const cost = {
  full: { rounds: 7, persons: 300, lists: 20 },
  quick: { rounds: 1, persons: 20, lists: 2 },
} satisfies Record<string, CostAmount>;
const timings = { full: 5000, quick: 20 };

export async function measureConsent(part: ConsentPart, size: "full" | "quick"): Promise<object> {
  const world = await startConsentWorld();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= world.stop());
  const interrupted = (): void => void stop().then(() => process.exit(1));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    if (part === "uniform") {
      const uniform = await measureUniform(world, timings[size], (figures) => say(printUniform(figures, AUC_GOAL)));
      return { uniform };
    }
    say("Consent: CPU of the adapter's process, a request");
    const consent = await measureConsentCost(world, cost[size]);
    for (const figure of consent) say(printCost(figure));
    return { consent };
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
    await stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
