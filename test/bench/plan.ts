import { readFileSync } from "node:fs";
import path from "node:path";
import { planFor, type PlannedFetch, resolveOperation, Supergraph } from "../../dist/libs/supergraph/src/index.js";
import type { BenchQuestion } from "./questions.ts";

export const supergraphFile = path.join(import.meta.dirname, "../../contracts/supergraph.graphql");

/** What the planner, which is the same for both gateways, makes of a question. */
export function fetchesOf(question: BenchQuestion): readonly PlannedFetch[] {
  const same = (value: unknown): unknown => value;
  const supergraph = new Supergraph(readFileSync(supergraphFile, "utf8"), {
    scalars: { PersonRef: { receive: same, send: same } },
  });
  return planFor(supergraph, resolveOperation(supergraph, question), new Set()).fetches;
}

export function sizeOf(question: BenchQuestion): { readonly fetches: number; readonly waves: number } {
  const fetches = fetchesOf(question);
  return { fetches: fetches.length, waves: Math.max(...fetches.map(({ wave }) => wave)) + 1 };
}
