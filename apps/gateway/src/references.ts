import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  type FieldNode,
  getArgumentValues,
  type GraphQLObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from "graphql";
import type { Contracts } from "#libs/contracts";
import type { PlannedFetch } from "#libs/supergraph";
import { type CanonicalPerson, type OrgId, type SubjectRef, WeftError } from "#libs/terms";

/** What the gateway's own subgraph needs to know of the request. */
export interface ReferenceContext {
  readonly personOf: (key: unknown) => CanonicalPerson;
  readonly idOf: (person: CanonicalPerson) => SubjectRef;
}

export type Representations = readonly Readonly<Record<string, unknown>>[];

/**
 * The subgraph `weft`: references, no data, in process. Every well-formed key gives a `Person`, known or not, so that no root field
 * tells whether somebody exists and no ministry's outage empties an answer.
 *
 * It has three fields in all, so that a fetch is compiled, once a plan, rather than executed as GraphQL.
 */
export class References {
  readonly #query: GraphQLObjectType;
  readonly #providers: ReadonlyMap<string, OrgId>;
  readonly #compiled = new WeakMap<PlannedFetch, Resolve>();

  constructor(contracts: Contracts) {
    const own = [...contracts.subgraphs.values()].find(({ name }) => name === "weft");
    if (!own) throw new Error("the contracts have no subgraph weft");
    this.#providers = new Map(
      [...contracts.subgraphs.values()]
        .filter((subgraph) => subgraph !== own)
        .map(({ name, provider }) => [name, provider]),
    );
    this.#query = buildSubgraphSchema([{ typeDefs: parse(own.sdl) }]).getQueryType()!;
  }

  /** Undefined for `weft` itself. */
  providerOf(subgraph: string): OrgId | undefined {
    return this.#providers.get(subgraph);
  }

  answer(
    fetch: PlannedFetch,
    variables: Readonly<Record<string, unknown>>,
    representations: Representations | undefined,
    context: ReferenceContext,
  ): { readonly data: Record<string, unknown> } {
    let resolve = this.#compiled.get(fetch);
    if (!resolve) this.#compiled.set(fetch, (resolve = compileFetch(this.#query, fetch.text)));
    return { data: resolve(variables, representations ?? [], context) };
  }
}

type Resolve = (
  variables: Readonly<Record<string, unknown>>,
  representations: Representations,
  context: ReferenceContext,
) => Record<string, unknown>;
type ResolveField = (...given: Parameters<Resolve>) => unknown;
type ResolvePerson = (person: CanonicalPerson, context: ReferenceContext) => Record<string, unknown>;
type ResolveLeaf = (person: CanonicalPerson, context: ReferenceContext) => unknown;

function compileFetch(query: GraphQLObjectType, text: string): Resolve {
  const { selectionSet } = parse(text, { noLocation: true }).definitions[0] as OperationDefinitionNode;
  const fields = fieldsOf(selectionSet).map((field) => [nameOf(field), compileRoot(query, field)] as const);
  return (...given) => Object.fromEntries(fields.map(([name, resolve]) => [name, resolve(...given)]));
}

function compileRoot(query: GraphQLObjectType, field: FieldNode): ResolveField {
  const name = field.name.value;
  if (name === "__typename") return () => query.name;
  const shape = compilePerson(field.selectionSet);
  if (name === "_entities") {
    return (_variables, representations, context) =>
      representations.map(({ ref }) => shape(ref as CanonicalPerson, context));
  }
  const definition = query.getFields()[name];
  if (!definition) throw notOurs(name);
  return (variables, _representations, context) => {
    const { key, keys } = getArgumentValues(definition, field, variables);
    return Array.isArray(keys)
      ? keys.map((one) => shape(context.personOf(one), context))
      : shape(context.personOf(key), context);
  };
}

const leaves: Readonly<Record<string, ResolveLeaf>> = {
  __typename: () => "Person",
  ref: (person) => person,
  id: (person, { idOf }) => idOf(person),
};

function compilePerson(selectionSet: SelectionSetNode | undefined): ResolvePerson {
  const fields = fieldsOf(selectionSet).map((field) => {
    const leaf = leaves[field.name.value];
    if (!leaf) throw notOurs(field.name.value);
    return [nameOf(field), leaf] as const;
  });
  return (person, context) => Object.fromEntries(fields.map(([name, leaf]) => [name, leaf(person, context)]));
}

/** There is one type, so that every fragment is on it. */
function fieldsOf(selectionSet: SelectionSetNode | undefined): readonly FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet);
    throw notOurs(selection.name.value);
  });
}

function nameOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

function notOurs(name: string): WeftError {
  return new WeftError("INTERNAL", { detail: `the subgraph weft knows no ${name}` });
}
