import { type CanonicalPerson, WeftError } from "#libs/terms";
import { argumentValues } from "./compile.js";
import { type Identified, identify, identifiersOf } from "./identify.js";
import { type Keys, keysOf } from "./identifier.js";
import type { EntryNeed } from "./need.js";
import type { Reader } from "./read.js";
import { bindingOf, filtersOf, firstOf, type SlotContext } from "./slots.js";
import type { ListRequest, PageRow } from "./source.js";
import { type Visibility, visibilityOf } from "./visibility.js";

export interface ListedPage {
  readonly of: string;
  readonly first: number;
  readonly people: readonly Listed[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface Listed {
  readonly identified: Identified;
  readonly visibility: Visibility;
}

/**
 * Rows read beyond those wanted, so that who is left out makes no page short and the MIS is asked no more often. Only where more than so
 * many stand together is a page filled up by reading on, a bounded number of times; after that it is short, and says that more may
 * follow.
 */
const SPARE = 32;
const STEPS = 4;

interface Filling {
  readonly people: Listed[];
  readonly seen: Set<CanonicalPerson>;
  /** Of the last row looked at. */
  place: readonly string[] | null;
  /** Of the last row on the page. */
  last: readonly string[] | null;
  more: boolean;
  /** Somebody who may be listed stands after the last one of the page. */
  next: boolean;
}

/**
 * One page of a list entry. Left out: protected persons and objectors, whoever withholds what a filter, the order or the entry
 * itself looks at, rows whose key is held twice, and rows without a well-formed identifier.
 */
export async function listPage(
  reader: Reader,
  context: SlotContext,
  need: EntryNeed,
  judge: (people: readonly Identified[]) => Promise<readonly Visibility[]>,
): Promise<ListedPage> {
  const list = reader.mapping.config.lists[need.field.name];
  if (!list) throw new WeftError("INTERNAL", { detail: "an entry without a list" });
  const args = argumentValues(need, context.variables);
  const first = firstOf(args, list.maxRows);
  const binding = bindingOf(context.plan, context.request, need, args);
  const filters = filtersOf(list.filters, args, reader.mapping.codes);
  const after = openPlace(reader, args["after"], binding);
  const filling: Filling = { people: [], seen: new Set(), place: after, last: null, more: true, next: false };
  const limit = first + 1 + SPARE;
  const only = onlyOf(reader, context, need);
  for (let step = 0; step < STEPS && filling.more && !filling.next; step++) {
    const request: ListRequest = { limit, after: filling.place, filters, only };
    const rows = await reader.source.page(need.field.name, request, context.request.signal);
    await fill(reader, context, need, filling, rows, { first, limit }, judge);
    filling.more = filling.next || rows.length === limit;
  }
  // A page that was filled, or a list that came to its end, ends with its last person, and not with somebody who was left out.
  const end = filling.more && !filling.next ? filling.place : filling.last;
  const endCursor = end && reader.cursors.seal(end, binding);
  return { of: list.of, first, people: filling.people, hasNextPage: filling.more, endCursor };
}

/** Keys of those whose consent shows them in this list; decoys beside them, as each is known by one identifier here. */
function onlyOf(reader: Reader, { plan, request }: SlotContext, need: EntryNeed): Keys | null {
  if (request.consenting === null) return null;
  const shown = request.consenting.filter(({ withheld }) => isShown(visibilityOf(plan.shape, withheld), need));
  return keysOf(
    reader.mapping.identifiers,
    shown.map(({ person }) => [person]),
  );
}

function openPlace(
  reader: Reader,
  after: unknown,
  binding: Parameters<Reader["cursors"]["open"]>[1],
): readonly string[] | null {
  if (typeof after !== "string") return null;
  const place = reader.cursors.open(after, binding);
  if (!place) throw new WeftError("VARIABLES_INVALID", { message: "`after` is not a cursor of this question." });
  return place;
}

/**
 * Takes rows up to a full page and, after it, looks for one more that may be listed: that a page follows, or that there was a row
 * at all, must not be told by somebody who is left out.
 */
async function fill(
  reader: Reader,
  context: SlotContext,
  need: EntryNeed,
  filling: Filling,
  rows: readonly PageRow[],
  { first, limit }: { readonly first: number; readonly limit: number },
  judge: (people: readonly Identified[]) => Promise<readonly Visibility[]>,
): Promise<void> {
  const persons = rows.map((row) => identifiersOf(reader.mapping.identifiers, row.identifiers)[0]);
  const known = persons.filter((person) => person !== undefined);
  const people = await identify(reader.source, reader.mapping, known, context.request.signal, limit);
  const visibilities = await judge(people);
  let at = 0;
  for (const [i, row] of rows.entries()) {
    const identified = persons[i] === undefined ? undefined : people[at];
    const visibility = persons[i] === undefined ? undefined : visibilities[at++];
    if (identified && visibility && mayBeListed(identified, visibility, need, filling)) {
      filling.next = filling.people.length === first;
      if (filling.next) return;
      filling.people.push({ identified, visibility });
      filling.seen.add(identified.person);
      filling.last = row.place;
    }
    filling.place = row.place;
  }
}

function mayBeListed(identified: Identified, visibility: Visibility, need: EntryNeed, filling: Filling): boolean {
  return identified.state === "found" && !filling.seen.has(identified.person) && isShown(visibility, need);
}

function isShown(visibility: Visibility, need: EntryNeed): boolean {
  return !visibility.nothing && [...need.touches].every((coordinate) => visibility.visible(coordinate));
}
