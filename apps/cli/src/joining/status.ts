import { setTimeout as sleep } from "node:timers/promises";
import { factsOf, type StatusOptions } from "./facts.js";
import { isJoined, joinSteps, type Step } from "./state.js";

/** `weft join status`: where on its way a ministry is, what is next, whose turn it is, and by which command. 0 where it has joined. */
export async function showJoining(ministry: string, options: StatusOptions): Promise<number> {
  const patience = performance.now() + (options.wait ?? 0) * 1000;
  let steps = joinSteps(await factsOf(ministry, options));
  while (!isJoined(steps) && performance.now() < patience) {
    await sleep(1000);
    steps = joinSteps(await factsOf(ministry, options));
  }
  console.log(stepsInWords(ministry, steps));
  return isJoined(steps) ? 0 : 1;
}

const marks: Readonly<Record<Step["state"], string>> = { done: "done", next: "NEXT", later: "    ", unknown: "  ? " };

export function stepsInWords(ministry: string, steps: readonly Step[]): string {
  const wide = Math.max(...steps.map(({ name }) => name.length)) + 2;
  const lines = steps.map(({ name, state, says }) => `  ${marks[state]}  ${name.padEnd(wide)}${says}`);
  const next = steps.find(({ state }) => state === "next");
  const turn =
    next === undefined
      ? ["org:" + ministry + " has joined."]
      : [
          ...(isJoined(steps) ? [`org:${ministry} has joined.`] : []),
          `Now ${next.by}: ${next.name}`,
          `  ${next.command ?? ""}`,
        ];
  return [`org:${ministry} on its way into the registry`, ...lines, "", ...turn].join("\n");
}
