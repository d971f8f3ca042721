import {
  type DocumentNode,
  getArgumentValues,
  getNamedType,
  getVariableValues,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  validate,
} from "graphql";
import { digestOf, WeftError } from "#libs/terms";
import type { AdapterConfig } from "./config.js";
import { deriveNeeds } from "./derive.js";
import type { PlanQuestion, ReadPlan, Variables } from "./port.js";
import { planShape } from "./visibility.js";
import { type Visit, visitsOf } from "./walk.js";

const ENTITIES = "_entities";
const MAX_TOKENS = 4000;

/**
 * What a gateway's fetch asks, by this adapter's own parser. Throws `OPERATION_INVALID`: not one query, not valid here, entities
 * and lists mixed, representations that are not the variable of that name, `_service` or introspection.
 */
export function compileRead(text: string, schema: GraphQLSchema, config: AdapterConfig): ReadPlan {
  const document = parseFetch(text, schema);
  const operation = onlyQuery(document);
  const all = visitsOf(schema, document, operation);
  const roots = all.filter((visit) => visit.type === schema.getQueryType());
  const kind = kindOf(roots);
  const visits = all.filter((visit) => visit.field.name !== ENTITIES || visit.type !== schema.getQueryType());
  const needs = deriveNeeds(visits, schema, config);
  const coordinates = new Set(visits.map((visit) => visit.coordinate));
  return {
    text,
    digest: digestOf(text),
    kind,
    coordinates,
    touched: new Set([...coordinates, ...needs.entries.flatMap((entry) => [...entry.touches])]),
    entries: kind === "lists" ? [...new Set(roots.map((visit) => visit.coordinate))] : [],
    question: (variables) => questionOf(visits, roots, kind, coerced(schema, operation, variables)),
    coerce: (variables) => coerced(schema, operation, variables),
    document,
    needs,
    shape: planShape(visits, schema),
  };
}

function parseFetch(text: string, schema: GraphQLSchema): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(text, { noLocation: true, maxTokens: MAX_TOKENS });
  } catch {
    throw new WeftError("OPERATION_INVALID", { detail: "the fetch does not parse" });
  }
  // The messages of validation may repeat literals of the text: only their number is kept.
  const problems = validate(schema, document, undefined, { maxErrors: 10 });
  if (problems.length > 0)
    throw new WeftError("OPERATION_INVALID", { detail: `${problems.length} problems of validation` });
  return document;
}

function onlyQuery(document: DocumentNode): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operations.length !== 1 || operation?.operation !== OperationTypeNode.QUERY) {
    throw new WeftError("OPERATION_INVALID", { detail: "not exactly one query" });
  }
  return operation;
}

function kindOf(roots: readonly Visit[]): ReadPlan["kind"] {
  const entities = roots.filter((visit) => visit.field.name === ENTITIES);
  if (entities.length === 0 && roots.length > 0 && roots.every((visit) => visit.field.name !== "_service"))
    return "lists";
  if (entities.length === 0 || entities.length < roots.length || !entities.every(takesTheVariable)) {
    throw new WeftError("OPERATION_INVALID", { detail: "neither entities by variable nor lists alone" });
  }
  return "entities";
}

function takesTheVariable(visit: Visit): boolean {
  const value = visit.node.arguments?.find((argument) => argument.name.value === "representations")?.value;
  return value?.kind === Kind.VARIABLE && value.name.value === "representations";
}

/** The variables at their declared types, defaults filled in. Representations stay outside: they are persons. */
function coerced(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Variables): Variables {
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], { ...variables, representations: [] });
  if (!result.coerced) throw new WeftError("VARIABLES_INVALID");
  return result.coerced;
}

function questionOf(
  visits: readonly Visit[],
  roots: readonly Visit[],
  kind: ReadPlan["kind"],
  variables: Variables,
): PlanQuestion {
  const entries =
    kind === "entities" ? [] : roots.map((visit) => ({ entry: visit.coordinate, first: firstOf(visit, variables) }));
  return { arguments: visits.flatMap((visit) => argumentsOf(visit, variables)), entries };
}

function firstOf(visit: Visit, variables: Variables): number {
  const first = argumentValues(visit, variables)["first"];
  if (typeof first !== "number" || first < 1)
    throw new WeftError("VARIABLES_INVALID", { message: "`first` is 1 or more." });
  return first;
}

/**
 * The arguments in the text, and on fields that are not entries also the defaults of enum arguments that it leaves out: a default
 * threshold is a threshold.
 */
function argumentsOf(visit: Visit, variables: Variables): PlanQuestion["arguments"] {
  const given = new Set(visit.node.arguments?.map((argument) => argument.name.value));
  const values = argumentValues(visit, variables);
  const entry = visit.type.name === "Query";
  return visit.field.args
    .filter(
      (argument) =>
        given.has(argument.name) || (!entry && isEnum(argument.type) && argument.defaultValue !== undefined),
    )
    .map((argument) => ({
      argument: `${visit.coordinate}(${argument.name}:)`,
      values: isEnum(argument.type) ? enumValues(values[argument.name]) : null,
    }));
}

function isEnum(type: GraphQLInputType): boolean {
  return isEnumType(getNamedType(type));
}

function enumValues(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(enumValues);
  return typeof value === "string" ? [value] : [];
}

/** A field's arguments under these variables, coerced. Throws `VARIABLES_INVALID`, without a word of theirs. */
export function argumentValues(
  visit: Pick<Visit, "field" | "node">,
  variables: Variables,
): Readonly<Record<string, unknown>> {
  let values: Readonly<Record<string, unknown>>;
  try {
    values = getArgumentValues(visit.field, visit.node, variables);
  } catch {
    throw new WeftError("VARIABLES_INVALID");
  }
  if (holdsNul(values)) throw new WeftError("VARIABLES_INVALID", { detail: "a text holds a NUL" });
  return values;
}

/** No system keeps such a text, and some take the question for a broken one. */
function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  return typeof value === "object" && value !== null && Object.values(value).some(holdsNul);
}
