import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { coordinate, type Coordinate, WeftError } from "#libs/terms";
import { isReference, namedTypeOf, possibleTypes } from "./schema.js";

/** A field of an object type where a document uses it. An interface's field is visited once for each implementer. */
export interface Visit {
  readonly coordinate: Coordinate;
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
}

/** Parses nothing and trusts nothing but validation: every field that execution could come to, skipped or not. */
export function visitsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly Visit[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const walk: Walk = { schema, fragments, visits: [], seen: new Set() };
  const query = schema.getQueryType();
  if (query) selections(walk, operation.selectionSet, [query]);
  return walk.visits;
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly visits: Visit[];
  /** A fragment spread under the same types says nothing new: fragments that double each other cost nothing. */
  readonly seen: Set<string>;
}

function selections(walk: Walk, set: SelectionSetNode, types: readonly GraphQLObjectType[]): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) visit(walk, selection, types);
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      selections(walk, selection.selectionSet, narrowed(walk, types, selection.typeCondition?.name.value));
    } else {
      const fragment = walk.fragments.get(selection.name.value);
      const under = narrowed(walk, types, fragment?.typeCondition.name.value);
      const key = `${selection.name.value} ${under.map((type) => type.name).join(" ")}`;
      if (!fragment || walk.seen.has(key)) continue;
      walk.seen.add(key);
      selections(walk, fragment.selectionSet, under);
    }
  }
}

function narrowed(
  walk: Walk,
  types: readonly GraphQLObjectType[],
  condition: string | undefined,
): readonly GraphQLObjectType[] {
  const type = condition === undefined ? undefined : walk.schema.getType(condition);
  if (!type) return types;
  const possible = new Set(possibleTypes(walk.schema, type));
  return types.filter((candidate) => possible.has(candidate));
}

function visit(walk: Walk, node: FieldNode, types: readonly GraphQLObjectType[]): void {
  const name = node.name.value;
  if (name === "__typename") return;
  const returned = new Set<GraphQLObjectType>();
  for (const type of types) {
    const field = type.getFields()[name];
    if (!field) throw new WeftError("OPERATION_INVALID", { detail: "introspection is not served to a gateway" });
    if (!isReference(field)) walk.visits.push({ coordinate: coordinate(type.name, name), type, field, node });
    for (const possible of possibleTypes(walk.schema, namedTypeOf(field))) returned.add(possible);
  }
  if (node.selectionSet) selections(walk, node.selectionSet, [...returned]);
}
