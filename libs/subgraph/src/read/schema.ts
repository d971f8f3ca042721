import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
} from "graphql";

/** The GraphQL name of the type that all subgraphs share, and of the scalar that its reference has. */
export const PERSON = "Person";
const PERSON_REF = "PersonRef";

/**
 * The schema that a ministry executes: its federation SDL with `_entities`, and no resolver at all. Every value comes from the
 * rows that were read before execution began.
 */
export function subgraphSchema(sdl: string): GraphQLSchema {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) delete field.resolve;
  for (const type of Object.values(schema.getTypeMap())) if (isUnionType(type)) type.resolveType = undefined;
  return schema;
}

/** The object types that a value of this type can be, in this subgraph. */
export function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isInterfaceType(type) || isUnionType(type) ? schema.getPossibleTypes(type) : [];
}

export function namedTypeOf(field: GraphQLField<unknown, unknown>): GraphQLNamedType {
  return getNamedType(field.type);
}

/** `Person.ref`: neither mapped nor granted; it repeats a reference that the gateway has already. */
export function isReference(field: GraphQLField<unknown, unknown>): boolean {
  return namedTypeOf(field).name === PERSON_REF || field.name === "ref";
}

/** A classed field of class P1 or higher: a value of a person, or what leads to some. P0 comes along with its type. */
export function isPersonal(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): boolean {
  const found = directive(schema, field, "personal")?.["class"];
  return found !== undefined && found !== "P0";
}

/** What the field answers where a person is not resolved or is withheld: `@finding(unresolved:)`. */
export function unresolvedOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): string | undefined {
  const value = directive(schema, field, "finding")?.["unresolved"];
  return typeof value === "string" ? value : undefined;
}

function directive(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, name: string) {
  const definition = schema.getDirective(name);
  return definition && field.astNode ? getDirectiveValues(definition, field.astNode) : undefined;
}
