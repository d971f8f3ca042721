import { buildSubgraphSchema } from "@apollo/subgraph";
import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema, parse } from "graphql";
import type { Contracts } from "#libs/contracts";
import type { PlannedFetch } from "#libs/supergraph";
import type { CanonicalPerson, OrgId, SubjectRef } from "#libs/terms";

/** What the gateway's own subgraph needs to know of the request. */
export interface ReferenceContext {
  readonly personOf: (key: unknown) => CanonicalPerson;
  readonly idOf: (person: CanonicalPerson) => SubjectRef;
}

interface Reference {
  readonly __typename: "Person";
  readonly ref: CanonicalPerson;
}

/**
 * The subgraph `weft`: references, no data, in process. Every well-formed key gives a `Person`, known or not, so that no root field
 * tells whether somebody exists and no ministry's outage empties an answer.
 */
export class References {
  readonly #schema: GraphQLSchema;
  readonly #providers: ReadonlyMap<string, OrgId>;
  readonly #documents = new WeakMap<PlannedFetch, DocumentNode>();

  constructor(contracts: Contracts) {
    const own = [...contracts.subgraphs.values()].find(({ name }) => name === "weft");
    if (!own) throw new Error("the contracts have no subgraph weft");
    this.#providers = new Map(
      [...contracts.subgraphs.values()]
        .filter((subgraph) => subgraph !== own)
        .map(({ name, provider }) => [name, provider]),
    );
    this.#schema = buildSubgraphSchema([{ typeDefs: parse(own.sdl), resolvers: resolvers as never }]);
  }

  /** Undefined for `weft` itself. */
  providerOf(subgraph: string): OrgId | undefined {
    return this.#providers.get(subgraph);
  }

  answer(
    fetch: PlannedFetch,
    variables: Readonly<Record<string, unknown>>,
    representations: readonly Record<string, unknown>[] | undefined,
    contextValue: ReferenceContext,
  ): ExecutionResult {
    let document = this.#documents.get(fetch);
    if (!document) this.#documents.set(fetch, (document = parse(fetch.text)));
    const variableValues = representations ? { ...variables, representations } : variables;
    return execute({ schema: this.#schema, document, variableValues, contextValue }) as ExecutionResult;
  }
}

const resolvers = {
  Query: {
    person: (_: unknown, { key }: { key: unknown }, { personOf }: ReferenceContext) => reference(personOf(key)),
    persons: (_: unknown, { keys }: { keys: readonly unknown[] }, { personOf }: ReferenceContext) =>
      keys.map((key) => reference(personOf(key))),
  },
  Person: {
    __resolveReference: ({ ref }: Reference) => reference(ref),
    id: ({ ref }: Reference, _: unknown, { idOf }: ReferenceContext) => idOf(ref),
  },
};

function reference(ref: CanonicalPerson): Reference {
  return { __typename: "Person", ref };
}
