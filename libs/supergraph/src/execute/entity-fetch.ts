import type { QueryPlanSelectionNode } from "@apollo/query-planner";
import type { FetchFacts } from "../fetch.js";
import type { Supergraph } from "../supergraph.js";
import { failAt, failWhole, reasonOfThrown, type Reason, reasonOf, type Standing, unusable } from "./answers.js";
import { compileCollect, standingsAt } from "./collect.js";
import { compileIngest, type Ingest, isObject } from "./ingest.js";
import { compileRepresent, compileSend, type Represent } from "./represent.js";
import { compileRewrites, type Rewrite } from "./rewrites.js";
import { send } from "./root-fetch.js";
import type { Json, Run, SubgraphAnswer } from "./run.js";
import type { PlanPath, Step } from "./steps.js";
import { variablePicker } from "./variables.js";

/** One fetch of `_entities`, compiled. */
interface EntityFetch {
  readonly fetch: FetchFacts;
  readonly path: PlanPath;
  readonly represent: Represent;
  readonly rewriteIn: Rewrite | undefined;
  readonly rewriteOut: Rewrite | undefined;
  readonly send: ((representation: Json) => void) | undefined;
  readonly ingest: Ingest;
}

/** What is sent at once: each different representation with the indices of the entities that it stands for. */
interface Batch {
  readonly entities: readonly Json[];
  readonly representations: Json[];
  readonly members: number[][];
}

export function compileEntityFetch(
  supergraph: Supergraph,
  fetch: FetchFacts,
  requires: readonly QueryPlanSelectionNode[],
  path: PlanPath,
): Step {
  const { planned, node } = fetch;
  const compiled: EntityFetch = {
    fetch,
    path,
    represent: compileRepresent(supergraph, requires, new Set()),
    rewriteIn: compileRewrites(supergraph, node.inputRewrites),
    rewriteOut: compileRewrites(supergraph, node.outputRewrites),
    send: compileSend(supergraph, requires, planned),
    ingest: compileIngest(supergraph, fetch.tree, planned),
  };
  const collect = compileCollect(path);
  const pick = variablePicker(planned.variableNames);
  return (run) => {
    const batch = gather(compiled, run, collect(run.data));
    if (batch.representations.length === 0) return undefined;
    const fail = (failing: Run, reason: Reason): void =>
      failWhole(failing, fetch, standingsOf(compiled, failing, batch), reason);
    try {
      if (compiled.send) for (const representation of batch.representations) compiled.send(representation);
    } catch (error) {
      fail(run, reasonOfThrown(error));
      return undefined;
    }
    const receive = (receiving: Run, answer: SubgraphAnswer): void =>
      receiveEntities(compiled, receiving, batch, answer);
    return send(run, fetch, pick(run.variables), batch.representations, receive, fail);
  };
}

function gather(compiled: EntityFetch, run: Run, entities: readonly Json[]): Batch {
  const batch: Batch = { entities, representations: [], members: [] };
  const known = entities.length > 1 ? new Map<string, number>() : undefined;
  const incomplete: number[] = [];
  for (let i = 0; i < entities.length; i++) {
    const entity = entities[i]!;
    const representation: Json = {};
    if (!compiled.represent(entity, representation, run)) incomplete.push(i);
    else if (representation["__typename"] !== undefined) {
      compiled.rewriteIn?.(representation, undefined);
      place(batch, known, representation, i);
    }
  }
  if (incomplete.length > 0) failIncomplete(compiled, run, incomplete);
  return batch;
}

function place(batch: Batch, known: Map<string, number> | undefined, representation: Json, index: number): void {
  const key = known && JSON.stringify(representation);
  const at = key === undefined ? undefined : known?.get(key);
  if (at !== undefined) {
    batch.members[at]!.push(index);
    return;
  }
  if (key !== undefined) known?.set(key, batch.representations.length);
  batch.representations.push(representation);
  batch.members.push([index]);
}

/** What a field needs did not come: the field cannot be asked for, and says so. */
function failIncomplete(compiled: EntityFetch, run: Run, indices: readonly number[]): void {
  const all = standingsAt(run.data, compiled.path);
  const standings = indices.map((index) => all[index]).filter((standing) => standing !== undefined);
  failWhole(run, compiled.fetch, standings, { code: "SOURCE_UNAVAILABLE" });
}

function standingsOf(compiled: EntityFetch, run: Run, batch: Batch, only?: number): readonly Standing[] {
  const all = standingsAt(run.data, compiled.path);
  const members = only === undefined ? batch.members.flat() : (batch.members[only] ?? []);
  return members.map((index) => all[index]).filter((standing) => standing !== undefined);
}

function receiveEntities(compiled: EntityFetch, run: Run, batch: Batch, { data, errors }: SubgraphAnswer): void {
  const received = isObject(data) ? data["_entities"] : undefined;
  if (Array.isArray(received) && received.length === batch.representations.length) {
    for (let i = 0; i < received.length; i++) mergeEntity(compiled, batch, i, received[i]);
  } else {
    const reason = errors?.[0] ? reasonOf(errors[0].extensions) : unusable;
    failWhole(run, compiled.fetch, standingsOf(compiled, run, batch), reason);
  }
  for (const error of errors ?? []) {
    const [root, index, ...below] = error.path ?? [];
    const one = root === "_entities" && typeof index === "number" ? index : undefined;
    const standings = standingsOf(compiled, run, batch, one);
    failAt(run, compiled.fetch, error, one === undefined ? [] : below, standings);
    // A null that went up to the entity itself took every field beside it along.
    const gone = one !== undefined && Array.isArray(received) && received[one] === null;
    if (gone) failWhole(run, compiled.fetch, standings, reasonOf(error.extensions));
  }
}

function mergeEntity(compiled: EntityFetch, batch: Batch, index: number, received: unknown): void {
  if (!isObject(received)) return;
  for (const [nth, member] of batch.members[index]!.entries()) {
    const entity = batch.entities[member]!;
    // A rewrite changes what was received, once.
    if (nth === 0) compiled.rewriteOut?.(received, entity["__typename"] as string | undefined);
    compiled.ingest(entity, received);
  }
}
