import { type Kysely, sql } from "kysely";
import type { FilterConfig, ListConfig } from "../config.js";
import { slotMapping } from "../slots.js";
import { type Mapping } from "../mapping.js";
import type { Cell, Needs, PersonListNeed, SlotNeed, TableNeed } from "../need.js";
import { PERSON } from "../schema.js";
import type { Keys } from "../identifier.js";
import type { ListRequest, ValueRequest } from "../source.js";
import {
  all,
  any,
  asText,
  cellName,
  column,
  comparable,
  condition,
  type Fill,
  type Fragment,
  joinOf,
  list,
  type Parameter,
  parameter,
  shown,
  table,
  visible,
} from "./fragment.js";

/** A statement's text and how its parameters are filled from a request. */
export interface Statement<Request> {
  readonly text: string;
  readonly fills: readonly Fill<Request>[];
}

export function compiled<Request>(db: Kysely<unknown>, fragment: Fragment): Statement<Request> {
  const query = fragment.compile(db);
  return { text: query.sql, fills: (query.parameters as readonly Parameter<Request>[]).map(({ fill }) => fill) };
}

const MASK = sql`k.m`;
const ascending = sql`asc`;
const descending = sql`desc`;

/** The person's table with its own `where`, and the columns that the statement needs of it under names of ours. */
function people(mapping: Mapping, extra: readonly Fragment[], held: Fragment = sql`true`): Fragment {
  const type = mapping.config.types[PERSON];
  const identifiers = mapping.identifiers.flatMap((identifier, i) => [
    sql`${comparable(identifier)} as ${sql.id(`r${i}`)}`,
    sql`${asText(column(identifier.config.column))} as ${sql.id(`i${i}`)}`,
  ]);
  return sql`(select ${list([...identifiers, ...extra])} from ${table(type?.from ?? "")} where (${condition(type?.where)}) and ${held})`;
}

function identifierOutputs(mapping: Mapping): readonly Fragment[] {
  return mapping.identifiers.map((_, i) => sql`p.${sql.id(`i${i}`)}`);
}

/**
 * `= any` finds the rows once, by their indexes; joining the keys again says which of them each row holds. Materialised, or the
 * table would be searched again for each key.
 */
function byKeys(
  mapping: Mapping,
  keys: (request: never) => Keys,
  extra: readonly Fragment[],
): { readonly join: Fragment; readonly rows: Fragment } {
  const arrays = mapping.identifiers.map((_, i) => parameter((request: never) => keys(request).columns[i]));
  const held = any(mapping.identifiers.map((identifier, i) => sql`${comparable(identifier)} = any(${arrays[i]})`));
  return {
    rows: sql`with p as materialized ${people(mapping, extra, held)}`,
    join: any(arrays.map((_, i) => sql`p.${sql.id(`r${i}`)}::text = k.${sql.id(`k${i}`)}`)),
  };
}

function keyColumns(mapping: Mapping, keys: (request: never) => Keys): Fragment {
  return list(
    mapping.identifiers.map((_, i) => sql`${parameter((request: never) => keys(request).columns[i])}::text[]`),
  );
}

function keyNames(mapping: Mapping): Fragment {
  return list(mapping.identifiers.map((_, i) => sql.id(`k${i}`)));
}

/** Newest first where the mapping says so; the reader takes the first. */
function newestOf(mapping: Mapping): string | undefined {
  return /^newest\((.+)\)$/.exec(mapping.config.types[PERSON]?.duplicates ?? "")?.[1];
}

function order(newest: string | undefined): Fragment {
  return newest === undefined ? sql`k.n` : sql`k.n, p.nw desc nulls last`;
}

function newestColumn(newest: string | undefined): readonly Fragment[] {
  return newest === undefined ? [] : [sql`${column(newest)} as nw`];
}

