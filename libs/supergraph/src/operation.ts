import { type Coordinate, coordinate, type Digest, digestOf, WeftError } from "#libs/terms";
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
  Kind,
} from "graphql";
import { concreteTypes, fieldOf, type Fragments, visitFields } from "./concrete.js";
import { liftLiterals, type Lifted } from "./lift.js";
import {
  assertWithin,
  defaultLimits,
  type Measure,
  measureOperation,
  type OperationLimits,
  tooComplex,
} from "./limits.js";
import { explainRefusal, invalid, isValidOperation } from "./refusal.js";
import type { Supergraph } from "./supergraph.js";
import { type ArgumentReader, argumentReaders, type ArgumentUse, argumentUses, touchedCoordinates } from "./touched.js";

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface Root {
  readonly field: string;
  readonly coordinate: Coordinate;
  readonly responseName: string;
  /** Coerced, with the schema's defaults. */
  readonly arguments: (variables: Variables) => Readonly<Record<string, unknown>>;
}

/** What is kept of an operation: its shape, and nothing that a caller gave as a value. */
export interface PreparedOperation {
  /** Of `text`. */
  readonly digest: Digest;
  /** Canonical: literals lifted, then graphql-js `stripIgnoredCharacters`. */
  readonly text: string;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly name: string | undefined;
  readonly measure: Measure;
  readonly touched: ReadonlySet<Coordinate>;
  readonly argumentReaders: readonly ArgumentReader[];
  readonly roots: readonly Root[];
  /** Variables that `@skip` and `@include` read. */
  readonly conditions: readonly string[];
  /** Asks about the schema alone; see introspection.ts. */
  readonly introspection: boolean;
}

/** One request's operation. `variables` holds values: it lives as long as the request and is never kept or printed. */
export interface Operation extends PreparedOperation {
  readonly variables: Variables;
  readonly arguments: readonly ArgumentUse[];
}

/**
 * Body to operation: limited, parsed, validated, literals lifted, variables coerced.
 *
 * Throws OPERATION_INVALID, OPERATION_TOO_COMPLEX, VARIABLES_INVALID or REQUEST_MALFORMED with a safe sentence.
 */
export function resolveOperation(
  supergraph: Supergraph,
  request: OperationRequest,
  limits: OperationLimits = defaultLimits,
): Operation {
  const given = variablesOf(request);
  const { prepared, lifted } = prepare(supergraph, request, limits);
  assertWithin(prepared.measure, limits, prepared.introspection);
  if (typeof request.operationName === "string" && request.operationName !== prepared.name) {
    throw invalid("The operation that is named is not in the document.");
  }
  if (prepared.introspection && !limits.introspection) throw invalid("The schema is not told here.");
  const variables = coerceVariables(supergraph, prepared, given, lifted);
  return { ...prepared, variables, arguments: argumentUses(prepared.argumentReaders, variables) };
}

/** An operation as it is registered: its shape, before anybody asks by it. Throws as `resolveOperation` does. */
export function prepareOperation(supergraph: Supergraph, query: string): PreparedOperation {
  const { prepared } = prepare(supergraph, { query }, defaultLimits);
  assertWithin(prepared.measure, defaultLimits, prepared.introspection);
  return prepared;
}

function variablesOf({ query, operationName, variables }: OperationRequest): Variables {
  const named = operationName === undefined || operationName === null || typeof operationName === "string";
  if (typeof query !== "string" || !named) throw new WeftError("REQUEST_MALFORMED");
  const given: unknown = variables ?? {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new WeftError("VARIABLES_INVALID");
  return given as Variables;
}

interface Preparation {
  readonly prepared: PreparedOperation;
  readonly lifted: Lifted | undefined;
}

/** A text serves as a key only where nothing had to be lifted and nothing is a comment: nobody's data is kept as a key. */
function prepare(supergraph: Supergraph, { query }: OperationRequest, limits: OperationLimits): Preparation {
  const known = supergraph.byText.get(query);
  if (known) return { prepared: known, lifted: undefined };
  if (Buffer.byteLength(query) > limits.bytes) throw tooComplex(`The operation is longer than ${limits.bytes} bytes.`);
  const document = parseDocument(query, limits);
  const operation = onlyOperation(document);
  const measure = measureOperation(document, operation);
  const introspection = asksAboutSchema(document, operation);
  assertWithin(measure, limits, introspection);
  refuseNames(document, limits);
  const lifted = liftLiterals(supergraph.schema, document, operation);
  if (!lifted) throw explainRefusal(supergraph.schema, document);
  const text = stripIgnoredCharacters(print(lifted.document));
  let prepared = supergraph.byCanonicalText.get(text);
  if (!prepared) {
    if (!isValidOperation(supergraph.schema, lifted.document)) throw explainRefusal(supergraph.schema, document);
    prepared = describe(supergraph, text, measure, introspection);
    supergraph.byCanonicalText.set(text, prepared);
  }
  if (lifted.unchanged && !query.includes("#")) supergraph.byText.set(query, prepared);
  return { prepared, lifted };
}

function parseDocument(query: string, limits: OperationLimits): DocumentNode {
  try {
    return parse(query, { maxTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw new WeftError("OPERATION_INVALID");
    if (error.message.includes(`more that ${limits.tokens} tokens`)) {
      throw tooComplex(`The operation has more than ${limits.tokens} tokens.`);
    }
    throw invalid("The operation is not well-formed GraphQL.", error);
  }
}

function onlyOperation(document: DocumentNode): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operations.length !== 1 || !operation) throw invalid("Send exactly one operation a request.");
  if (
    document.definitions.some(({ kind }) => kind !== Kind.OPERATION_DEFINITION && kind !== Kind.FRAGMENT_DEFINITION)
  ) {
    throw invalid("Send operations and fragments only.");
  }
  if (operation.operation !== OperationTypeNode.QUERY) throw invalid("Only queries are answered.");
  return operation;
}

function asksAboutSchema(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const names = rootNames(document, operation.selectionSet.selections, new Set());
  const meta = names.filter((name) => name === "__schema" || name === "__type");
  if (meta.length === 0) return false;
  if (names.some((name) => !name.startsWith("__"))) throw invalid("Ask about the schema in a request of its own.");
  return true;
}

function rootNames(
  document: DocumentNode,
  selections: OperationDefinitionNode["selectionSet"]["selections"],
  seen: Set<string>,
): readonly string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootNames(document, selection.selectionSet.selections, seen);
    const name = selection.name.value;
    if (seen.has(name)) return [];
    seen.add(name);
    const fragment = document.definitions.find(
      (found): found is FragmentDefinitionNode => found.kind === Kind.FRAGMENT_DEFINITION && found.name.value === name,
    );
    return fragment ? rootNames(document, fragment.selectionSet.selections, seen) : [];
  });
}

