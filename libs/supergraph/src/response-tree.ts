import { type Coordinate, coordinate } from "#libs/terms";
import { type DocumentNode, getNamedType, isCompositeType, Kind, type SelectionSetNode } from "graphql";
import type { FetchNode } from "@apollo/query-planner";
import { type Concrete, concreteTypes, fieldOf, narrowed, returnedTypes } from "./concrete.js";
import { responseNameOf } from "./operation.js";
import type { Supergraph } from "./supergraph.js";

/** One response name of a fetch: what a subgraph may answer there, and nothing beside it. */
export interface ResponseField {
  readonly name: string;
  /** The name in the answer: another where the planner chose an alias. */
  readonly answerName: string;
  /** Whether it is `__typename` under an alias. */
  readonly typename: boolean;
  /** For each type that the place may have. */
  readonly coordinates: Set<Coordinate>;
  /** Where the field is a reference to be translated: its scalar. */
  readonly scalar: string | undefined;
  /** Null for a leaf. */
  children: Map<string, ResponseField> | null;
}

export type ResponseTree = Map<string, ResponseField>;

export interface FetchText {
  readonly tree: ResponseTree;
  /** Every field that the text selects; not `_entities`, not `__typename`. */
  readonly coordinates: ReadonlySet<Coordinate>;
}

/** Reads a fetch's own text: what is checked is what is sent. */
export function readFetchText(supergraph: Supergraph, document: DocumentNode, fetch: FetchNode): FetchText {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const tree: ResponseTree = new Map();
  const coordinates = new Set<Coordinate>();
  const root = concreteTypes(supergraph.full, "Query");
  if (operation) grow(supergraph, operation.selectionSet, root, tree, coordinates);
  const top = fetch.requires ? (tree.get("_entities")?.children ?? new Map<string, ResponseField>()) : tree;
  for (const rewrite of fetch.outputRewrites ?? []) {
    if (rewrite.kind === "KeyRenamer") renameIn(top, rewrite.path, rewrite.renameKeyTo);
  }
  return { tree: top, coordinates };
}

function grow(
  supergraph: Supergraph,
  selectionSet: SelectionSetNode,
  types: Concrete,
  tree: ResponseTree,
  coordinates: Set<Coordinate>,
): void {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new TypeError("fetches are planned without named fragments");
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const within =
        types === anything ? typesOfEntity(supergraph, condition) : narrowed(supergraph.full, types, condition);
      grow(supergraph, selection.selectionSet, within, tree, coordinates);
      continue;
    }
    const field = fieldAt(supergraph, tree, responseNameOf(selection), selection.name.value, types);
    for (const at of field.coordinates) if (!selection.name.value.startsWith("_")) coordinates.add(at);
    if (!selection.selectionSet) continue;
    const below =
      selection.name.value === "_entities" ? anything : returnedTypes(supergraph.full, types, selection.name.value);
    field.children ??= new Map();
    grow(supergraph, selection.selectionSet, below, field.children, coordinates);
  }
}

/** `_entities` may be any type: the fragments under it say which. */
const anything: Concrete = new Set();

function typesOfEntity(supergraph: Supergraph, condition: string | undefined): Concrete {
  return condition === undefined ? anything : concreteTypes(supergraph.full, condition);
}

function fieldAt(
  supergraph: Supergraph,
  tree: ResponseTree,
  name: string,
  fieldName: string,
  types: Concrete,
): ResponseField {
  let field = tree.get(name);
  if (!field) {
    const definition = fieldOf(types, fieldName);
    const named = definition && getNamedType(definition.type);
    const scalar = named && !isCompositeType(named) && supergraph.scalars.has(named.name) ? named.name : undefined;
    const typename = fieldName === "__typename" && name !== fieldName;
    field = { name, answerName: name, typename, coordinates: new Set(), scalar, children: null };
    tree.set(name, field);
  }
  for (const type of types) {
    if (type.getFields()[fieldName]) field.coordinates.add(coordinate(type.name, fieldName));
  }
  return field;
}

/** The answer holds the alias that the planner chose; the tree of results holds the name it stands for. */
function renameIn(tree: ResponseTree, path: readonly string[], renameTo: string): void {
  let at: ResponseTree | null | undefined = tree;
  const steps = path.filter((step) => !step.startsWith("... on "));
  for (const step of steps.slice(0, -1)) at = at?.get(step)?.children;
  const alias = steps.at(-1);
  const field = alias === undefined ? undefined : at?.get(alias);
  if (!at || !field) return;
  const known = at.get(renameTo);
  const renamed = { ...field, name: renameTo, answerName: renameTo };
  at.set(steps.at(-1) ?? "", { ...field, answerName: renameTo });
  at.set(renameTo, known ? united(known, renamed) : renamed);
}

function united(a: ResponseField, b: ResponseField): ResponseField {
  const children = a.children && b.children ? new Map(a.children) : (a.children ?? b.children);
  for (const [name, child] of (a.children && b.children) ?? []) {
    const known = children?.get(name);
    children?.set(name, known ? united(known, child) : child);
  }
  return { ...a, coordinates: a.coordinates.union(b.coordinates), scalar: a.scalar ?? b.scalar, children };
}