export function identifyStatement(mapping: Mapping): Fragment {
  const keys = (request: Keys) => request;
  const newest = newestOf(mapping);
  const { join, rows } = byKeys(mapping, keys, newestColumn(newest));
  return sql`${rows}
select ${list([sql`k.n::text as n`, ...identifierOutputs(mapping)])}
from p join unnest(${keyColumns(mapping, keys)}) with ordinality as k(${keyNames(mapping)}, n) on ${join}
order by ${order(newest)}`;
}

/** One statement for N persons: their rows, the rows joined to them, what exists, and their lists. */
export function valueStatement(mapping: Mapping, needs: Needs): Fragment {
  const keys = (request: ValueRequest) => request.keys;
  const newest = newestOf(mapping);
  const outputs = [
    sql`k.n::text as n`,
    ...identifierOutputs(mapping),
    ...needs.own.cells.map(
      (cell) => sql`${shown(cell.position, MASK, sql`p.${sql.id(cellName(cell))}`)} as ${sql.id(cellName(cell))}`,
    ),
    ...needs.joined.flatMap(joinedOutputs),
    ...needs.exists.map(
      (slot) => sql`${asText(shown(slot.position, MASK, existsOf(mapping, slot)))} as ${sql.id(`s${slot.position}`)}`,
    ),
    ...needs.lists.map(
      (slot) => sql`${asText(shown(slot.position, MASK, rowsOf(mapping, slot)))} as ${sql.id(`s${slot.position}`)}`,
    ),
  ];
  const extra = [...newestColumn(newest), ...needs.own.cells.map(cellColumn), ...joinColumns(mapping, needs)];
  const laterals = needs.joined.map(
    (need) => sql`left join lateral ${joinedRow(mapping, need)} on ${visible(need.position, MASK)}`,
  );
  const mask = sql`${parameter((request: ValueRequest) => request.masks)}::text[]`;
  const { join, rows } = byKeys(mapping, keys, extra);
  return sql`${rows}
select ${list(outputs)}
from p join unnest(${keyColumns(mapping, keys)}, ${mask}) with ordinality as k(${keyNames(mapping)}, m, n) on ${join}
${sql.join(
  laterals,
  sql`
`,
)}
order by ${order(newest)}`;
}

function cellColumn(cell: Cell): Fragment {
  const source = cell.condition === undefined ? column(cell.name) : condition(cell.condition);
  return sql`${asText(source)} as ${sql.id(cellName(cell))}`;
}

/** Columns of the person's table that other tables join on, under names of ours. */
function joinColumns(mapping: Mapping, needs: Needs): readonly Fragment[] {
  const types = [
    ...needs.joined.map((need) => mapping.config.types[need.type]?.on),
    ...needs.lists.map((need) => mapping.config.types[need.table.type]?.on),
  ];
  const exists = needs.exists.map((slot) => existsMapping(mapping, slot)?.exists.on);
  const columns = new Set([...types, ...exists].map((on) => joinOf(on).person));
  return [...columns].map((name) => sql`${column(name)} as ${sql.id(`o_${name}`)}`);
}

function joinedOutputs(need: TableNeed): readonly Fragment[] {
  const alias = sql.id(`j${need.position}`);
  const cells = need.cells.map(
    (cell) => sql`${shown(cell.position, MASK, sql`${alias}.${sql.id(cellName(cell))}`)} as ${sql.id(cellName(cell))}`,
  );
  return [sql`${alias}.rows as ${sql.id(`j${need.position}`)}`, ...cells];
}

function joinedRow(mapping: Mapping, need: TableNeed): Fragment {
  const type = mapping.config.types[need.type];
  const { here, person } = joinOf(type?.on);
  const outputs = [sql`(count(*) over ())::text as rows`, ...need.cells.map(cellColumn)];
  return sql`(select ${list(outputs)} from ${table(type?.from ?? "")} as t where ${column(here, "t")} = p.${sql.id(`o_${person}`)} and (${condition(type?.where)})${newestFirst(type?.duplicates)} limit 1) as ${sql.id(`j${need.position}`)}`;
}

