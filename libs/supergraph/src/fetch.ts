import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "@apollo/query-planner";
import { type Coordinate, coordinate, digestOf, WeftError } from "#libs/terms";
import { OperationTypeNode, parse } from "graphql";
import { type Concrete, concreteTypes, narrowed, returnedTypes } from "./concrete.js";
import type { PlannedFetch } from "./plan.js";
import { readFetchText, type ResponseTree } from "./response-tree.js";
import type { Supergraph } from "./supergraph.js";

/** A fetch of a plan, with what compiling and checking need of it. */
export interface FetchFacts {
  readonly node: FetchNode;
  readonly planned: PlannedFetch;
  readonly tree: ResponseTree;
  /** Every coordinate inside representations: keys and `@requires` inputs. */
  readonly representation: ReadonlySet<Coordinate>;
}

export function readFetches(supergraph: Supergraph, plan: PlanNode | undefined): readonly FetchFacts[] {
  const fetches: FetchFacts[] = [];
  if (plan) visitPlan(plan, 0, (node, wave) => fetches.push(readFetch(supergraph, node, fetches.length, wave)));
  return fetches;
}

/** Conditions are decided before planning, and `@defer` is not part of the API schema. */
export function notPlanned(node: PlanNode): WeftError {
  return new WeftError("INTERNAL", { detail: `a plan holds a node of kind ${node.kind}` });
}

/** Returns the wave after. */
function visitPlan(node: PlanNode, wave: number, visit: (fetch: FetchNode, wave: number) => void): number {
  switch (node.kind) {
    case "Fetch":
      visit(node, wave);
      return wave + 1;
    case "Flatten":
      return visitPlan(node.node, wave, visit);
    case "Sequence":
      return node.nodes.reduce((at, child) => visitPlan(child, at, visit), wave);
    case "Parallel":
      return Math.max(wave, ...node.nodes.map((child) => visitPlan(child, wave, visit)));
    case "Condition":
    case "Defer":
      throw notPlanned(node);
    default:
      throw new TypeError("a plan node of an unknown kind");
  }
}

function readFetch(supergraph: Supergraph, node: FetchNode, n: number, wave: number): FetchFacts {
  if (node.operationKind !== OperationTypeNode.QUERY)
    throw new WeftError("INTERNAL", { detail: "only queries are planned" });
  const { tree, coordinates } = readFetchText(supergraph, parse(node.operation, { noLocation: true }), node);
  const representation = representationOf(supergraph, node);
  const entity = node.requires !== undefined;
  const entries = entity ? [] : [...coordinates].filter((at) => at.startsWith("Query."));
  const planned: PlannedFetch = {
    n,
    subgraph: node.serviceName,
    text: node.operation,
    textDigest: digestOf(node.operation),
    coordinates: [...coordinates].sort(),
    inputs: inputsOf(supergraph, node, representation),
    entity,
    entries,
    ...(entries[0] === undefined ? {} : { entry: entries[0] }),
    variableNames: node.variableUsages ?? [],
    wave,
  };
  return { node, planned, tree, representation };
}

function representationOf(supergraph: Supergraph, node: FetchNode): ReadonlySet<Coordinate> {
  const found = new Set<Coordinate>();
  function add(selections: readonly QueryPlanSelectionNode[], types: Concrete): void {
    for (const selection of selections) {
      if (selection.kind === "InlineFragment") {
        const condition = selection.typeCondition;
        const top = types.size === 0 && condition !== undefined;
        add(
          selection.selections,
          top ? concreteTypes(supergraph.full, condition) : narrowed(supergraph.full, types, condition),
        );
        continue;
      }
      if (selection.name === "__typename") continue;
      for (const type of types) found.add(coordinate(type.name, selection.name));
      if (selection.selections) add(selection.selections, returnedTypes(supergraph.full, types, selection.name));
    }
  }
  add(node.requires ?? [], new Set());
  return found;
}

function inputsOf(
  supergraph: Supergraph,
  node: FetchNode,
  representation: ReadonlySet<Coordinate>,
): readonly Coordinate[] {
  const keys = new Set<Coordinate>();
  for (const selection of node.requires ?? []) {
    if (selection.kind !== "InlineFragment" || selection.typeCondition === undefined) continue;
    for (const type of concreteTypes(supergraph.full, selection.typeCondition)) {
      for (const key of supergraph.join.keys.get(type.name)?.get(node.serviceName) ?? []) keys.add(key);
    }
  }
  return [...representation].filter((at) => !keys.has(at) && !supergraph.isReference(at)).sort();
}
