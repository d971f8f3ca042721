import { sql } from "kysely";
import type { ListConfig } from "../../config.js";
import type { Keys } from "../../identifier.js";
import type { Mapping } from "../../mapping.js";
import type { Cell, Needs, PersonListNeed, TableNeed } from "../../need.js";
import { PERSON } from "../../schema.js";
import { slotMapping } from "../../slots.js";
import type { ListRequest, ListRow, ValueRequest } from "../../source.js";
import { tableColumns } from "../../table-columns.js";
import { comparable, condition } from "../condition.js";
import {
  all,
  any,
  cellName,
  column,
  type Fragment,
  joinsOf,
  list,
  parameter,
  shown,
  table,
  visible,
} from "../fragment.js";
import {
  afterOf,
  belongs,
  cellText,
  existsOf,
  filterOf,
  joinColumns,
  newestFirst,
  newestPerson,
  ownerColumn,
  personTable,
  type Wording,
} from "../question.js";
import type { Statements } from "../statement.js";
import { asText, postgres } from "./dialect.js";

/** Keys arrive as arrays, one for each identifier column; what hangs on a person is joined laterally. */
export function postgresStatements(mapping: Mapping): Statements {
  const wording: Wording = { mapping, dialect: postgres };
  return {
    wording,
    identify: () => identifyStatement(wording),
    values: (needs) => valueStatement(wording, needs),
    page: (entry) => pageStatement(wording, entry),
    raw: () => rawStatement(wording),
    joined(need, row) {
      const rows = row[`j${need.position}`];
      const texts = need.cells.map((cell) => [cell.name, row[cellName(cell)] ?? null] as const);
      return rows == null ? undefined : { rows: Number(rows), texts: Object.fromEntries(texts) };
    },
    list: listRows,
  };
}

function listRows({ table: { cells } }: PersonListNeed, text: string): readonly ListRow[] {
  return (JSON.parse(text) as (string | null)[][]).map((values) => ({
    texts: Object.fromEntries(cells.map((cell, i) => [cell.name, values[i] ?? null])),
    place: values.slice(cells.length).map((value) => value ?? ""),
  }));
}

const MASK = sql`k.m`;
const ascending = sql`asc`;
const descending = sql`desc`;

/** The person's table with its own `where`, and the columns that the statement needs of it under names of ours. */
function people(wording: Wording, extra: readonly Fragment[], held: Fragment = sql`true`): Fragment {
  const { mapping } = wording;
  const type = mapping.config.types[PERSON];
  const identifiers = mapping.identifiers.flatMap((identifier, i) => [
    sql`${comparable(postgres, identifier)} as ${sql.id(`r${i}`)}`,
    sql`${asText(column(identifier.config.column))} as ${sql.id(`i${i}`)}`,
  ]);
  return sql`(select ${list([...identifiers, ...extra])} from ${table(type?.from ?? "")} where (${condition(postgres, personTable(wording), type?.where)}) and ${held})`;
}

function identifierOutputs({ mapping }: Wording): readonly Fragment[] {
  return mapping.identifiers.map((_, i) => sql`p.${sql.id(`i${i}`)}`);
}

/**
 * `= any` finds the rows once, by their indexes; joining the keys again says which of them each row holds. Materialised, or the
 * table would be searched again for each key.
 */
function byKeys(
  wording: Wording,
  keys: (request: never) => Keys,
  extra: readonly Fragment[],
): { readonly join: Fragment; readonly rows: Fragment } {
  const { identifiers } = wording.mapping;
  const arrays = identifiers.map((_, i) => parameter((request: never) => keys(request).columns[i]));
  const held = any(identifiers.map((identifier, i) => sql`${comparable(postgres, identifier)} = any(${arrays[i]})`));
  return {
    rows: sql`with p as materialized ${people(wording, extra, held)}`,
    join: any(arrays.map((_, i) => sql`p.${sql.id(`r${i}`)}::text = k.${sql.id(`k${i}`)}`)),
  };
}

function keyColumns({ mapping }: Wording, keys: (request: never) => Keys): Fragment {
  return list(
    mapping.identifiers.map((_, i) => sql`${parameter((request: never) => keys(request).columns[i])}::text[]`),
  );
}

function keyNames({ mapping }: Wording): Fragment {
  return list(mapping.identifiers.map((_, i) => sql.id(`k${i}`)));
}

function order(newest: string | undefined): Fragment {
  return newest === undefined ? sql`k.n` : sql`k.n, p.nw desc nulls last`;
}

function newestColumn(newest: string | undefined): readonly Fragment[] {
  return newest === undefined ? [] : [sql`${column(newest)} as nw`];
}

function identifyStatement(wording: Wording): Fragment {
  const keys = (request: Keys) => request;
  const newest = newestPerson(wording);
  const { join, rows } = byKeys(wording, keys, newestColumn(newest));
  return sql`${rows}
select ${list([sql`k.n::text as n`, ...identifierOutputs(wording)])}
from p join unnest(${keyColumns(wording, keys)}) with ordinality as k(${keyNames(wording)}, n) on ${join}
order by ${order(newest)}`;
}

