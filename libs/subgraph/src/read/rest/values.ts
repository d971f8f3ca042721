import { WeftError } from "#libs/terms";
import type { FieldConfig, TypeConfig } from "../config.js";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { type Cell, columnsOfWhere, type Needs, PARTS_ANSWERED, PARTS_ASKED, type PersonListNeed } from "../need.js";
import { PERSON } from "../schema.js";
import { slotMapping } from "../slots.js";
import type { ListRequest, ListRow, Texts, ValueRequest, ValueRow } from "../source.js";
import { newestColumn } from "../table-columns.js";
import { compareTexts } from "../where.js";
import type { Api, Asked } from "./api.js";
import { jsonColumn, type JsonRow, topMember } from "./json-row.js";
import { keptRows, keyLookup, matchPeople, onlyKeys, storedOf } from "./match.js";
import { combined } from "./parts.js";
import type { Words } from "./template.js";

interface Service {
  readonly api: Api;
  readonly mapping: Mapping;
}

/**
 * One round for each set of columns that some persons show: nobody's withheld column is asked for. As a rule that is one round;
 * each has as many keys as there are persons, decoys for those it is not about.
 */
export async function apiValues(
  service: Service,
  needs: Needs,
  request: ValueRequest,
  signal: AbortSignal,
): Promise<readonly ValueRow[]> {
  const masks = new Set(request.masks.filter((mask) => mask.includes("1")));
  const rounds = masks.size > 0 ? [...masks] : ["1".repeat(needs.layout.length)];
  const rows = await Promise.all(
    rounds.map((mask) => {
      const known = onlyKeys(service.mapping, request.known, (at) => request.masks[at] === mask);
      return round({ ...service, needs, request, known, mask, signal });
    }),
  );
  return rows.flat().filter((row) => request.masks[row.at]?.includes("1"));
}

interface Round extends Service {
  readonly needs: Needs;
  readonly request: ValueRequest;
  readonly known: Keys;
  readonly mask: string;
  readonly signal: AbortSignal;
}

type ByPerson = ReadonlyMap<number, readonly JsonRow[]>;

async function round(round: Round): Promise<readonly ValueRow[]> {
  const { needs, mask } = round;
  const visible = ({ position }: { readonly position: number }) => mask[position] === "1";
  const [own, joined, lists] = await Promise.all([
    ownRows(round),
    Promise.all(
      needs.joined
        .filter(visible)
        .map(async (need) => [need, await related(round, need.type, need.cells, {}, [])] as const),
    ),
    Promise.all(needs.lists.filter(visible).map(async (slot) => [slot, await listOf(round, slot)] as const)),
  ]);
  return own.map(({ at, row }): ValueRow => ({
    at,
    identifiers: row ? storedOf(round.mapping, row) : null,
    own: row ? texts(needs.own.cells, row, mask) : {},
    joined: new Map(
      joined.flatMap(([need, found]) => {
        const rows = found.get(at) ?? [];
        return rows[0] ? [[need.type, { rows: rows.length, texts: texts(need.cells, rows[0], mask) }] as const] : [];
      }),
    ),
    exists: new Map(),
    lists: new Map(lists.map(([slot, found]) => [slot.key, listRows(round, slot, found.get(at) ?? [])] as const)),
  }));
}

function texts(cells: readonly Cell[], row: JsonRow, mask: string): Texts {
  const shown = cells.map(
    (cell) => [cell.name, mask[cell.position] === "1" ? jsonColumn(row, cell.name) : null] as const,
  );
  // They tell of the parts and of nobody.
  const ofParts = [PARTS_ASKED, PARTS_ANSWERED].map((name) => [name, jsonColumn(row, name)] as const);
  return Object.fromEntries([...shown, ...ofParts.filter(([, count]) => count !== null)]);
}

/** The person's own resource is asked where a column of it is needed, or where nothing else says whether there is a row. */
async function ownRows(round: Round): Promise<readonly { readonly at: number; readonly row: JsonRow | undefined }[]> {
  const { mapping, known, needs, mask } = round;
  const type = mapping.config.types[PERSON];
  const columns = needs.own.cells.filter((cell) => mask[cell.position] === "1").map((cell) => cell.name);
  const identified = round.api.offers(type?.from ?? "", "identify");
  if (columns.length === 0 && identified) {
    return Array.from({ length: known.size }, (_, at) => ({ at, row: undefined })).filter(
      ({ at }) => round.request.masks[at] === mask,
    );
  }
  const newest = newestColumn(type?.duplicates);
  const wanted = [
    ...mapping.identifiers.map((each) => each.config.column),
    ...columns,
    ...columnsOfWhere(type?.where),
    ...(newest === undefined ? [] : [newest]),
  ];
  const rows = await round.api.ask(type?.from ?? "", "values", askedOf(mapping, known, wanted), round.signal);
  return matchPeople(mapping, known, keptRows(rows, type?.where, newest));
}

/** Of several columns of one scheme, `$SCHEME` stands for the best; `$keys` for the identifier number `first`. */
export function askedOf(mapping: Mapping, keys: Keys, columns: readonly string[], first = 0, words: Words = {}): Asked {
  const schemes = mapping.identifiers.map(
    (identifier, i) => [`$${identifier.scheme.name}`, keys.columns[i] ?? []] as const,
  );
  return {
    keys: { ...Object.fromEntries(schemes.toReversed()), $keys: keys.columns[first] ?? [] },
    words: { ...words, $columns: [...new Set(columns.map(topMember))] },
  };
}

