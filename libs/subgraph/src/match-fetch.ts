import { getNamedType, type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import { type CanonicalPerson, type Coordinate, coordinate, digestOf, type SubjectRef, WeftError } from "#libs/terms";
import { assertRecordedArguments } from "./arguments.js";
import type { Representation } from "./fetch-request.js";
import type { PersonSeals } from "./person-seals.js";
import type { PlanQuestion, ReadPlan } from "./read/port.js";
import type { RecordedRequest } from "./verify-record.js";

declare const matched: unique symbol;
/** What was sent is what was recorded: text, arguments, coordinates, inputs, persons, list. Only `matchFetch` makes one. */
export interface MatchedFetch extends RecordedRequest {
  readonly plan: ReadPlan;
  readonly question: PlanQuestion;
  /** In the order of the representations. Empty for lists. */
  readonly persons: readonly CanonicalPerson[];
  readonly refs: readonly SubjectRef[];
  readonly [matched]: true;
}

export interface FetchReader {
  readonly schema: GraphQLSchema;
  /** This adapter's own parser; nobody else's list of coordinates is believed. */
  readonly compile: (text: string) => ReadPlan;
}

/** Throws NOT_RECORDED. A text that was not recorded is not even parsed. */
export function matchFetch(recorded: RecordedRequest, reader: FetchReader, seals: PersonSeals): MatchedFetch {
  const { request, fetch, record } = recorded;
  if (digestOf(request.query) !== fetch.text) throw notRecorded("the text is not the recorded one");
  assertRecordedArguments(fetch.args, request.argsKey, request.variables);
  const plan = reader.compile(request.query);
  assertRecordedCoordinates(plan.coordinates, new Set(fetch.coordinates));
  assertRecordedInputs(request.representations, new Set(fetch.inputs), reader.schema);
  const question = plan.question(request.variables);
  if (plan.kind === "lists") assertRecordedList(recorded, question);
  if ((plan.kind === "lists") !== (request.representations.length === 0))
    throw notRecorded("persons and text disagree");
  const refs = request.representations.map(({ ref }) => ref as SubjectRef);
  const persons = refs.map((ref) => openRecorded(ref, record.subjects, seals));
  return { ...recorded, plan, question, persons, refs } as unknown as MatchedFetch;
}

function assertRecordedCoordinates(touched: ReadonlySet<Coordinate>, allowed: ReadonlySet<Coordinate>): void {
  for (const one of touched) if (!allowed.has(one)) throw notRecorded(`${one} is not among the recorded coordinates`);
}

function openRecorded(ref: SubjectRef, subjects: ReadonlySet<SubjectRef>, seals: PersonSeals): CanonicalPerson {
  const person = subjects.has(ref) ? seals.find(ref) : undefined;
  if (person === undefined) throw notRecorded("a person is not among the recorded ones");
  return person;
}

/** One list a record: its scope says which, and how many rows at most. */
function assertRecordedList({ record }: RecordedRequest, { entries }: PlanQuestion): void {
  const { scope } = record.section;
  const [asked, ...others] = entries;
  if (!scope || !asked || others.length > 0 || asked.entry !== scope.entry)
    throw notRecorded("the list is not recorded");
  if (asked.first > scope.maxRows) throw notRecorded("more rows than recorded");
}

/** Whatever a representation holds beside the key came from another ministry: only what was recorded may come along. */
function assertRecordedInputs(
  representations: readonly Representation[],
  allowed: ReadonlySet<Coordinate>,
  schema: GraphQLSchema,
): void {
  for (const { ref: _, ...inputs } of representations) assertInputs(inputs, "Person", allowed, schema);
}

function assertInputs(value: unknown, typeName: string, allowed: ReadonlySet<Coordinate>, schema: GraphQLSchema): void {
  if (Array.isArray(value)) return value.forEach((item) => assertInputs(item, typeName, allowed, schema));
  if (typeof value !== "object" || value === null) return;
  const { __typename = typeName, ...members } = value as Record<string, unknown>;
  const type = typeof __typename === "string" ? schema.getType(__typename) : undefined;
  for (const [name, member] of Object.entries(members)) {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (!field || !allowed.has(coordinate(String(__typename), name))) throw notRecorded("an input is not recorded");
    assertInputs(member, getNamedType(field.type).name, allowed, schema);
  }
}

function notRecorded(detail: string): WeftError {
  return new WeftError("NOT_RECORDED", { detail });
}