/** Names that a caller chooses travel far: into plans, fetches and records. */
function refuseNames(document: DocumentNode, limits: OperationLimits): void {
  const digits = new RegExp(`[0-9]{${limits.digits + 1}}`);
  const check = (name: string | undefined): void => {
    if (name === undefined) return;
    if (name.startsWith("__") || name in Object.prototype || name === "representations") {
      throw invalid("A name is reserved.");
    }
    if (digits.test(name.replaceAll("_", "")))
      throw invalid(`A name holds more than ${limits.digits} digits in a row.`);
  };
  visit(document, {
    Field: (node) => check(node.alias?.value),
    VariableDefinition: (node) => check(node.variable.name.value),
    OperationDefinition: (node) => check(node.name?.value),
    FragmentDefinition: (node) => check(node.name.value),
  });
}

function describe(supergraph: Supergraph, text: string, measure: Measure, introspection: boolean): PreparedOperation {
  const document = parse(text, { noLocation: true });
  const definition = onlyOperation(document);
  const fragments = fragmentsOf(document);
  return {
    digest: digestOf(text),
    text,
    document,
    definition,
    fragments,
    name: definition.name?.value,
    measure,
    touched: introspection ? new Set() : touchedCoordinates(supergraph, definition, fragments),
    argumentReaders: introspection ? [] : argumentReaders(supergraph, definition, fragments),
    roots: introspection ? [] : rootsOf(supergraph, definition, fragments),
    conditions: conditionVariables(document),
    introspection,
  };
}

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

function rootsOf(supergraph: Supergraph, operation: OperationDefinitionNode, fragments: Fragments): readonly Root[] {
  const roots = new Map<string, Root>();
  const query = concreteTypes(supergraph.schema, "Query");
  visitFields(supergraph.schema, operation.selectionSet, query, fragments, ({ field, types, depth }) => {
    const definition = depth === 0 && fieldOf(types, field.name.value);
    if (!definition) return;
    const responseName = responseNameOf(field);
    roots.set(responseName, {
      field: field.name.value,
      coordinate: coordinate("Query", field.name.value),
      responseName,
      arguments: (variables) => getArgumentValues(definition, field, variables),
    });
  });
  return [...roots.values()];
}

export function responseNameOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** After lifting, each `if:` is a variable. */
export interface Condition {
  readonly variable: string;
  /** True for `@include`, false for `@skip`: what the variable must be for the selection to stand. */
  readonly is: boolean;
}

export function conditionsOf(directives: readonly DirectiveNode[] | undefined): readonly Condition[] {
  return (directives ?? []).flatMap((directive) => {
    const name = directive.name.value;
    const value = directive.arguments?.find((argument) => argument.name.value === "if")?.value;
    if ((name !== "include" && name !== "skip") || value?.kind !== Kind.VARIABLE) return [];
    return [{ variable: value.name.value, is: name === "include" }];
  });
}

function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: (node) => {
      for (const { variable } of conditionsOf([node])) names.add(variable);
    },
  });
  return [...names];
}

function coerceVariables(
  supergraph: Supergraph,
  prepared: PreparedOperation,
  given: Variables,
  lifted: Lifted | undefined,
): Variables {
  const definitions = prepared.definition.variableDefinitions ?? [];
  const values: Record<string, unknown> = {};
  for (const definition of definitions) {
    const name = definition.variable.name.value;
    const source = [lifted?.values, given, lifted?.defaults].find((from) => from && Object.hasOwn(from, name));
    if (source) values[name] = source[name];
  }
  const { coerced, errors } = getVariableValues(supergraph.schema, definitions, values, {
    maxErrors: 1,
    hideSuggestions: true,
  });
  if (coerced) return coerced;
  throw refusedVariable(errors);
}

/** Names the caller's variable; what was wrong with its value is not repeated. */
function refusedVariable(errors: readonly GraphQLError[] | undefined): WeftError {
  const node = errors?.[0]?.nodes?.[0];
  if (node?.kind !== Kind.VARIABLE_DEFINITION) return new WeftError("VARIABLES_INVALID");
  return new WeftError("VARIABLES_INVALID", {
    message: `The variable $${node.variable.name.value} is missing or does not fit its type.`,
  });
}
