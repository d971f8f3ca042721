import { type Code, type Coordinate, isCode, WeftError } from "#libs/terms";
import type { FetchFacts } from "../fetch.js";
import type { ResponseField, ResponseTree } from "../response-tree.js";
import type { Run, SubgraphError } from "./run.js";

/** Where in the answer a fetch's fields stand: response names, ending at the first list; and the row there, or -1. */
export interface Standing {
  readonly path: readonly string[];
  readonly row: number;
}

export interface Reason {
  readonly code: Code;
  readonly retryAfter?: number | undefined;
}

/** Everything that the fetch would have answered is missing, for one reason. */
export function failWhole(run: Run, fetch: FetchFacts, standings: readonly Standing[], reason: Reason): void {
  for (const field of fetch.tree.values()) {
    if (field.name.startsWith("__")) continue;
    for (const standing of standings) fail(run, fetch, field, [field.answerName], standing, reason);
  }
}

/** One error of an answer, with its path below the entity or the root. */
export function failAt(
  run: Run,
  fetch: FetchFacts,
  error: SubgraphError,
  below: readonly (string | number)[],
  standings: readonly Standing[],
): void {
  const reason = reasonOf(error.extensions);
  const found = locate(fetch.tree, below);
  if (!found) {
    failWhole(run, fetch, standings, reason);
    return;
  }
  for (const standing of standings) {
    const row = standing.row >= 0 ? standing.row : found.row;
    fail(run, fetch, found.field, found.names, { path: standing.path, row }, reason, standing.row >= 0);
  }
}

function fail(
  run: Run,
  fetch: FetchFacts,
  field: ResponseField,
  names: readonly string[],
  standing: Standing,
  reason: Reason,
  inList = standing.row >= 0,
): void {
  for (const coordinate of coordinatesOf(field)) {
    run.failures.add({
      coordinate,
      code: reason.code,
      path: inList ? standing.path : [...standing.path, ...names],
      row: standing.row,
      subgraph: fetch.planned.subgraph,
      retryAfter: reason.retryAfter,
    });
  }
}

/** One place, one error: where a place may have several types, the first stands for all. */
function coordinatesOf(field: ResponseField): readonly Coordinate[] {
  const [first] = field.coordinates;
  return first === undefined ? [] : [first];
}

interface Located {
  readonly field: ResponseField;
  readonly names: readonly string[];
  readonly row: number;
}

/** Undefined where the path is not one of the fetch. Names end at the first list. */
function locate(tree: ResponseTree, path: readonly (string | number)[]): Located | undefined {
  let at: ResponseTree | null = tree;
  let field: ResponseField | undefined;
  let row = -1;
  const names: string[] = [];
  for (const step of path) {
    if (typeof step === "number") {
      if (row < 0) row = step;
      continue;
    }
    const next: ResponseField | undefined = at?.get(step);
    if (!next) break;
    field = next;
    at = next.children;
    if (row < 0) names.push(next.answerName);
  }
  return field && { field, names, row };
}

/** A code of ours is passed on; anything else a subgraph says is its own affair. */
export function reasonOf(extensions: Readonly<Record<string, unknown>> | undefined): Reason {
  const code = extensions?.["code"];
  const retryAfter = extensions?.["retryAfter"];
  return {
    code: isCode(code) ? code : "SOURCE_INVALID",
    retryAfter: typeof retryAfter === "number" && Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

export function reasonOfThrown(error: unknown): Reason {
  if (error instanceof WeftError) return { code: error.code, retryAfter: error.retryAfter };
  return { code: "INTERNAL" };
}

export const unusable: Reason = { code: "SOURCE_INVALID" };
