import type { Variables } from "../operation.js";
import type { PlannedFetch } from "../plan.js";
import { Failures } from "./failures.js";
import type { Step } from "./steps.js";

export type Json = Record<string, unknown>;

/** An error of a subgraph's answer. Of its text nothing is passed on; of its extensions `code` and `retryAfter` are read. */
export interface SubgraphError {
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface SubgraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly SubgraphError[] | undefined;
}

/**
 * Sends one fetch. Representations are already translated for the subgraph, equal ones sent once. A `WeftError` thrown makes
 * each top field of the fetch null with its code; anything else thrown is INTERNAL.
 */
export type Dispatch = (
  fetch: PlannedFetch,
  variables: Variables,
  representations?: readonly Json[],
) => Promise<SubgraphAnswer>;

/** One execution of a plan. `data` is merged in place as answers come in. */
export interface Run {
  readonly data: Json;
  readonly variables: Variables;
  readonly dispatch: Dispatch;
  readonly failures: Failures;
}

export async function runPlan(step: Step, dispatch: Dispatch, variables: Variables): Promise<Run> {
  const run: Run = { data: {}, variables, dispatch, failures: new Failures() };
  const running = step(run);
  if (running) await running;
  return run;
}
