import type { GraphQLSchema } from "graphql";
import { type CanonicalPerson, WeftError } from "#libs/terms";
import type { CursorSealer } from "./cursor.js";
import { dayAt } from "./date-format.js";
import { type Identified, identify, identifiersOf, readableKeys } from "./identify.js";
import { type ListedPage, listPage } from "./list-page.js";
import type { Mapping } from "./mapping.js";
import type { ReadPlan, ReadRequest, ReadResult } from "./port.js";
import { executeRead, type Execution, type PageState, type PersonPage, type PersonState } from "./resolve.js";
import { PERSON } from "./schema.js";
import { bindingOf, openSlots, type OpenSlot, type SlotContext } from "./slots.js";
import type { ListRow, Source, ValueRow } from "./source.js";
import { nothingVisible, type Visibility, visibilityOf } from "./visibility.js";

export interface Reader {
  readonly schema: GraphQLSchema;
  readonly mapping: Mapping;
  readonly source: Source;
  readonly cursors: CursorSealer;
}

/**
 * One fetch: identify → withhold → values → execute. Each question to the source is one call whatever the number of persons, and
 * is made whether or not anybody is withheld: only keys differ.
 */
export async function read(reader: Reader, plan: ReadPlan, request: ReadRequest): Promise<ReadResult> {
  const context: SlotContext = {
    plan,
    request,
    mapping: reader.mapping,
    cursors: reader.cursors,
    variables: plan.coerce(request.variables),
    today: dayAt(request.now, reader.mapping.config.source.timezone),
  };
  return plan.kind === "entities" ? readEntities(reader, context) : readLists(reader, context);
}

async function readEntities(reader: Reader, context: SlotContext): Promise<ReadResult> {
  const { request, plan } = context;
  const slots = openSlots(context);
  if (plan.coordinates.size === 0 || request.persons.length === 0) {
    const states = request.persons.map((person) => ({ person, visibility: nothingVisible, row: null }));
    return resultOf(reader, context, slots, states, new Map(), []);
  }
  const people = await identify(reader.source, reader.mapping, request.persons, request.signal);
  const visibilities = await judge(context, people);
  const states = await valuesOf(reader, context, slots, people, visibilities, people.length);
  return resultOf(reader, context, slots, states, new Map(), people);
}

async function judge({ plan, request }: SlotContext, people: readonly Identified[]): Promise<readonly Visibility[]> {
  const withheld = await request.withhold(people.map(({ person, identifiers }) => ({ person, identifiers })));
  if (withheld.length !== people.length)
    throw new WeftError("INTERNAL", { detail: "withhold answered for other rows than asked" });
  return withheld.map((each) => visibilityOf(plan.shape, each));
}

/** The second statement. `size` keys, decoys for whoever is withheld, absent or held twice. */
async function valuesOf(
  reader: Reader,
  { plan, request }: SlotContext,
  slots: ReadonlyMap<string, OpenSlot>,
  people: readonly Identified[],
  visibilities: readonly Visibility[],
  size: number,
): Promise<readonly PersonState[]> {
  const { source, mapping } = reader;
  const readable = people.map((person, i) => person.state === "found" && visibilities[i]?.nothing === false);
  const masks = Array.from({ length: size }, (_, i) => maskOf(plan, readable[i] ? visibilities[i] : undefined));
  const keys = readableKeys(mapping.identifiers, people, readable, size);
  const rows = await source.values(plan.needs, { ...keys, masks, slots }, request.signal);
  return people.map((person, at): PersonState => {
    const row = readable[at] ? rowOf(rows, at, person, mapping) : null;
    return { person: person.person, visibility: (row && visibilities[at]) || nothingVisible, row };
  });
}

function maskOf(plan: ReadPlan, visibility: Visibility | undefined): string {
  const shown = (coordinates: Iterable<Parameters<Visibility["visible"]>[0]>) =>
    [...coordinates].some((each) => visibility?.visible(each));
  return plan.needs.layout.map((coordinates) => (shown(coordinates) ? "1" : "0")).join("");
}