function newestFirst(duplicates: string | undefined): Fragment {
  const newest = /^newest\((.+)\)$/.exec(duplicates ?? "")?.[1];
  return newest === undefined ? sql`` : sql` order by ${column(newest, "t")} desc nulls last`;
}

function existsMapping(mapping: Mapping, slot: SlotNeed) {
  const found = slotMapping(mapping, slot.coordinate);
  return found && "exists" in found ? found : undefined;
}

function existsOf(mapping: Mapping, slot: SlotNeed): Fragment {
  const found = existsMapping(mapping, slot);
  const { here, person } = joinOf(found?.exists.on);
  const binds = Object.fromEntries(
    Object.keys(found?.bind ?? {}).map(
      (name) => [name, parameter((request: ValueRequest) => request.slots.get(slot.key)?.binds[name])] as const,
    ),
  );
  return sql`exists (select 1 from ${table(found?.exists.from ?? "")} as t where ${column(here, "t")} = p.${sql.id(`o_${person}`)} and (${condition(found?.exists.where, binds)}))`;
}

/** A person's list as one JSON text: rows of cells, then of the keyset. */
function rowsOf(mapping: Mapping, slot: PersonListNeed): Fragment {
  const found = slotMapping(mapping, slot.coordinate);
  const type = mapping.config.types[slot.table.type];
  if (!found || !("list" in found)) return sql`null`;
  const { here, person } = joinOf(type?.on);
  const request = (each: ValueRequest) => each.slots.get(slot.key)?.list;
  const keyset = [...(found.list.newest === undefined ? [] : [found.list.newest]), ...found.list.keyset];
  const direction = found.list.newest === undefined ? ascending : descending;
  const cells = slot.table.cells.map((cell) => shown(cell.position, MASK, sql`l.${sql.id(cellName(cell))}`));
  const place = keyset.map((_, i) => sql`l.${sql.id(`q${i}`)}::text`);
  const outputs = [
    ...slot.table.cells.map(cellColumn),
    ...keyset.map((name, i) => sql`${column(name, "t")} as ${sql.id(`q${i}`)}`),
  ];
  const filters = Object.entries(found.list.filters).map(([name, filter]) =>
    filterOf(name, filter, column(filter.column, "t"), request),
  );
  const where = all([
    sql`${column(here, "t")} = p.${sql.id(`o_${person}`)}`,
    condition(type?.where),
    ...filters,
    afterOf(
      keyset.map((name) => column(name, "t")),
      direction,
      request,
    ),
  ]);
  const ordered = list(keyset.map((_, i) => sql`${sql.id(`q${i}`)} ${direction}`));
  return sql`(select coalesce(json_agg(json_build_array(${list([...cells, ...place])}) order by ${list(keyset.map((_, i) => sql`l.${sql.id(`q${i}`)} ${direction}`))}), '[]'::json) from (select ${list(outputs)} from ${table(type?.from ?? "")} as t where ${where} order by ${ordered} limit ${parameter((each: ValueRequest) => request(each)?.limit)}) as l)`;
}

type ListOf<Request> = (request: Request) => ListRequest | undefined;

/** A filter that is not used is true: the text stays the same. */
function filterOf<Request>(name: string, filter: FilterConfig, of: Fragment, listOf: ListOf<Request>): Fragment {
  const values = (request: Request) => listOf(request)?.filters.find((each) => each.name === name)?.values ?? null;
  const unused = sql`${parameter((request: Request) => values(request) === null)}::boolean`;
  if (filter.test === "equals")
    return sql`${unused} or ${of} = any(${parameter((request: Request) => values(request) ?? [])})`;
  const operator = filter.test === "atLeast" ? sql`>=` : sql`<=`;
  return sql`${unused} or ${of} ${operator} ${parameter((request: Request) => values(request)?.[0] ?? null)}`;
}

