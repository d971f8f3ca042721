import fc from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { type Coordinate, coordinate } from "#libs/terms";

/**
 * Questions that nobody thought of: any fields of the public schema at any depth, under aliases, in fragments on types and interfaces,
 * behind `@skip` and `@include`, with arguments of every declared kind.
 */
export interface GeneratedQuestion {
  readonly query: string;
  readonly fields: readonly GeneratedField[];
}

export interface GeneratedField {
  readonly coordinate: Coordinate;
  readonly responseName: string;
  readonly text: string;
  readonly children: readonly GeneratedField[];
}

const DEPTH = 5;
/** A question with more is refused whole. */
const MOST_ALIASES = 30;

/** `roots` writes the arguments of the fields of `Query`. */
export function questions(
  schema: GraphQLSchema,
  roots: Readonly<Record<string, fc.Arbitrary<string>>>,
): fc.Arbitrary<GeneratedQuestion> {
  const query = schema.getQueryType()!;
  const entries = Object.keys(roots).map((name) => rootField(schema, query, name, roots[name]!));
  return fc
    .oneof(...entries)
    .map((field) => ({ query: `query Generated { ${field.text} }`, fields: [field] }))
    .filter(({ query }) => (query.match(/\b[abc]_\w+:/g) ?? []).length <= MOST_ALIASES);
}

function rootField(
  schema: GraphQLSchema,
  query: GraphQLObjectType,
  name: string,
  args: fc.Arbitrary<string>,
): fc.Arbitrary<GeneratedField> {
  const field = query.getFields()[name]!;
  return fc
    .tuple(args, selections(schema, getNamedType(field.type) as GraphQLObjectType, DEPTH))
    .map(([given, below]) => ({
      coordinate: coordinate("Query", name),
      responseName: name,
      text: `${name}(${given}) ${below.text}`,
      children: below.fields,
    }));
}

interface Selections {
  readonly text: string;
  readonly fields: readonly GeneratedField[];
}

function selections(schema: GraphQLSchema, type: GraphQLObjectType, depth: number): fc.Arbitrary<Selections> {
  const offered = Object.values(type.getFields()).filter((field) => depth > 1 || isLeafType(getNamedType(field.type)));
  if (offered.length === 0) return fc.constant({ text: "{ __typename }", fields: [] });
  return fc
    .subarray(offered, { minLength: Math.min(3, offered.length), maxLength: Math.min(6, offered.length) })
    .chain((chosen) => fc.tuple(...chosen.map((field) => fieldOf(schema, type, field, depth))))
    .map((fields) => ({ text: `{ ${fields.map(({ text }) => text).join(" ")} }`, fields }));
}

function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  depth: number,
): fc.Arbitrary<GeneratedField> {
  const named = getNamedType(field.type);
  const below: fc.Arbitrary<Selections> = isObjectType(named)
    ? selections(schema, named, depth - 1)
    : fc.constant({ text: "", fields: [] });
  const holders = [type, ...type.getInterfaces().filter((held) => field.name in held.getFields())];
  return fc
    .record({
      below,
      args: argumentsOf(field.args),
      alias: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined, freq: 4 }),
      wrapped: fc.option(fc.constantFrom<GraphQLObjectType | GraphQLInterfaceType>(...holders), {
        nil: undefined,
        freq: 3,
      }),
      condition: fc.option(fc.constantFrom("@include(if: true)", "@include(if: false)", "@skip(if: false)"), {
        nil: undefined,
        freq: 4,
      }),
    })
    .map(({ below, args, alias, wrapped, condition = "" }) => {
      const responseName = alias === undefined ? field.name : `${alias}_${field.name}`;
      const name = alias === undefined ? field.name : `${responseName}: ${field.name}`;
      const text = `${name}${args} ${condition} ${below.text}`;
      return {
        coordinate: coordinate(type.name, field.name),
        responseName,
        text: wrapped === undefined ? text : `... on ${wrapped.name} { ${text} }`,
        children: below.fields,
      };
    });
}

function argumentsOf(args: readonly GraphQLArgument[]): fc.Arbitrary<string> {
  const given = args.filter(({ name, type }) => isNonNullType(type) || name !== "after");
  if (given.length === 0) return fc.constant("");
  return fc
    .tuple(...given.map(({ name, type }) => literal(type).map((text) => `${name}: ${text}`)))
    .map((texts) => `(${texts.join(", ")})`);
}

function literal(type: GraphQLInputType): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (isEnumType(named)) return fc.constantFrom(...named.getValues().map(({ name }) => name));
  if (isInputObjectType(named)) {
    const members = Object.values(named.getFields());
    return fc
      .subarray(members)
      .chain((chosen) =>
        fc.tuple(...chosen.map((member) => literal(member.type).map((text) => `${member.name}: ${text}`))),
      )
      .map((texts) => `{ ${texts.join(", ")} }`);
  }
  if (named.name === "Int") return fc.integer({ min: 1, max: 3 }).map(String);
  if (named.name === "Date") return fc.constant('"2026-10-01"');
  return fc.constantFrom('"Amara Tessel"', '"QV-3-07"');
}

/** Coordinates of which the answer holds a value, wherever it stands. A null is no value, nor is an object of nothing but nulls. */
export function valuedCoordinates(fields: readonly GeneratedField[], data: unknown): Set<Coordinate> {
  const found = new Set<Coordinate>();
  const look = (field: GeneratedField, value: unknown): boolean => {
    if (Array.isArray(value)) return value.map((item) => look(field, item)).some(Boolean);
    if (value === null || value === undefined) return false;
    const holds =
      typeof value !== "object" || field.children.map((child) => look(child, memberOf(value, child))).some(Boolean);
    if (holds) found.add(field.coordinate);
    return holds;
  };
  for (const field of fields) look(field, memberOf(data, field));
  return found;
}

function memberOf(value: unknown, { responseName }: GeneratedField): unknown {
  return (value as Readonly<Record<string, unknown>> | null)?.[responseName];
}
