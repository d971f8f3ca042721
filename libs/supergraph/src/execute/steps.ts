import type { PlanNode } from "@apollo/query-planner";
import { WeftError } from "#libs/terms";
import { type FetchFacts, notPlanned } from "../fetch.js";
import type { Supergraph } from "../supergraph.js";
import { compileEntityFetch } from "./entity-fetch.js";
import { compileRootFetch } from "./root-fetch.js";
import type { Run } from "./run.js";

/** Part of a plan, ready to run. Never rejects: what goes wrong is a failure of the run. */
export type Step = (run: Run) => Promise<void> | undefined;

export type PlanPath = readonly string[];

/** `fetches` in the order in which the plan is walked. */
export function compileSteps(supergraph: Supergraph, plan: PlanNode, fetches: readonly FetchFacts[]): Step {
  const facts = new Map(fetches.map((fetch) => [fetch.node, fetch]));

  function compile(node: PlanNode, path: PlanPath): Step {
    switch (node.kind) {
      case "Fetch": {
        const fetch = facts.get(node);
        if (!fetch) throw new WeftError("INTERNAL", { detail: "a fetch was not read" });
        return node.requires
          ? compileEntityFetch(supergraph, fetch, node.requires, path)
          : compileRootFetch(supergraph, fetch);
      }
      case "Flatten":
        return compile(node.node, [...path, ...node.path.map(String)]);
      case "Sequence":
        return inSequence(node.nodes.map((child) => compile(child, path)));
      case "Parallel":
        return inParallel(node.nodes.map((child) => compile(child, path)));
      case "Condition":
      case "Defer":
        throw notPlanned(node);
      default:
        throw new TypeError("a plan node of an unknown kind");
    }
  }

  return compile(plan, []);
}

function inSequence(steps: readonly Step[]): Step {
  function runFrom(at: number, run: Run): Promise<void> | undefined {
    for (let i = at; i < steps.length; i++) {
      const running = steps[i]?.(run);
      if (running) return running.then(() => runFrom(i + 1, run));
    }
    return undefined;
  }
  return (run) => runFrom(0, run);
}

function inParallel(steps: readonly Step[]): Step {
  return (run) => {
    const running: Promise<void>[] = [];
    for (const step of steps) {
      const promise = step(run);
      if (promise) running.push(promise);
    }
    if (running.length < 2) return running[0];
    return Promise.all(running).then(noResult);
  };
}

function noResult(): void {
  // Steps merge in place.
}
