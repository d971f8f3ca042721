import { operationFromDocument } from "@apollo/federation-internals";
import type { PlanNode } from "@apollo/query-planner";
import { type Coordinate, type Digest, WeftError } from "#libs/terms";
import type { DocumentNode } from "graphql";
import type { CollapsedError } from "./execute/failures.js";
import { type Dispatch, runPlan } from "./execute/run.js";
import { compileSteps, type Step } from "./execute/steps.js";
import { type FetchFacts, readFetches } from "./fetch.js";
import type { Operation, PreparedOperation, Variables } from "./operation.js";
import { type Blocked, type Denial, prune, type Switches } from "./prune.js";
import { type AnswerShape, compileAnswer } from "./shape.js";
import type { Supergraph } from "./supergraph.js";

/** One call to one subgraph, as planned. Its text is what is sent, byte for byte. */
export interface PlannedFetch {
  /** Unique in the plan, from 0. */
  readonly n: number;
  readonly subgraph: string;
  readonly text: string;
  readonly textDigest: Digest;
  /** Every field that the text selects, references included. */
  readonly coordinates: readonly Coordinate[];
  /** `@requires` coordinates inside representations; keys are not among them. */
  readonly inputs: readonly Coordinate[];
  /** Asks `_entities`; has representations. */
  readonly entity: boolean;
  /** Root fields; none for an entity fetch. */
  readonly entries: readonly Coordinate[];
  /** The first of `entries`. */
  readonly entry?: Coordinate;
  readonly variableNames: readonly string[];
  /** Fetches of one wave may run at the same time; 0 comes first. */
  readonly wave: number;
}

export interface Executed {
  readonly data: Record<string, unknown> | null;
  /** What subgraphs said or did not say: one for each coordinate, code and place. */
  readonly errors: readonly CollapsedError[];
}

export interface CompiledPlan {
  readonly operation: Digest;
  readonly fetches: readonly PlannedFetch[];
  /** What is asked for and not answered; the caller of the plan knows why. */
  readonly denials: readonly Denial[];
  readonly execute: (dispatch: Dispatch, variables: Variables) => Promise<Executed>;
}

/**
 * The plan of an operation for those who may not see `denied`. Kept by operation, by how its `@skip` and `@include` fall out,
 * and by visible set: two callers share a plan exactly where they ask and may see the same. What was not judged is not
 * permitted.
 */
export function planFor(supergraph: Supergraph, operation: Operation, denied: ReadonlySet<Coordinate>): CompiledPlan {
  const switches = operation.conditions.filter((name) => operation.variables[name] === true);
  const hidden = [...operation.touched].filter((at) => denied.has(at)).sort();
  const key = `${operation.digest} ${switches.join(",")} ${hidden.join(",")}`;
  let plan = supergraph.plans.get(key);
  if (!plan) supergraph.plans.set(key, (plan = makePlan(supergraph, operation, hidden, new Set(switches))));
  return plan;
}

function makePlan(
  supergraph: Supergraph,
  operation: PreparedOperation,
  hidden: readonly Coordinate[],
  switches: Switches,
): CompiledPlan {
  const blocked = new Map<Coordinate, Coordinate | undefined>(hidden.map((at) => [at, undefined]));
  blockDependents(supergraph, operation, blocked);
  // Each round blocks at least one more of the touched coordinates, or ends.
  for (let round = 0; round <= operation.touched.size; round++) {
    const { document, denials } = prune(supergraph, operation, blocked, switches);
    const node = document && planNode(supergraph, document);
    const fetches = readFetches(supergraph, node);
    const refused = findRefusals(supergraph, operation, blocked, fetches);
    if (refused.size === 0) {
      const step = node ? compileSteps(supergraph, node, fetches) : nothing;
      const shape = compileAnswer(supergraph, operation, blocked, switches);
      return compiledPlan(operation, fetches, denials, step, shape);
    }
    for (const [at, input] of refused) blocked.set(at, input);
  }
  throw new WeftError("INTERNAL", { detail: "no plan stays within what is permitted" });
}

function planNode(supergraph: Supergraph, document: DocumentNode): PlanNode | undefined {
  const operation = operationFromDocument(supergraph.composed.apiSchema(), document, { validate: false });
  const { node } = supergraph.planner.buildQueryPlan(operation);
  if (node?.kind === "Subscription") throw new WeftError("INTERNAL", { detail: "subscriptions are not planned" });
  return node;
}

/** A field whose `@requires` inputs, however indirect, are not all permitted cannot be resolved: nothing is fetched for it. */
function blockDependents(
  supergraph: Supergraph,
  operation: PreparedOperation,
  blocked: Map<Coordinate, Coordinate | undefined>,
): void {
  for (let grew = true; grew;) {
    grew = false;
    for (const at of operation.touched) {
      if (blocked.has(at)) continue;
      const input = [...(supergraph.join.requires.get(at) ?? [])].find((needed) => blocked.has(needed));
      if (input === undefined) continue;
      blocked.set(at, input);
      grew = true;
    }
  }
}

/** Coordinates of fetches that are not permitted, turned into what must be blocked so that they are not fetched. */
function findRefusals(
  supergraph: Supergraph,
  operation: PreparedOperation,
  blocked: Blocked,
  fetches: readonly FetchFacts[],
): ReadonlyMap<Coordinate, Coordinate> {
  const refused = new Map<Coordinate, Coordinate>();
  const permitted = (at: Coordinate): boolean =>
    (operation.touched.has(at) && !blocked.has(at)) || supergraph.isReference(at);
  for (const fetch of fetches) {
    const bad = [...fetch.planned.coordinates, ...fetch.representation].find((at) => !permitted(at));
    if (bad === undefined) continue;
    const needing = fetches.filter((later) => later.representation.has(bad));
    for (const at of (needing.length > 0 ? needing : [fetch]).flatMap(topCoordinates)) {
      if (permitted(at)) refused.set(at, bad);
    }
    if (refused.size === 0) throw new WeftError("INTERNAL", { detail: "a fetch holds what nobody asked for" });
  }
  return refused;
}

function topCoordinates(fetch: FetchFacts): readonly Coordinate[] {
  return [...fetch.tree.values()].flatMap(({ coordinates }) => [...coordinates]);
}

const nothing: Step = () => undefined;

/** Holds on to nothing of the request that it was first made for. */
function compiledPlan(
  operation: PreparedOperation,
  fetches: readonly FetchFacts[],
  denials: readonly Denial[],
  step: Step,
  shape: AnswerShape,
): CompiledPlan {
  return {
    operation: operation.digest,
    fetches: fetches.map(({ planned }) => planned),
    denials,
    execute: async (dispatch, variables) => {
      const run = await runPlan(step, dispatch, variables);
      const data = shape(run, denials.length > 0);
      return { data, errors: run.failures.collapsed() };
    },
  };
}
