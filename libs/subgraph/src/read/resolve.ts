import {
  execute,
  type ExecutionResult,
  type GraphQLField,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from "graphql";
import { type CanonicalPerson, type Code, codes, coordinate, type Coordinate, isCode, WeftError } from "#libs/terms";
import type { FieldConfig } from "./config.js";
import { Incomplete, Undecodable } from "./decode.js";
import { slotKey, tableTypeOf } from "./derive.js";
import type { Mapping } from "./mapping.js";
import type { Quality, ReadError, ReadPlan, Variables } from "./port.js";
import { isReference, namedTypeOf, PERSON, possibleTypes, unresolvedOf } from "./schema.js";
import type { ListRow, Texts, ValueRow } from "./source.js";
import type { Visibility } from "./visibility.js";

/** One person as execution meets them. `row` null: not available, for whatever reason. */
export interface PersonState {
  readonly person: CanonicalPerson;
  readonly visibility: Visibility;
  readonly row: ValueRow | null;
}

export interface PageState {
  readonly of: string;
  readonly states: readonly PersonState[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface Execution {
  readonly plan: ReadPlan;
  readonly schema: GraphQLSchema;
  readonly mapping: Mapping;
  /** Coerced. */
  readonly variables: Variables;
  /** Of `_entities`. */
  readonly states: readonly PersonState[];
  /** Of list entries, by slot key. */
  readonly pages: ReadonlyMap<string, PageState>;
  readonly refOf: (person: CanonicalPerson) => string;
  /** The page of a person's list; throws `VARIABLES_INVALID` where the cursor is not this person's. */
  readonly personPage: (key: string, person: CanonicalPerson, rows: readonly ListRow[]) => PersonPage;
  readonly today: string;
  /** The day of a register file, where the source is one. */
  readonly modified: string | undefined;
}

export interface PersonPage {
  readonly rows: readonly ListRow[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface Executed {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly ReadError[];
  readonly asOf: string | null;
  readonly quality: Quality | null;
  readonly unreadable: ReadonlyMap<Coordinate, number>;
}

interface Tally extends Execution {
  asOf: string | null;
  quality: Quality | null;
  readonly unreadable: Map<Coordinate, number>;
}

/** An object of a mapped type. */
interface Node {
  readonly __typename: string;
  readonly state: PersonState;
  readonly texts: Texts;
  readonly claim: Readonly<Record<string, unknown>>;
  /** Stands for an object that is not available, so that its finding can say so. */
  readonly placeholder: boolean;
}

interface Page {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** graphql-js over rows that are there already: aliases, fragments, conditions and null bubbling are its own. Never waits. */
export function executeRead(execution: Execution): Executed {
  const tally: Tally = { ...execution, asOf: null, quality: null, unreadable: new Map() };
  const result = execute({
    schema: execution.schema,
    document: execution.plan.document,
    contextValue: tally,
    variableValues: { ...execution.variables, representations: execution.states.map(() => ({ __typename: PERSON })) },
    fieldResolver: resolveField,
    typeResolver: (value: unknown) => (value as Node).__typename,
  }) as ExecutionResult;
  return {
    data: result.data ?? null,
    errors: (result.errors ?? []).map(readError),
    asOf: tally.asOf,
    quality: tally.quality,
    unreadable: tally.unreadable,
  };
}

/** graphql-js's own messages may repeat what a resolver returned: only ours leave. */
function readError(error: GraphQLError): ReadError {
  const { code, coordinate: at } = error.extensions;
  const known: Code = isCode(code) ? code : "SOURCE_INVALID";
  return {
    message: codes[known].message,
    path: error.path ?? [],
    extensions: typeof at === "string" ? { code: known, coordinate: at as Coordinate } : { code: known },
  };
}

function failure(code: Code, at: Coordinate): GraphQLError {
  return new GraphQLError(codes[code].message, { extensions: { code, coordinate: at } });
}

function resolveField(source: unknown, args: Record<string, unknown>, tally: Tally, info: GraphQLResolveInfo): unknown {
  const field = info.parentType.getFields()[info.fieldName];
  if (!field) return undefined;
  if (info.parentType === info.schema.getQueryType()) return root(tally, field, info);
  if (!isNode(source)) return (source as Record<string, unknown>)[info.fieldName];
  if (isReference(field)) return tally.refOf(source.state.person);
  const at = coordinate(info.parentType.name, info.fieldName);
  const mapping = tally.mapping.config.types[info.parentType.name]?.fields[info.fieldName];
  if (source.placeholder) return placeholderField(source, field, mapping, at, tally);
  if (!source.state.visibility.visible(at)) return notAvailable(source, field, at, tally, args);
  return mapping === undefined ? companion(source, at, tally) : mapped(source, mapping, field, args, at, tally, info);
}

function isNode(source: unknown): source is Node {
  return typeof source === "object" && source !== null && "placeholder" in source;
}

function root(tally: Tally, field: GraphQLField<unknown, unknown>, info: GraphQLResolveInfo): unknown {
  if (field.name === "_entities") return tally.states.map((state) => personNode(state));
  const fieldNode = info.fieldNodes[0];
  const page = fieldNode && tally.pages.get(slotKey(coordinate("Query", field.name), fieldNode));
  if (!page) return null;
  const nodes = page.states.flatMap((state) => {
    const item = state.row && objectNode(state, state.row, page.of, {}, tally);
    return item && item !== "duplicate" ? [item] : [];
  });
  return { nodes, pageInfo: { hasNextPage: page.hasNextPage, endCursor: page.endCursor } } satisfies Page;
}

function personNode(state: PersonState): Node {
  return { __typename: PERSON, state, texts: state.row?.own ?? {}, claim: {}, placeholder: false };
}

/** Null: the person is known and has no such record. `duplicate`: more than one, and the mapping does not say which. */
function objectNode(
  state: PersonState,
  row: ValueRow,
  type: string,
  claim: Node["claim"],
  tally: Tally,
): Node | null | "duplicate" {
  if (type === PERSON) return personNode(state);
  if (tableTypeOf(type, tally.mapping.config) === PERSON) return node(state, type, row.own, claim, tally);
  const joined = row.joined.get(type);
  if (!joined) return null;
  const unique = joined.rows === 1 || tally.mapping.config.types[type]?.duplicates !== "withhold";
  return unique ? node(state, type, joined.texts, claim, tally) : "duplicate";
}

function node(state: PersonState, type: string, texts: Texts, claim: Node["claim"], tally: Tally): Node {
  const asOf = tally.mapping.types.get(type)?.asOf(texts, tally.today, tally.modified) ?? null;
  if (asOf !== null && (tally.asOf === null || asOf < tally.asOf)) tally.asOf = asOf;
  return { __typename: type, state, texts, claim, placeholder: false };
}

/** The field's declared finding; an object that can carry one; else null with NOT_AVAILABLE. The same for every reason. */
function notAvailable(
  from: Node,
  field: GraphQLField<unknown, unknown>,
  at: Coordinate,
  tally: Tally,
  claim: Node["claim"],
): unknown {
  const unresolved = unresolvedOf(tally.schema, field);
  if (unresolved !== undefined) return unresolved;
  const [type] = possibleTypes(tally.schema, namedTypeOf(field));
  if (type && carriesFinding(type.name, tally)) {
    return { __typename: type.name, state: from.state, texts: {}, claim, placeholder: true } satisfies Node;
  }
  throw failure("NOT_AVAILABLE", at);
}

/** A property of the plan, not of the person. */
function carriesFinding(type: string, tally: Tally): boolean {
  const graphql = tally.schema.getType(type);
  if (!isObjectType(graphql)) return false;
  return Object.values(graphql.getFields()).some(
    (field) =>
      unresolvedOf(tally.schema, field) !== undefined && tally.plan.coordinates.has(coordinate(type, field.name)),
  );
}

function placeholderField(
  from: Node,
  field: GraphQLField<unknown, unknown>,
  mapping: FieldConfig | undefined,
  at: Coordinate,
  tally: Tally,
): unknown {
  if (mapping && "value" in mapping) return mapping.value;
  const otherwise = tally.mapping.types.get(from.__typename)?.otherwise;
  if (field.name === "quality" && otherwise) return otherwise;
  return notAvailable(from, field, at, tally, from.claim);
}

function companion(from: Node, at: Coordinate, tally: Tally): unknown {
  const type = tally.mapping.types.get(from.__typename);
  if (at.endsWith(".asOf")) return type?.asOf(from.texts, tally.today, tally.modified) ?? null;
  if (!at.endsWith(".quality")) return null;
  const quality = type?.quality(from.texts) ?? null;
  if (quality !== null && (tally.quality === null || rank[quality] > rank[tally.quality])) tally.quality = quality;
  return quality;
}

const rank: Record<Quality, number> = { VERIFIED: 0, DECLARED: 1, DISPUTED: 2 };

function mapped(
  from: Node,
  mapping: FieldConfig,
  field: GraphQLField<unknown, unknown>,
  args: Record<string, unknown>,
  at: Coordinate,
  tally: Tally,
  info: GraphQLResolveInfo,
): unknown {
  const { row } = from.state;
  const fieldNode = info.fieldNodes[0];
  if (!row || !fieldNode) throw failure("NOT_AVAILABLE", at);
  if ("exists" in mapping) return row.exists.get(slotKey(at, fieldNode)) ? mapping.found : mapping.none;
  if ("list" in mapping) return personList(from, row, slotKey(at, fieldNode), mapping.list.of, at, tally);
  if (!("type" in mapping)) return readValue(from, args, at, tally);
  const object = objectNode(from.state, row, mapping.type, args, tally);
  return object === "duplicate" ? notAvailable(from, field, at, tally, args) : object;
}

function personList(from: Node, row: ValueRow, key: string, of: string, at: Coordinate, tally: Tally): Page {
  try {
    const { rows, hasNextPage, endCursor } = tally.personPage(key, from.state.person, row.lists.get(key) ?? []);
    return {
      nodes: rows.map((each) => node(from.state, of, each.texts, {}, tally)),
      pageInfo: { hasNextPage, endCursor },
    };
  } catch (error) {
    throw failure(error instanceof WeftError ? error.code : "SOURCE_INVALID", at);
  }
}

function readValue(from: Node, args: Record<string, unknown>, at: Coordinate, tally: Tally): unknown {
  const read = tally.mapping.types.get(from.__typename)?.fields.get(at.slice(at.indexOf(".") + 1));
  try {
    return read?.(from.texts, { arguments: args, claim: from.claim, today: tally.today }) ?? null;
  } catch (error) {
    if (error instanceof Incomplete) throw failure("SOURCE_UNAVAILABLE", at);
    if (!(error instanceof Undecodable)) throw failure("INTERNAL", at);
    tally.unreadable.set(at, (tally.unreadable.get(at) ?? 0) + 1);
    throw failure("SOURCE_INVALID", at);
  }
}
