import type { PlannedFetch } from "../plan.js";
import type { ResponseTree } from "../response-tree.js";
import type { Supergraph } from "../supergraph.js";
import type { Json } from "./run.js";

/**
 * Taking in a subgraph's answer: only what the fetch asked for, copied into the tree of results in place. A subgraph cannot
 * answer for another, whatever else it sends.
 *
 * Two answers for one place are united, in whichever order they come: an object stays where another subgraph says null.
 */
export type Ingest = (target: Json, source: Json) => void;

interface IngestField {
  readonly name: string;
  readonly typename: boolean;
  readonly receive: ((value: unknown) => unknown) | undefined;
  readonly children: readonly IngestField[] | null;
}

export function compileIngest(supergraph: Supergraph, tree: ResponseTree, fetch: PlannedFetch): Ingest {
  const fields = fieldsOf(supergraph, tree, fetch);
  return (target, source) => ingestInto(target, source, fields);
}

function fieldsOf(supergraph: Supergraph, tree: ResponseTree, fetch: PlannedFetch): readonly IngestField[] {
  return [...tree.values()].map(({ name, typename, scalar, children }) => {
    const translation = scalar === undefined ? undefined : supergraph.scalars.get(scalar);
    return {
      name,
      typename,
      receive: translation && ((value) => eachLeaf(value, (leaf) => translation.receive(leaf, fetch))),
      children: children && fieldsOf(supergraph, children, fetch),
    };
  });
}

export function eachLeaf(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (value === null || value === undefined) return value;
  return Array.isArray(value) ? value.map((item) => eachLeaf(item, change)) : change(value);
}

function ingestInto(target: Json, source: Json, fields: readonly IngestField[]): void {
  for (const { name, typename, receive, children } of fields) {
    const value = source[name];
    if (value === undefined) continue;
    if (children !== null) target[name] = united(target[name], value, children);
    else if (value !== null || target[name] === undefined) target[name] = receive ? receive(value) : value;
    if (typename) target["__typename"] ??= value;
  }
}

function united(existing: unknown, value: unknown, fields: readonly IngestField[]): unknown {
  if (Array.isArray(value)) {
    if (existing === undefined || existing === null) return value.map((item) => united(undefined, item, fields));
    if (!Array.isArray(existing) || existing.length !== value.length) return existing;
    for (let i = 0; i < value.length; i++) existing[i] = united(existing[i], value[i], fields);
    return existing;
  }
  if (typeof value !== "object" || value === null) return existing ?? null;
  const target = isObject(existing) ? existing : {};
  ingestInto(target, value as Json, fields);
  return target;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
