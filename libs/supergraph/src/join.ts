import { type Coordinate, coordinate } from "#libs/terms";
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  parse,
  type SelectionSetNode,
  Kind,
} from "graphql";
import { concreteTypes, visitFields } from "./concrete.js";

/** What the `join__` directives of a supergraph say, read once. Subgraphs by name, as in `@join__graph(name:)`. */
export interface JoinFacts {
  readonly subgraphs: readonly string[];
  /** Which subgraphs resolve a coordinate. */
  readonly owners: ReadonlyMap<Coordinate, ReadonlySet<string>>;
  /** `@requires` of any subgraph: the coordinates that must be handed over for the field to be resolved, one step deep. */
  readonly requires: ReadonlyMap<Coordinate, ReadonlySet<Coordinate>>;
  /** `Type` and subgraph to the coordinates of all its keys there. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<Coordinate>>>;
}

type CompositeDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export function readJoinFacts(document: DocumentNode, schema: GraphQLSchema): JoinFacts {
  const graphs = readGraphs(document);
  const owners = new Map<Coordinate, Set<string>>();
  const requires = new Map<Coordinate, Set<Coordinate>>();
  const keys = new Map<string, Map<string, Set<Coordinate>>>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    readKeys(definition, schema, graphs, keys);
    for (const field of definition.fields ?? []) {
      const at = coordinate(definition.name.value, field.name.value);
      owners.set(at, ownersOf(definition, field, graphs));
      const inputs = requiredBy(definition, field, schema);
      if (inputs.size > 0) requires.set(at, inputs);
    }
  }
  return { subgraphs: [...graphs.values()], owners, requires, keys };
}

function readGraphs(document: DocumentNode): Map<string, string> {
  const graphs = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph") continue;
    for (const value of definition.values ?? []) {
      const name = value.directives?.map((directive) => textOf(directive, "name")).find((text) => text !== undefined);
      graphs.set(value.name.value, name ?? value.name.value.toLowerCase());
    }
  }
  return graphs;
}

function ownersOf(type: CompositeDefinition, field: FieldDefinitionNode, graphs: Map<string, string>): Set<string> {
  const joins = directivesNamed(field, "join__field");
  const own = joins.filter((join) => flagOf(join, "external") !== true && flagOf(join, "usedOverridden") !== true);
  const named = own.map((join) => textOf(join, "graph")).filter((graph) => graph !== undefined);
  const source = joins.length > 0 ? named : directivesNamed(type, "join__type").map((join) => textOf(join, "graph"));
  return new Set(source.map((graph) => graphs.get(graph ?? "") ?? "").filter((name) => name !== ""));
}

function requiredBy(type: CompositeDefinition, field: FieldDefinitionNode, schema: GraphQLSchema): Set<Coordinate> {
  const inputs = new Set<Coordinate>();
  for (const join of directivesNamed(field, "join__field")) {
    const text = textOf(join, "requires");
    if (text !== undefined) addFieldSet(schema, type.name.value, text, inputs);
  }
  return inputs;
}

function readKeys(
  type: CompositeDefinition,
  schema: GraphQLSchema,
  graphs: Map<string, string>,
  keys: Map<string, Map<string, Set<Coordinate>>>,
): void {
  for (const join of directivesNamed(type, "join__type")) {
    const text = textOf(join, "key");
    const graph = graphs.get(textOf(join, "graph") ?? "");
    if (text === undefined || graph === undefined) continue;
    for (const { name } of concreteTypes(schema, type.name.value)) {
      const ofType = keys.get(name) ?? new Map<string, Set<Coordinate>>();
      const found = ofType.get(graph) ?? new Set<Coordinate>();
      addFieldSet(schema, name, text, found);
      keys.set(name, ofType.set(graph, found));
    }
  }
}

function addFieldSet(schema: GraphQLSchema, typeName: string, fieldSet: string, into: Set<Coordinate>): void {
  const selectionSet = parseFieldSet(fieldSet);
  visitFields(schema, selectionSet, concreteTypes(schema, typeName), new Map(), ({ field, types }) => {
    for (const type of types) into.add(coordinate(type.name, field.name.value));
  });
}

function parseFieldSet(fieldSet: string): SelectionSetNode {
  const [definition] = parse(`{${fieldSet}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError("not a field set");
  return definition.selectionSet;
}

function directivesNamed(
  node: { readonly directives?: readonly ConstDirectiveNode[] },
  name: string,
): readonly ConstDirectiveNode[] {
  return node.directives?.filter((directive) => directive.name.value === name) ?? [];
}

function textOf(directive: ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function flagOf(directive: ConstDirectiveNode, argument: string): boolean | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}