/** One statement for N persons: their rows, the rows joined to them, what exists, and their lists. */
function valueStatement(wording: Wording, needs: Needs): Fragment {
  const keys = (request: ValueRequest) => request.keys;
  const newest = newestPerson(wording);
  const outputs = [
    sql`k.n::text as n`,
    ...identifierOutputs(wording),
    ...needs.own.cells.map(
      (cell) => sql`${shown(cell.position, MASK, sql`p.${sql.id(cellName(cell))}`)} as ${sql.id(cellName(cell))}`,
    ),
    ...needs.joined.flatMap(joinedOutputs),
    ...needs.exists.map(
      (slot) => sql`${asText(shown(slot.position, MASK, existsOf(wording, slot)))} as ${sql.id(`s${slot.position}`)}`,
    ),
    ...needs.lists.map(
      (slot) => sql`${asText(shown(slot.position, MASK, rowsOf(wording, slot)))} as ${sql.id(`s${slot.position}`)}`,
    ),
  ];
  const joins = joinColumns(wording, needs).map((name) => sql`${column(name)} as ${sql.id(`o_${name}`)}`);
  const own = needs.own.cells.map((cell) => cellColumn(wording, personTable(wording), cell));
  const laterals = needs.joined.map(
    (need) => sql`left join lateral ${joinedRow(wording, need)} on ${visible(need.position, MASK)}`,
  );
  const mask = sql`${parameter((request: ValueRequest) => request.masks)}::text[]`;
  const { join, rows } = byKeys(wording, keys, [...newestColumn(newest), ...own, ...joins]);
  return sql`${rows}
select ${list(outputs)}
from p join unnest(${keyColumns(wording, keys)}, ${mask}) with ordinality as k(${keyNames(wording)}, m, n) on ${join}
${sql.join(
  laterals,
  sql`
`,
)}
order by ${order(newest)}`;
}

function cellColumn(wording: Wording, from: string, cell: Cell): Fragment {
  return sql`${cellText(wording, from, cell)} as ${sql.id(cellName(cell))}`;
}

function joinedOutputs(need: TableNeed): readonly Fragment[] {
  const alias = sql.id(`j${need.position}`);
  const cells = need.cells.map(
    (cell) => sql`${shown(cell.position, MASK, sql`${alias}.${sql.id(cellName(cell))}`)} as ${sql.id(cellName(cell))}`,
  );
  return [sql`${alias}.rows as ${sql.id(`j${need.position}`)}`, ...cells];
}

function joinedRow(wording: Wording, need: TableNeed): Fragment {
  const type = wording.mapping.config.types[need.type];
  const from = type?.from ?? "";
  const outputs = [sql`(count(*) over ())::text as rows`, ...need.cells.map((cell) => cellColumn(wording, from, cell))];
  return sql`(select ${list(outputs)} from ${table(from)} as t where ${belongs(wording, from, type?.on)} and (${condition(postgres, from, type?.where)})${newestFirst(wording, type?.duplicates)} limit 1) as ${sql.id(`j${need.position}`)}`;
}

/** A person's list as one JSON text: rows of cells, then of the keyset. */
function rowsOf(wording: Wording, slot: PersonListNeed): Fragment {
  const found = slotMapping(wording.mapping, slot.coordinate);
  const type = wording.mapping.config.types[slot.table.type];
  if (!found || !("list" in found)) return sql`null`;
  const from = type?.from ?? "";
  const request = (each: ValueRequest) => each.slots.get(slot.key)?.list;
  const { newest, filters } = found.list;
  const keyset = [...(newest === undefined ? [] : [newest]), ...found.list.keyset];
  const direction = newest === undefined ? ascending : descending;
  const at = (name: string) => ({ table: from, name, of: "t" });
  const cells = slot.table.cells.map((cell) => shown(cell.position, MASK, sql`l.${sql.id(cellName(cell))}`));
  const place = keyset.map((_, i) => sql`l.${sql.id(`q${i}`)}::text`);
  const outputs = [
    ...slot.table.cells.map((cell) => cellColumn(wording, from, cell)),
    ...keyset.map((name, i) => sql`${column(name, "t")} as ${sql.id(`q${i}`)}`),
  ];
  const where = all([
    belongs(wording, from, type?.on),
    condition(postgres, from, type?.where),
    ...Object.entries(filters).map(([name, filter]) =>
      filterOf(wording, name, filter, at(filter.column), column(filter.column, "t"), request),
    ),
    afterOf(
      wording,
      keyset.map(at),
      keyset.map((name) => column(name, "t")),
      newest === undefined ? "asc" : "desc",
      request,
    ),
  ]);
  const ordered = list(keyset.map((_, i) => sql`${sql.id(`q${i}`)} ${direction}`));
  return sql`(select coalesce(json_agg(json_build_array(${list([...cells, ...place])}) order by ${list(keyset.map((_, i) => sql`l.${sql.id(`q${i}`)} ${direction}`))}), '[]'::json) from (select ${list(outputs)} from ${table(from)} as t where ${where} order by ${ordered} limit ${parameter((each: ValueRequest) => request(each)?.limit)}) as l)`;
}