export function listWords(list: ListRequest): Words {
  const filters = list.filters.map(
    ({ name, values }) => [`$${name}`, values?.length === 1 ? (values[0] ?? null) : values] as const,
  );
  return { ...Object.fromEntries(filters), $limit: list.limit, $after: list.after?.[0] ?? null };
}

/** By which member a resource is joined to which of the person's identifiers. */
export function joinOf(mapping: Mapping, type: TypeConfig | undefined) {
  const [here = "", there = ""] = Object.entries(type?.on ?? {})[0] ?? [];
  const at = mapping.identifiers.findIndex((each) => there.endsWith(`.${each.config.column}`));
  const identifier = mapping.identifiers[at];
  if (!identifier) throw new WeftError("CONTRACT_INVALID", { detail: "`on` does not name an identifier column" });
  return { here, at, identifier };
}

/** Rows of another resource, by the number of the person whose identifier they name. */
async function related(
  round: Round,
  typeName: string,
  cells: readonly Cell[],
  words: Words,
  more: readonly string[],
): Promise<ByPerson> {
  const { mapping, known, mask } = round;
  const type = mapping.config.types[typeName];
  const { here, at, identifier } = joinOf(mapping, type);
  const newest = newestColumn(type?.duplicates);
  const shown = cells.filter((cell) => mask[cell.position] === "1").map((cell) => cell.name);
  const columns = [here, ...shown, ...more, ...columnsOfWhere(type?.where), ...(newest === undefined ? [] : [newest])];
  const asked = askedOf(mapping, known, columns, at, words);
  const lookup = keyLookup(identifier, known.columns[at] ?? []);
  const byPerson = (rows: readonly JsonRow[]): ByPerson => {
    const found = new Map<number, JsonRow[]>();
    for (const row of keptRows(rows, type?.where, newest)) {
      for (const person of lookup(jsonColumn(row, here))) found.set(person, [...(found.get(person) ?? []), row]);
    }
    return found;
  };
  const { parts } = type ?? {};
  if (parts === undefined || !round.api.askParts)
    return byPerson(await round.api.ask(type?.from ?? "", "values", asked, round.signal));
  const answers = await round.api.askParts(type?.from ?? "", "values", asked, round.signal);
  const found = byPerson(answers.rows);
  const people = Array.from({ length: known.size }, (_, person) => person);
  return new Map(people.map((person) => [person, [combined(found.get(person) ?? [], answers, parts)]] as const));
}

type ListField = Extract<FieldConfig, { list: unknown }>["list"];

function listConfig(mapping: Mapping, slot: PersonListNeed): ListField | undefined {
  const field = slotMapping(mapping, slot.coordinate);
  return field && "list" in field ? field.list : undefined;
}

function listOf(round: Round, slot: PersonListNeed): Promise<ByPerson> {
  const config = listConfig(round.mapping, slot);
  const request = round.request.slots.get(slot.key)?.list;
  const columns = config ? [...orderOf(config), ...Object.values(config.filters).map((filter) => filter.column)] : [];
  return related(round, slot.table.type, slot.table.cells, request ? listWords(request) : {}, columns);
}

function orderOf(config: ListField): readonly string[] {
  return config.newest === undefined ? config.keyset : [config.newest, ...config.keyset];
}

function listRows(round: Round, slot: PersonListNeed, rows: readonly JsonRow[]): readonly ListRow[] {
  const config = listConfig(round.mapping, slot);
  const list = round.request.slots.get(slot.key)?.list;
  if (!config || !list) return [];
  const order = orderOf(config);
  return cutRows(rows, order, config.newest === undefined ? 1 : -1, list).map((row) => ({
    texts: texts(slot.table.cells, row, round.mask),
    place: placeOf(row, order),
  }));
}

/** Whatever the API itself filtered, ordered and cut, the answer is filtered, ordered and cut again. */
export function cutRows(
  rows: readonly JsonRow[],
  order: readonly string[],
  sign: 1 | -1,
  list: ListRequest,
): readonly JsonRow[] {
  const placed = rows.map((row) => ({ row, place: placeOf(row, order) }));
  const fitting = placed.filter(
    ({ row, place }) => fits(list, row) && (list.after === null || comparePlaces(place, list.after) * sign > 0),
  );
  const page = fitting.sort((a, b) => comparePlaces(a.place, b.place) * sign).slice(0, list.limit);
  return page.map(({ row }) => row);
}

function placeOf(row: JsonRow, order: readonly string[]): readonly string[] {
  return order.map((column) => jsonColumn(row, column) ?? "");
}

function fits(list: ListRequest, row: JsonRow): boolean {
  return list.filters.every(({ filter, values }) => {
    const text = jsonColumn(row, filter.column);
    if (values === null) return true;
    if (text === null) return false;
    if (filter.test === "equals") return values.includes(text);
    const order = compareTexts(text, values[0] ?? "");
    return filter.test === "atLeast" ? order >= 0 : order <= 0;
  });
}

function comparePlaces(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) {
    const order = compareTexts(text, b[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}
