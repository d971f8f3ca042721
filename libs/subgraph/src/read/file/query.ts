import { slotMapping } from "../slots.js";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import type { Cell, Needs, PersonListNeed, SlotNeed, TableNeed } from "../need.js";
import type { Where } from "../config.js";
import type {
  FilterRequest,
  JoinedRow,
  ListRequest,
  ListRow,
  PageRow,
  Texts,
  ValueRequest,
  ValueRow,
} from "../source.js";
import { lastName, newestColumn } from "../table-columns.js";
import { columnTests, compareTexts, holds, isStructured } from "../where.js";
import type { FileTable } from "./table.js";
import { PERSON } from "../schema.js";

/** The files as they are for one question. */
export interface FileQuery {
  readonly mapping: Mapping;
  readonly tables: ReadonlyMap<string, FileTable>;
  index(table: string, name: string, by: (row: Texts) => string | undefined): ReadonlyMap<string, readonly Texts[]>;
  people(keys: Keys): readonly { readonly at: number; readonly row: Texts }[];
}

export function stored(mapping: Mapping, row: Texts): readonly (string | null)[] {
  return mapping.identifiers.map((identifier) => row[identifier.config.column] ?? null);
}

export function fileValues(query: FileQuery, needs: Needs, request: ValueRequest): readonly ValueRow[] {
  return query.people(request.keys).map(({ at, row }): ValueRow => {
    const mask = request.masks[at] ?? "";
    return {
      at,
      identifiers: stored(query.mapping, row),
      own: shown(needs.own.cells, row, mask),
      joined: new Map(needs.joined.flatMap((need) => joined(query, need, row, mask))),
      exists: new Map(
        needs.exists.map(
          (slot) => [slot.key, mask[slot.position] === "1" && exists(query, slot, row, request)] as const,
        ),
      ),
      lists: new Map(
        needs.lists.map(
          (slot) => [slot.key, mask[slot.position] === "1" ? listRows(query, slot, row, request, mask) : []] as const,
        ),
      ),
    };
  });
}

function shown(cells: readonly Cell[], row: Texts, mask: string): Texts {
  return Object.fromEntries(
    cells.map((cell) => [cell.name, mask[cell.position] === "1" ? (row[cell.name] ?? null) : null]),
  );
}

/** Rows of a table whose columns hold what the person's row says, as its `where` allows. */
function related(
  query: FileQuery,
  table: string,
  on: Readonly<Record<string, string>> | undefined,
  where: Where | undefined,
  person: Texts,
  binds: Readonly<Record<string, string>> = {},
) {
  const [[here, there] = ["", ""], ...others] = Object.entries(on ?? {});
  const key = person[lastName(there)]?.trim();
  const rows =
    key === undefined ? [] : (query.index(table, `column ${here}`, (row) => row[here]?.trim()).get(key) ?? []);
  const tests = isStructured(where) ? columnTests(where) : [];
  const belongs = (row: Texts) =>
    others.every(([h, t]) => row[h] != null && row[h]?.trim() === person[lastName(t)]?.trim());
  return rows.filter((row) => belongs(row) && holds(tests, (column) => row[column] ?? null, binds));
}

function joined(query: FileQuery, need: TableNeed, row: Texts, mask: string): (readonly [string, JoinedRow])[] {
  const chosen = mask[need.position] === "1" ? chosenRow(query, need.type, row) : undefined;
  return chosen ? [[need.type, { rows: chosen.rows, texts: shown(need.cells, chosen.row, mask) }]] : [];
}

function chosenRow(
  query: FileQuery,
  typeName: string,
  person: Texts,
): { readonly rows: number; readonly row: Texts } | undefined {
  const type = query.mapping.config.types[typeName];
  const rows = related(query, type?.from ?? "", type?.on, type?.where, person);
  const newest = newestColumn(type?.duplicates);
  const sorted = newest === undefined ? rows : rows.toSorted((a, b) => compareTexts(b[newest] ?? "", a[newest] ?? ""));
  return sorted[0] && { rows: sorted.length, row: sorted[0] };
}

function exists(query: FileQuery, slot: SlotNeed, row: Texts, request: ValueRequest): boolean {
  const mapping = slotMapping(query.mapping, slot.coordinate);
  if (!mapping || !("exists" in mapping)) return false;
  const { from, on, where } = mapping.exists;
  return related(query, from, on, where, row, request.slots.get(slot.key)?.binds).length > 0;
}

function listRows(
  query: FileQuery,
  slot: PersonListNeed,
  person: Texts,
  request: ValueRequest,
  mask: string,
): readonly ListRow[] {
  const mapping = slotMapping(query.mapping, slot.coordinate);
  const list = request.slots.get(slot.key)?.list;
  const type = query.mapping.config.types[slot.table.type];
  if (!mapping || !("list" in mapping) || !list) return [];
  const { newest, keyset } = mapping.list;
  const order = newest === undefined ? keyset : [newest, ...keyset];
  const rows = related(query, type?.from ?? "", type?.on, type?.where, person).filter((row) => fits(list.filters, row));
  const page = pageOf(rows, order, newest === undefined ? 1 : -1, list);
  return page.map((row) => ({ texts: shown(slot.table.cells, row, mask), place: placeOf(row, order) }));
}

export function fits(filters: readonly FilterRequest[], row: Texts): boolean {
  return filters.every(({ filter, values }) => {
    const text = row[filter.column]?.trim();
    if (values === null) return true;
    if (text === undefined) return false;
    if (filter.test === "equals") return values.includes(text);
    const order = compareTexts(text, values[0] ?? "");
    return filter.test === "atLeast" ? order >= 0 : order <= 0;
  });
}

function placeOf(row: Texts, order: readonly string[]): readonly string[] {
  return order.map((column) => row[column] ?? "");
}

function pageOf(rows: readonly Texts[], order: readonly string[], sign: 1 | -1, list: ListRequest): readonly Texts[] {
  const compare = (a: readonly string[], b: readonly string[]) => {
    for (const [i, text] of a.entries()) {
      const difference = compareTexts(text, b[i] ?? "");
      if (difference !== 0) return difference * sign;
    }
    return 0;
  };
  const { after } = list;
  return rows
    .filter((row) => after === null || compare(placeOf(row, order), after) > 0)
    .sort((a, b) => compare(placeOf(a, order), placeOf(b, order)))
    .slice(0, list.limit);
}

export function filePage(query: FileQuery, name: string, request: ListRequest): readonly PageRow[] {
  const list = query.mapping.config.lists[name];
  const person = query.mapping.config.types[PERSON];
  if (!list) return [];
  const own = query.mapping.config.types[list.of]?.from === undefined;
  const ownTests = isStructured(person?.where) ? columnTests(person.where) : [];
  const tests = isStructured(list.where) ? columnTests(list.where) : [];
  const { only } = request;
  const known = only && new Set(query.people(only).map(({ row }) => row));
  const rows = (query.tables.get(person?.from ?? "")?.rows ?? []).filter((row) => {
    if (known && !known.has(row)) return false;
    const item = own ? row : chosenRow(query, list.of, row)?.row;
    return (
      item !== undefined &&
      holds(ownTests, (column) => row[column] ?? null) &&
      holds(tests, (column) => item[column] ?? null) &&
      fits(request.filters, item)
    );
  });
  return pageOf(rows, list.keyset, 1, request).map((row) => ({
    identifiers: stored(query.mapping, row),
    place: placeOf(row, list.keyset),
  }));
}
