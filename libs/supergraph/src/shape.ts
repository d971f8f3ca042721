import { type Coordinate, coordinate } from "#libs/terms";
import {
  getNamedType,
  type GraphQLEnumType,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { narrowed } from "./concrete.js";
import type { Json, Run } from "./execute/run.js";
import { type PreparedOperation, responseNameOf } from "./operation.js";
import { type Blocked, isOn, type Switches } from "./prune.js";
import type { Supergraph } from "./supergraph.js";

/**
 * The answer at the asked shape: the names, order and nesting of the caller's own operation, whatever was fetched to get
 * there. A denied field is null without a look at the results; a null that may not be goes up to its nearest nullable parent.
 */
export type AnswerShape = (run: Run, excused: boolean) => Json | null;

interface Compilation {
  readonly supergraph: Supergraph;
  readonly operation: PreparedOperation;
  readonly blocked: Blocked;
  readonly switches: Switches;
}

/** What one shaping carries along. */
interface Shaping {
  readonly run: Run;
  /** Something already says why nulls are there. */
  readonly excused: boolean;
  /** Index in the outermost list, or -1. */
  row: number;
}

/** Gives undefined where null is not allowed: the object or list around it is then null. */
type Complete = (value: unknown, shaping: Shaping) => unknown;

interface Place {
  readonly coordinate: Coordinate;
  /** The first of those that resolve the coordinate. */
  readonly subgraph: string | undefined;
  /** Ends at the first list. */
  readonly path: readonly string[];
  readonly inList: boolean;
}

export function compileAnswer(
  supergraph: Supergraph,
  operation: PreparedOperation,
  blocked: Blocked,
  switches: Switches,
): AnswerShape {
  const compilation: Compilation = { supergraph, operation, blocked, switches };
  const query = supergraph.schema.getQueryType();
  if (!query) throw new TypeError("a supergraph has a query type");
  const selections = [operation.definition.selectionSet];
  const complete = compileObject(compilation, query, selections, { path: [], inList: false });
  return (run, excused) => {
    const shaping: Shaping = { run, excused: excused || run.failures.size > 0, row: -1 };
    return (complete(run.data, shaping) as Json | null | undefined) ?? null;
  };
}

interface Above {
  readonly path: readonly string[];
  readonly inList: boolean;
}

interface AskedField {
  readonly name: string;
  readonly selections: SelectionSetNode[];
}

/** The fields that an object of this type answers, in the order of their first occurrence. */
function collectFields(
  { supergraph, operation, switches }: Compilation,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Map<string, AskedField> {
  const fields = new Map<string, AskedField>();
  const here = new Set([type]);
  function collect(selectionSet: SelectionSetNode): void {
    for (const selection of selectionSet.selections) {
      if (!isOn(selection, switches)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = responseNameOf(selection);
        const field = fields.get(key) ?? { name: selection.name.value, selections: [] };
        if (selection.selectionSet) field.selections.push(selection.selectionSet);
        fields.set(key, field);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : operation.fragments.get(selection.name.value);
      if (!fragment) continue;
      if (narrowed(supergraph.schema, here, fragment.typeCondition?.name.value).size > 0)
        collect(fragment.selectionSet);
    }
  }
  for (const selectionSet of selectionSets) collect(selectionSet);
  return fields;
}

interface ShapedField {
  readonly name: string;
  readonly complete: Complete;
}

function compileObject(
  compilation: Compilation,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
  above: Above,
): Complete {
  const shaped: ShapedField[] = [];
  for (const [name, field] of collectFields(compilation, type, selectionSets)) {
    shaped.push({ name, complete: compileField(compilation, type, name, field, above) });
  }
  return (value, shaping) => {
    const source = value as Json;
    const answer: Json = {};
    for (const { name, complete } of shaped) {
      const completed = complete(source[name], shaping);
      if (completed === undefined) return null;
      answer[name] = completed;
    }
    return answer;
  };
}

function compileField(
  compilation: Compilation,
  parent: GraphQLObjectType,
  responseName: string,
  { name, selections }: AskedField,
  above: Above,
): Complete {
  if (name === "__typename") return () => parent.name;
  const definition = parent.getFields()[name];
  if (!definition) throw new TypeError("a validated operation asks for known fields");
  const at = coordinate(parent.name, name);
  if (compilation.blocked.has(at)) return isNonNullType(definition.type) ? () => undefined : () => null;
  const path = above.inList ? above.path : [...above.path, responseName];
  const [subgraph] = compilation.supergraph.ownerOf(at);
  const place: Place = { coordinate: at, subgraph, path, inList: above.inList };
  return compileType(compilation, definition.type, selections, place);
}

function compileType(
  compilation: Compilation,
  type: GraphQLOutputType,
  selections: readonly SelectionSetNode[],
  place: Place,
): Complete {
  if (isNonNullType(type)) return nonNull(compileType(compilation, type.ofType, selections, place), place);
  if (isListType(type)) {
    return listOf(compileType(compilation, type.ofType, selections, { ...place, inList: true }), place);
  }
  const named = getNamedType(type);
  if (selections.length === 0) return leaf(named, place);
  if (isObjectType(named)) return object(compileObject(compilation, named, selections, place), place);
  return anyOf(compilation, named, selections, place);
}

function nonNull(inner: Complete, place: Place): Complete {
  return (value, shaping) => {
    const completed = inner(value, shaping);
    if (completed !== null) return completed;
    if (!shaping.excused) report(shaping, place);
    return undefined;
  };
}

function listOf(item: Complete, place: Place): Complete {
  return (value, shaping) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return report(shaping, place);
    const outermost = shaping.row < 0;
    const items: unknown[] = [];
    let broken = false;
    for (let i = 0; i < value.length && !broken; i++) {
      if (outermost) shaping.row = i;
      const completed = item(value[i], shaping);
      broken = completed === undefined;
      items.push(completed);
    }
    if (outermost) shaping.row = -1;
    return broken ? null : items;
  };
}

function object(inner: Complete, place: Place): Complete {
  return (value, shaping) => {
    if (value === null || value === undefined) return null;
    return typeof value === "object" && !Array.isArray(value) ? inner(value, shaping) : report(shaping, place);
  };
}

/** An interface or a union: shaped by the type that the subgraph names, which must be one that callers may see. */
function anyOf(
  compilation: Compilation,
  named: GraphQLNamedOutputType,
  selections: readonly SelectionSetNode[],
  place: Place,
): Complete {
  const shapes = new Map<string, Complete>();
  const { schema } = compilation.supergraph;
  function shapeOf(typeName: unknown): Complete | undefined {
    if (typeof typeName !== "string") return undefined;
    const known = shapes.get(typeName);
    if (known) return known;
    const type = schema.getType(typeName);
    if (!isObjectType(type) || narrowed(schema, new Set([type]), named.name).size === 0) return undefined;
    const shape = compileObject(compilation, type, selections, place);
    shapes.set(typeName, shape);
    return shape;
  }
  return object((value, shaping) => {
    const shape = shapeOf((value as Json)["__typename"]);
    return shape ? shape(value, shaping) : report(shaping, place);
  }, place);
}

function leaf(type: GraphQLNamedOutputType, place: Place): Complete {
  const fits = leafCheck(type);
  return (value, shaping) => {
    if (value === null || value === undefined) return null;
    return fits(value) ? value : report(shaping, place);
  };
}

function leafCheck(type: GraphQLNamedOutputType): (value: unknown) => boolean {
  if (isEnumType(type)) return enumCheck(type);
  switch (type.name) {
    case "Int":
      return (value) => Number.isInteger(value);
    case "Float":
      return (value) => typeof value === "number";
    case "String":
      return (value) => typeof value === "string";
    case "Boolean":
      return (value) => typeof value === "boolean";
    case "ID":
      return (value) => typeof value === "string" || Number.isInteger(value);
    default:
      return () => true;
  }
}

function enumCheck(type: GraphQLEnumType): (value: unknown) => boolean {
  const names = new Set(type.getValues().map(({ name }) => name));
  return (value) => names.has(value as string);
}

/** A value that the schema does not allow: null, and the source is said to be at fault. */
function report(shaping: Shaping, { coordinate, subgraph, path, inList }: Place): null {
  shaping.run.failures.add({
    coordinate,
    code: "SOURCE_INVALID",
    path,
    row: inList ? shaping.row : -1,
    subgraph,
  });
  return null;
}
