import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { execute, graphqlSync, type GraphQLSchema, isObjectType, parse } from "graphql";
import {
  type CompiledPlan,
  type Dispatch,
  type Executed,
  type Operation,
  planFor,
  type PlannedFetch,
  resolveOperation,
  Supergraph,
  type SupergraphOptions,
} from "#libs/supergraph";
import type { Coordinate } from "#libs/terms";

/**
 * A small federation in one process, over one world of data. Each subgraph resolves its part of the world; graphql-js over the
 * whole world and the API schema says what the answer must be.
 */
export type Thing = { readonly [field: string]: unknown };

export interface WorldDefinition {
  /** Subgraph name to SDL; the federation `@link` is added. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** Root fields: values, or functions of their arguments. Objects of abstract places carry `__typename`. */
  readonly query: Thing;
  /** Entities by type. */
  readonly entities?: Readonly<Record<string, readonly Thing[]>>;
  /** Resolvers of one subgraph's own: for fields that compute from what they are handed. */
  readonly resolvers?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly options?: SupergraphOptions;
}

export interface Call {
  readonly fetch: PlannedFetch;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly representations: readonly Thing[] | undefined;
}

export interface World {
  readonly supergraph: Supergraph;
  readonly calls: Call[];
  readonly dispatch: Dispatch;
  /** The right answer. */
  expected(query: string, variables?: Thing): unknown;
  resolve(query: string, variables?: Thing): Operation;
  plan(query: string, denied?: readonly string[], variables?: Thing): CompiledPlan;
  ask(
    query: string,
    options?: { variables?: Thing; denied?: readonly string[]; dispatch?: Dispatch },
  ): Promise<Executed>;
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject"])\n`;

export function composeWorld({ subgraphs, options }: WorldDefinition): Supergraph {
  const services = Object.entries(subgraphs).map(([name, sdl]) => ({
    name,
    url: `http://${name}.example`,
    typeDefs: parse(link + sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(String).join("\n"));
  return new Supergraph(supergraphSdl, options);
}

export function createWorld(definition: WorldDefinition): World {
  const supergraph = composeWorld(definition);
  const schemas = new Map(
    Object.entries(definition.subgraphs).map(([name, sdl]) => [name, subgraphSchema(definition, name, sdl)]),
  );
  const calls: Call[] = [];
  const dispatch: Dispatch = async (fetch, variables, representations) => {
    calls.push({ fetch, variables, representations });
    return answer(schemas, definition.query, fetch, { ...variables, ...(representations && { representations }) });
  };
  const resolve = (query: string, variables: Thing = {}): Operation =>
    resolveOperation(supergraph, { query, variables });
  const coordinates = (denied: readonly string[] = []): Set<Coordinate> => new Set(denied as Coordinate[]);
  return {
    supergraph,
    calls,
    dispatch,
    resolve,
    expected: (query, variables = {}) => {
      const { data, errors } = graphqlSync({
        schema: supergraph.schema,
        source: query,
        rootValue: definition.query,
        variableValues: variables,
      });
      // A null that may not be has gone up; anything else is no answer.
      if (data === undefined) throw new AggregateError(errors ?? []);
      return plain(data);
    },
    plan: (query, denied, variables) => planFor(supergraph, resolve(query, variables), coordinates(denied)),
    ask: async (query, { variables, denied, dispatch: other = dispatch } = {}) => {
      const operation = resolve(query, variables);
      return planFor(supergraph, operation, coordinates(denied)).execute(other, operation.variables);
    },
  };
}

async function answer(
  schemas: ReadonlyMap<string, GraphQLSchema>,
  rootValue: Thing,
  fetch: PlannedFetch,
  variableValues: Thing,
): ReturnType<Dispatch> {
  const schema = schemas.get(fetch.subgraph);
  if (!schema) throw new Error(`no subgraph ${fetch.subgraph}`);
  const result = await execute({ schema, document: parse(fetch.text), rootValue, variableValues });
  // As over the wire.
  return plain(result) as Awaited<ReturnType<Dispatch>>;
}

export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function subgraphSchema(definition: WorldDefinition, name: string, sdl: string): GraphQLSchema {
  const resolvers: Record<string, Record<string, unknown>> = {};
  for (const [type, things] of Object.entries(definition.entities ?? {})) {
    resolvers[type] = { __resolveReference: (reference: Thing) => findThing(things, reference) };
  }
  for (const [type, fields] of Object.entries(definition.resolvers?.[name] ?? {})) {
    resolvers[type] = { ...resolvers[type], ...fields };
  }
  const bare = buildSubgraphSchema([{ typeDefs: parse(link + sdl) }]);
  const known = Object.entries(resolvers).filter(([type]) => bare.getType(type));
  return buildSubgraphSchema([{ typeDefs: parse(link + sdl), resolvers: Object.fromEntries(known) as never }]);
}

const keys = new Set(["id", "sku", "org", "number"]);

/** By the keys that the reference holds; what else it holds is handed over as it is. */
function findThing(things: readonly Thing[], reference: Thing): Thing | null {
  const told = Object.keys(reference).filter((name) => keys.has(name));
  const same = (thing: Thing, name: string): boolean => JSON.stringify(thing[name]) === JSON.stringify(reference[name]);
  const thing = things.find((one) => told.every((name) => same(one, name)));
  return thing ? { ...thing, ...reference } : null;
}

/** Every coordinate of object types that callers may see, without root fields. */
export function coordinatesOf(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith("__")
      ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
      : [],
  );
}
