import type { FetchNode } from "@apollo/query-planner";
import { concreteTypes } from "../concrete.js";
import type { Supergraph } from "../supergraph.js";
import type { Json } from "./run.js";
import { isObject } from "./ingest.js";

export type Rewrite = (value: Json, typeName: string | undefined) => void;
type Rewrites = NonNullable<FetchNode["inputRewrites"]>;

/**
 * What the planner changes on the way in or out: a name that it chose because two types of one place give a name different
 * types, or the `__typename` that a subgraph knows an entity by. Undefined where there is nothing to do.
 */
export function compileRewrites(supergraph: Supergraph, rewrites: Rewrites | undefined): Rewrite | undefined {
  if (!rewrites || rewrites.length === 0) return undefined;
  const all = rewrites.map((rewrite) => compileRewrite(supergraph, rewrite));
  return (value, typeName) => {
    for (const rewrite of all) rewrite(value, typeName);
  };
}

function compileRewrite(supergraph: Supergraph, rewrite: Rewrites[number]): Rewrite {
  const name = rewrite.path.at(-1) ?? "";
  const change =
    rewrite.kind === "ValueSetter"
      ? (value: Json): void => {
          value[name] = rewrite.setValueTo;
        }
      : (value: Json): void => {
          if (value[name] === undefined) return;
          value[rewrite.renameKeyTo] = value[name];
          delete value[name];
        };
  return rewrite.path.slice(0, -1).reduceRight<Rewrite>((next, step) => stepInto(supergraph, step, next), change);
}

const fragmentPrefix = "... on ";

function stepInto(supergraph: Supergraph, step: string, next: Rewrite): Rewrite {
  if (!step.startsWith(fragmentPrefix)) return (value) => eachObject(value[step], next);
  const condition = step.slice(fragmentPrefix.length);
  const names = new Set([condition, ...[...concreteTypes(supergraph.full, condition)].map(({ name }) => name)]);
  // A subgraph was not always asked for the type; the planner then knows that the rewrite applies.
  return (value, typeName) => {
    const actual = value["__typename"] ?? typeName;
    if (typeof actual !== "string" || names.has(actual)) next(value, typeName);
  };
}

function eachObject(value: unknown, apply: Rewrite): void {
  if (Array.isArray(value)) for (const item of value) eachObject(item, apply);
  else if (isObject(value)) apply(value, undefined);
}
