import { type Coordinate, coordinate } from "#libs/terms";
import {
  type ArgumentNode,
  getNamedType,
  type GraphQLField,
  isEnumType,
  type OperationDefinitionNode,
  type ValueNode,
  Kind,
} from "graphql";
import { concreteTypes, fieldOf, type Fragments, visitFields } from "./concrete.js";
import type { Supergraph } from "./supergraph.js";

/** An argument as an operation uses it: `Type.field(arg:)`, and the enum values given, or null where any value may be. */
export interface ArgumentUse {
  readonly argument: string;
  readonly values: readonly string[] | null;
}

/** One argument of one coordinate; `read` gives undefined where the caller left its variable out. */
export interface ArgumentReader {
  readonly argument: string;
  readonly closed: boolean;
  readonly read: (variables: Readonly<Record<string, unknown>>) => unknown;
}

/**
 * Every coordinate that answering may touch: selected fields for each type they may be on, inputs of `@requires` however
 * indirect, and keys by which subgraphs may be joined. Aliases, fragments, `@skip` and `@include` change nothing.
 */
export function touchedCoordinates(
  supergraph: Supergraph,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): ReadonlySet<Coordinate> {
  const touched = new Set<Coordinate>();
  function touch(at: Coordinate): void {
    if (touched.has(at) || supergraph.isReference(at)) return;
    touched.add(at);
    for (const input of supergraph.join.requires.get(at) ?? []) touch(input);
    for (const key of supergraph.keysOf(at.slice(0, at.indexOf(".")))) touch(key);
  }
  const root = concreteTypes(supergraph.full, "Query");
  visitFields(supergraph.full, operation.selectionSet, root, fragments, ({ field, types }) => {
    for (const type of types) touch(coordinate(type.name, field.name.value));
  });
  return touched;
}

export function argumentReaders(
  supergraph: Supergraph,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): readonly ArgumentReader[] {
  const readers: ArgumentReader[] = [];
  const root = concreteTypes(supergraph.full, "Query");
  visitFields(supergraph.full, operation.selectionSet, root, fragments, ({ field, types }) => {
    for (const argument of field.arguments ?? []) {
      for (const type of types) {
        const definition = fieldOf(new Set([type]), field.name.value);
        if (definition) readers.push(readerOf(coordinate(type.name, field.name.value), definition, argument));
      }
    }
  });
  return readers;
}

function readerOf(at: Coordinate, field: GraphQLField<unknown, unknown>, node: ArgumentNode): ArgumentReader {
  const type = field.args.find(({ name }) => name === node.name.value)?.type;
  return {
    argument: `${at}(${node.name.value}:)`,
    closed: type !== undefined && isEnumType(getNamedType(type)),
    read: valueReader(node.value),
  };
}

/** After lifting a value is a variable, or a structure with variables at its leaves. */
function valueReader(node: ValueNode): (variables: Readonly<Record<string, unknown>>) => unknown {
  if (node.kind === Kind.VARIABLE) {
    const name = node.name.value;
    return (variables) => variables[name];
  }
  if (node.kind === Kind.LIST) {
    const items = node.values.map(valueReader);
    return (variables) => items.map((item) => item(variables));
  }
  return () => null;
}

export function argumentUses(
  readers: readonly ArgumentReader[],
  variables: Readonly<Record<string, unknown>>,
): readonly ArgumentUse[] {
  const uses = new Map<string, Set<string> | null>();
  for (const { argument, closed, read } of readers) {
    const value = read(variables);
    if (value === undefined) continue;
    const known = uses.get(argument);
    if (!closed || known === null) uses.set(argument, null);
    else uses.set(argument, addWords(known ?? new Set(), value));
  }
  return [...uses].map(([argument, values]) => ({ argument, values: values && [...values] }));
}

function addWords(words: Set<string>, value: unknown): Set<string> {
  if (Array.isArray(value)) for (const item of value) addWords(words, item);
  else if (typeof value === "string") words.add(value);
  return words;
}