function afterOf<Request>(keyset: readonly Fragment[], direction: Fragment, listOf: ListOf<Request>): Fragment {
  const unused = sql`${parameter((request: Request) => listOf(request)?.after == null)}::boolean`;
  const places = keyset.map((_, i) => parameter((request: Request) => listOf(request)?.after?.[i] ?? null));
  const operator = direction === descending ? sql`<` : sql`>`;
  return sql`${unused} or (${list(keyset)}) ${operator} (${list(places)})`;
}

/** Identifiers and keyset of the rows of a list entry. Where the item has a table of its own, its chosen row is what is filtered. */
export function pageStatement(mapping: Mapping, entry: ListConfig): Fragment {
  const item = mapping.config.types[entry.of];
  const request = (each: ListRequest) => each;
  const own = item?.from === undefined;
  const keyset = entry.keyset.map((name, i) => sql`${column(name)} as ${sql.id(`q${i}`)}`);
  const fits = [
    sql`(${condition(entry.where)}) as ok`,
    ...Object.values(entry.filters).map((filter, i) => sql`${column(filter.column)} as ${sql.id(`f${i}`)}`),
  ];
  const at = own ? sql`p` : sql`j`;
  const filters = Object.entries(entry.filters).map(([name, filter], i) =>
    filterOf(name, filter, sql`${at}.${sql.id(`f${i}`)}`, request),
  );
  const columns = entry.keyset.map((_, i) => sql`p.${sql.id(`q${i}`)}`);
  const { person } = joinOf(item?.on);
  const extra = [...keyset, ...(own ? fits : [sql`${column(person)} as ${sql.id(`o_${person}`)}`])];
  const join = own ? sql`` : sql`join lateral ${chosenItem(mapping, entry, fits)} on true`;
  const where = all([
    sql`${at}.ok`,
    ...filters,
    afterOf(columns, ascending, request),
    onlyOf(mapping),
    ...(own ? [] : [prefilter(mapping, entry)]),
  ]);
  return sql`select ${list([...identifierOutputs(mapping), ...columns.map((name, i) => sql`${name}::text as ${sql.id(`q${i}`)}`)])}
from ${people(mapping, extra)} as p ${join}
where ${where} order by ${list(columns)} limit ${parameter((each: ListRequest) => each.limit)}`;
}

/** Who is left out of a list for want of a consent is left out here: a filter, an order or a page's end then says nothing of them. */
function onlyOf(mapping: Mapping): Fragment {
  const unused = sql`${parameter((request: ListRequest) => request.only === null)}::boolean`;
  const held = mapping.identifiers.map(
    (_, i) => sql`p.${sql.id(`r${i}`)} = any(${parameter((request: ListRequest) => request.only?.columns[i] ?? [])})`,
  );
  return sql`${unused} or ${any(held)}`;
}

function chosenItem(mapping: Mapping, entry: ListConfig, fits: readonly Fragment[]): Fragment {
  const item = mapping.config.types[entry.of];
  const { here, person } = joinOf(item?.on);
  return sql`(select ${list(fits)} from ${table(item?.from ?? "")} as t where ${column(here, "t")} = p.${sql.id(`o_${person}`)} and (${condition(item?.where)})${newestFirst(item?.duplicates)} limit 1) as j`;
}

/** The chosen row fits only if some row fits: lets PostgreSQL begin with the filter. */
function prefilter(mapping: Mapping, entry: ListConfig): Fragment {
  const item = mapping.config.types[entry.of];
  const { here, person } = joinOf(item?.on);
  const request = (each: ListRequest) => each;
  const filters = Object.entries(entry.filters).map(([name, filter]) =>
    filterOf(name, filter, column(filter.column, "t"), request),
  );
  return sql`p.${sql.id(`o_${person}`)} in (select ${column(here, "t")} from ${table(item?.from ?? "")} as t where ${all([condition(entry.where), condition(item?.where), ...filters])})`;
}