/** The row must be the one that was judged: an identifier that was not known then could carry an objection. */
function rowOf(
  rows: readonly ValueRow[],
  at: number,
  { person, identifiers }: Identified,
  mapping: Mapping,
): ValueRow | null {
  const own = rows.flatMap((row) => {
    if (row.at !== at) return [];
    const held = row.identifiers === null ? [person] : identifiersOf(mapping.identifiers, row.identifiers);
    return held.includes(person) ? [{ row, judged: held.every((each) => identifiers.includes(each)) }] : [];
  });
  const unique = own.length === 1 || mapping.config.types[PERSON]?.duplicates !== "withhold";
  return unique && own[0]?.judged ? own[0].row : null;
}

async function readLists(reader: Reader, context: SlotContext): Promise<ReadResult> {
  const slots = openSlots(context);
  const pages = new Map<string, PageState>();
  const people: Identified[] = [];
  const states: PersonState[] = [];
  for (const need of context.plan.needs.entries) {
    const page: ListedPage = await listPage(reader, context, need, (found) => judge(context, found));
    const visibilities = page.people.map((each) => each.visibility);
    const listed = page.people.map((each) => each.identified);
    const read = await valuesOf(reader, context, slots, listed, visibilities, page.first);
    pages.set(need.key, { of: page.of, states: read, hasNextPage: page.hasNextPage, endCursor: page.endCursor });
    people.push(...listed);
    states.push(...read);
  }
  return resultOf(reader, context, slots, states, pages, people);
}

function resultOf(
  reader: Reader,
  context: SlotContext,
  slots: ReadonlyMap<string, OpenSlot>,
  states: readonly PersonState[],
  pages: ReadonlyMap<string, PageState>,
  people: readonly Identified[],
): ReadResult {
  const { plan, request } = context;
  const modified = reader.source.modified();
  const execution: Execution = {
    plan,
    schema: reader.schema,
    mapping: reader.mapping,
    variables: context.variables,
    states: plan.kind === "entities" ? states : [],
    pages,
    refOf: request.refOf,
    personPage: (key, person, rows) => personPage(reader, context, slots.get(key), person, rows),
    today: context.today,
    modified: modified && dayAt(modified, reader.mapping.config.source.timezone),
  };
  const { unreadable, ...executed } = executeRead(execution);
  const released = states.flatMap((state) => (state.row ? [state.person] : []));
  return {
    ...executed,
    withheld: states.filter((state) => isWithheld(plan, state)).length,
    aliases: aliasesOf(people, new Set(released)),
    released,
    counts: {
      persons: people.length,
      absent: people.filter((person) => person.state === "absent").length,
      duplicates: people.filter((person) => person.state === "duplicate").length,
      restricted: people.filter(
        (person, i) => person.state === "found" && states[i] !== undefined && isWithheld(plan, states[i]),
      ).length,
      unreadable,
    },
  };
}

function isWithheld(plan: ReadPlan, state: PersonState): boolean {
  return (
    plan.coordinates.size > 0 && (!state.row || [...plan.shape.values].some((each) => !state.visibility.visible(each)))
  );
}

function aliasesOf(people: readonly Identified[], released: ReadonlySet<CanonicalPerson>): readonly CanonicalPerson[] {
  const aliases = people.flatMap((each) => (released.has(each.person) ? each.identifiers : []));
  return [...new Set(aliases)].filter((alias) => !people.some((each) => each.person === alias));
}

function personPage(
  reader: Reader,
  context: SlotContext,
  slot: OpenSlot | undefined,
  person: CanonicalPerson,
  rows: readonly ListRow[],
): PersonPage {
  if (!slot) return { rows: [], hasNextPage: false, endCursor: null };
  if (slot.cursorOf !== undefined && slot.cursorOf !== person) {
    throw new WeftError("VARIABLES_INVALID", { message: "`after` is not a cursor of this question." });
  }
  const shown = rows.slice(0, slot.first);
  const last = shown.at(-1);
  const binding = bindingOf(context.plan, context.request, slot.need, slot.args, person);
  return {
    rows: shown,
    hasNextPage: rows.length > shown.length,
    endCursor: last ? reader.cursors.seal(last.place, binding) : null,
  };
}
