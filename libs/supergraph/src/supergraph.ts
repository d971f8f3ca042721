import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph as Composed } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { type Coordinate, WeftError } from "#libs/terms";
import { type GraphQLSchema, getNamedType, isObjectType, parse } from "graphql";
import { LRUCache } from "lru-cache";
import { type JoinFacts, readJoinFacts } from "./join.js";
import type { PreparedOperation } from "./operation.js";
import type { CompiledPlan, PlannedFetch } from "./plan.js";

/** How values of one scalar change at the border to a subgraph. May throw: the fetch's answer is then not usable. */
export interface ScalarTranslation {
  receive(value: unknown, fetch: PlannedFetch): unknown;
  send(value: unknown, fetch: PlannedFetch): unknown;
}

export interface SupergraphOptions {
  /**
   * By scalar name. Fields of these scalars are references that join subgraphs, not data: no caller can ask for them (they
   * are `@inaccessible`), so nobody judges them, and they may always be fetched and handed over, translated.
   */
  readonly scalars?: Readonly<Record<string, ScalarTranslation>>;
  /** How many operations and how many plans are kept. */
  readonly cached?: number;
}

/**
 * A composed supergraph, ready to plan: the API schema that callers see, the planner, and whose each coordinate is.
 *
 * Its caches hold operations and plans by shape alone. Literals were lifted out before anything is kept, and a text that
 * held one is never a key.
 */
export class Supergraph {
  /** What callers may see. */
  readonly schema: GraphQLSchema;
  /** With `@inaccessible` elements: what fetches are written in. */
  readonly full: GraphQLSchema;
  readonly composed: Composed;
  readonly planner: QueryPlanner;
  readonly join: JoinFacts;
  readonly scalars: ReadonlyMap<string, ScalarTranslation>;
  readonly byText: LRUCache<string, PreparedOperation>;
  readonly byCanonicalText: LRUCache<string, PreparedOperation>;
  readonly plans: LRUCache<string, CompiledPlan>;

  constructor(supergraphSdl: string, options: SupergraphOptions = {}) {
    this.composed = Composed.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES });
    this.schema = this.composed.apiSchema().toGraphQLJSSchema();
    this.full = this.composed.schema.toGraphQLJSSchema();
    this.planner = new QueryPlanner(this.composed);
    this.join = readJoinFacts(parse(supergraphSdl, { noLocation: true }), this.full);
    this.scalars = new Map(Object.entries(options.scalars ?? {}));
    const max = options.cached ?? 1000;
    this.byText = new LRUCache({ max });
    this.byCanonicalText = new LRUCache({ max });
    this.plans = new LRUCache({ max });
    refuseInheritedNames(this.full);
  }

  /** The names of the subgraphs that resolve a coordinate; none where it does not exist. */
  ownerOf(at: Coordinate): readonly string[] {
    return [...(this.join.owners.get(at) ?? [])];
  }

  /** A reference that joins subgraphs: see `SupergraphOptions.scalars`. */
  isReference(at: Coordinate): boolean {
    return this.translatedScalar(at) !== undefined;
  }

  translatedScalar(at: Coordinate): string | undefined {
    if (this.scalars.size === 0) return undefined;
    const [typeName = "", fieldName = ""] = at.split(".");
    const type = this.full.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    const name = field && getNamedType(field.type).name;
    return name !== undefined && this.scalars.has(name) ? name : undefined;
  }

  /** Every key coordinate of an object type, in any subgraph, without references. */
  keysOf(typeName: string): readonly Coordinate[] {
    const keys = [...(this.join.keys.get(typeName)?.values() ?? [])].flatMap((ofSubgraph) => [...ofSubgraph]);
    return keys.filter((at) => !this.isReference(at));
  }
}

/** Answers are plain objects: a field called `constructor` would be found where none was sent. */
function refuseInheritedNames(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const inherited = Object.keys(type.getFields()).find((name) => name in Object.prototype);
    if (inherited !== undefined) {
      throw new WeftError("CONTRACT_INVALID", { detail: `${type.name}.${inherited} has a name that objects inherit` });
    }
  }
}