/** Identifiers and keyset of the rows of a list entry. Where the item has a table of its own, its chosen row is what is filtered. */
function pageStatement(wording: Wording, entry: ListConfig): Fragment {
  const item = wording.mapping.config.types[entry.of];
  const request = (each: ListRequest) => each;
  const from = item?.from ?? personTable(wording);
  const own = item?.from === undefined;
  const keyset = entry.keyset.map((name, i) => sql`${column(name)} as ${sql.id(`q${i}`)}`);
  const fits = [
    sql`(${condition(postgres, from, entry.where)}) as ok`,
    ...Object.values(entry.filters).map((filter, i) => sql`${column(filter.column)} as ${sql.id(`f${i}`)}`),
  ];
  const at = own ? sql`p` : sql`j`;
  const filters = Object.entries(entry.filters).map(([name, filter], i) =>
    filterOf(wording, name, filter, { table: from, name: filter.column }, sql`${at}.${sql.id(`f${i}`)}`, request),
  );
  const columns = entry.keyset.map((_, i) => sql`p.${sql.id(`q${i}`)}`);
  const owners = joinsOf(item?.on).map(({ person }) => sql`${column(person)} as ${sql.id(`o_${person}`)}`);
  const extra = [...keyset, ...(own ? fits : owners)];
  const join = own ? sql`` : sql`join lateral ${chosenItem(wording, entry, fits)} on true`;
  const places = entry.keyset.map((name) => ({ table: personTable(wording), name }));
  const where = all([
    sql`${at}.ok`,
    ...filters,
    afterOf(wording, places, columns, "asc", request),
    onlyOf(wording),
    ...(own ? [] : [prefilter(wording, entry)]),
  ]);
  return sql`select ${list([...identifierOutputs(wording), ...columns.map((name, i) => sql`${name}::text as ${sql.id(`q${i}`)}`)])}
from ${people(wording, extra)} as p ${join}
where ${where} order by ${list(columns)} limit ${parameter((each: ListRequest) => each.limit)}`;
}

/** Who is left out of a list for want of a consent is left out here: a filter, an order or a page's end then says nothing of them. */
function onlyOf({ mapping }: Wording): Fragment {
  const unused = postgres.flag((request: ListRequest) => request.only === null);
  const held = mapping.identifiers.map(
    (_, i) => sql`p.${sql.id(`r${i}`)} = any(${parameter((request: ListRequest) => request.only?.columns[i] ?? [])})`,
  );
  return sql`${unused} or ${any(held)}`;
}

function chosenItem(wording: Wording, entry: ListConfig, fits: readonly Fragment[]): Fragment {
  const item = wording.mapping.config.types[entry.of];
  const from = item?.from ?? "";
  return sql`(select ${list(fits)} from ${table(from)} as t where ${belongs(wording, from, item?.on)} and (${condition(postgres, from, item?.where)})${newestFirst(wording, item?.duplicates)} limit 1) as j`;
}

/** The chosen row fits only if some row fits: lets PostgreSQL begin with the filter. */
function prefilter(wording: Wording, entry: ListConfig): Fragment {
  const item = wording.mapping.config.types[entry.of];
  const joins = joinsOf(item?.on);
  const from = item?.from ?? "";
  const request = (each: ListRequest) => each;
  const filters = Object.entries(entry.filters).map(([name, filter]) =>
    filterOf(wording, name, filter, { table: from, name: filter.column }, column(filter.column, "t"), request),
  );
  const owners = list(joins.map(({ person }) => ownerColumn(person)));
  const here = list(joins.map((each) => column(each.here, "t")));
  return sql`${joins.length === 1 ? owners : sql`(${owners})`} in (select ${here} from ${table(from)} as t where ${all([condition(postgres, from, entry.where), condition(postgres, from, item?.where), ...filters])})`;
}

/** Rows of the person's table as they are held, for the ministry's own eyes: the mapped columns, as the account sees no others. */
function rawStatement(wording: Wording): Fragment {
  const matches = wording.mapping.identifiers.map(
    (identifier, i) => sql`${comparable(postgres, identifier)} = any(${parameter((keys: Keys) => keys.columns[i])})`,
  );
  const from = personTable(wording);
  const columns = [...(tableColumns(wording.mapping.config).get(from) ?? [])].sort();
  const names = sql.join(columns.map((name) => sql.lit(name)));
  const values = sql.join(columns.map((name) => asText(column(name))));
  return sql`select json_object(array[${names}]::text[], array[${values}]::text[])::text as row from ${table(from)} as t where ${any(matches)} limit 20`;
}
