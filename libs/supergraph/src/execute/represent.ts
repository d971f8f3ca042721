import type { QueryPlanSelectionNode } from "@apollo/query-planner";
import { type Coordinate, coordinate } from "#libs/terms";
import { type Concrete, concreteTypes, narrowed, returnedTypes } from "../concrete.js";
import type { PlannedFetch } from "../plan.js";
import type { Supergraph } from "../supergraph.js";
import { eachLeaf, isObject } from "./ingest.js";
import type { Json, Run } from "./run.js";

/**
 * Fills in what a subgraph must be handed to resolve an entity. False where an input is missing: its fetch failed, or it is
 * null because a subgraph could not give it; a field must not be computed from an absence that is none.
 */
export type Represent = (source: Json, representation: Json, run: Run) => boolean;

/** References are left as they are: they are translated once equal representations are united. */
export function compileRepresent(
  supergraph: Supergraph,
  selections: readonly QueryPlanSelectionNode[],
  types: Concrete,
): Represent {
  const parts = selections.map((selection) =>
    selection.kind === "InlineFragment"
      ? compileFragment(supergraph, selection.typeCondition, selection.selections, types)
      : compileInput(supergraph, selection, types),
  );
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return (source, representation, run) => {
    for (const part of parts) if (!part(source, representation, run)) return false;
    return true;
  };
}

function compileFragment(
  supergraph: Supergraph,
  condition: string | undefined,
  selections: readonly QueryPlanSelectionNode[],
  types: Concrete,
): Represent {
  if (condition === undefined) return compileRepresent(supergraph, selections, types);
  const matching = concreteTypes(supergraph.full, condition);
  const names = new Set([condition, ...[...matching].map(({ name }) => name)]);
  const within = types.size === 0 ? matching : narrowed(supergraph.full, types, condition);
  const below = compileRepresent(supergraph, selections, within);
  return (source, representation, run) =>
    names.has(source["__typename"] as string) ? below(source, representation, run) : true;
}

type FieldSelection = Extract<QueryPlanSelectionNode, { kind: "Field" }>;

function compileInput(supergraph: Supergraph, selection: FieldSelection, types: Concrete): Represent {
  const name = selection.alias ?? selection.name;
  const coordinates = [...types].map((type) => coordinate(type.name, selection.name));
  const below =
    selection.selections &&
    compileRepresent(supergraph, selection.selections, returnedTypes(supergraph.full, types, selection.name));
  return (source, representation, run) => {
    const value = source[name];
    if (value === undefined) return false;
    if (value === null && run.failures.size > 0 && failed(run, coordinates)) return false;
    const copied = below ? copyThrough(value, below, run) : value;
    if (copied === undefined) return false;
    representation[name] = copied;
    return true;
  };
}

function failed(run: Run, coordinates: readonly Coordinate[]): boolean {
  return coordinates.some((at) => run.failures.has(at));
}

function copyThrough(value: unknown, below: Represent, run: Run): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => copyThrough(item, below, run));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isObject(value)) return null;
  const copy: Json = {};
  return below(value, copy, run) ? copy : undefined;
}

/** Translates the references of a representation for the subgraph, at any depth; undefined where it holds none. */
export function compileSend(
  supergraph: Supergraph,
  selections: readonly QueryPlanSelectionNode[],
  fetch: PlannedFetch,
  types: Concrete = new Set(),
): ((representation: Json) => void) | undefined {
  const parts = selections.flatMap((selection): ((representation: Json) => void)[] => {
    const part =
      selection.kind === "Field"
        ? sendField(supergraph, selection, fetch, types)
        : compileSend(supergraph, selection.selections, fetch, typesUnder(supergraph, selection.typeCondition, types));
    return part ? [part] : [];
  });
  if (parts.length === 0) return undefined;
  return (representation) => {
    for (const part of parts) part(representation);
  };
}

function typesUnder(supergraph: Supergraph, condition: string | undefined, types: Concrete): Concrete {
  if (condition === undefined) return types;
  return types.size === 0 ? concreteTypes(supergraph.full, condition) : narrowed(supergraph.full, types, condition);
}

function sendField(
  supergraph: Supergraph,
  selection: FieldSelection,
  fetch: PlannedFetch,
  types: Concrete,
): ((representation: Json) => void) | undefined {
  const name = selection.alias ?? selection.name;
  if (selection.selections) {
    const below = returnedTypes(supergraph.full, types, selection.name);
    const inner = compileSend(supergraph, selection.selections, fetch, below);
    return inner && ((representation) => void eachLeaf(representation[name], (leaf) => inner(leaf as Json)));
  }
  const scalars = [...types].map((type) => supergraph.translatedScalar(coordinate(type.name, selection.name)));
  const translation = supergraph.scalars.get(scalars.find((scalar) => scalar !== undefined) ?? "");
  if (!translation) return undefined;
  // Fragments for several types may share a name; each is translated once.
  return (representation) => {
    if (Object.hasOwn(representation, name)) {
      representation[name] = eachLeaf(representation[name], (leaf) => translation.send(leaf, fetch));
    }
  };
}
