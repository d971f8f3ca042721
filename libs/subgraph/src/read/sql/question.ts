import { sql } from "kysely";
import type { FilterConfig, Joined } from "../config.js";
import type { Mapping } from "../mapping.js";
import type { Cell, Needs, SlotNeed } from "../need.js";
import { PERSON } from "../schema.js";
import { slotMapping } from "../slots.js";
import type { ListRequest, ValueRequest } from "../source.js";
import { newestColumn } from "../table-columns.js";
import { condition } from "./condition.js";
import type { ColumnAt, Dialect } from "./dialect.js";
import { column, type Fragment, joinsOf, parameter, table } from "./fragment.js";

/** Parts of statements that have one shape in every kind of database. */
export interface Wording {
  readonly mapping: Mapping;
  readonly dialect: Dialect;
}

export type Direction = "asc" | "desc";
export type ListOf<Request> = (request: Request) => ListRequest | undefined;

export function personTable({ mapping }: Wording): string {
  return mapping.config.types[PERSON]?.from ?? "";
}

/** Newest first where the mapping says so; the reader takes the first. */
export function newestPerson({ mapping }: Wording): string | undefined {
  return newestColumn(mapping.config.types[PERSON]?.duplicates);
}

export function newestFirst({ dialect }: Wording, duplicates: string | undefined): Fragment {
  const newest = newestColumn(duplicates);
  return newest === undefined ? sql`` : sql` order by ${column(newest, "t")} desc${dialect.nothingLast}`;
}

/** The cell's text. `from`: its table; a condition is the ministry's own SQL on a row of it. */
export function cellText({ dialect }: Wording, from: string, cell: Cell): Fragment {
  if (cell.condition === undefined) return dialect.text({ table: from, name: cell.name });
  return dialect.truth(condition(dialect, from, cell.condition));
}

/** Columns of the person's table that other tables join on. */
export function joinColumns(wording: Wording, needs: Needs): readonly string[] {
  const { types } = wording.mapping.config;
  const tables = [
    ...needs.joined.map((need) => types[need.type]?.on),
    ...needs.lists.map((need) => types[need.table.type]?.on),
  ];
  const exists = needs.exists.map((slot) => existsMapping(wording.mapping, slot)?.exists.on);
  return [...new Set([...tables, ...exists].flatMap((on) => joinsOf(on).map(({ person }) => person)))];
}

/** A column that others are joined on, of the person's row `p`. */
export function ownerColumn(person: string): Fragment {
  return sql`p.${sql.id(`o_${person}`)}`;
}

/** Rows `t` of a table that belong to the person. `owner`: where a column of the person's row is found. */
export function belongs(
  wording: Wording,
  from: string,
  on: Joined | undefined,
  owner: (person: string) => Fragment = ownerColumn,
): Fragment {
  const table = personTable(wording);
  const each = joinsOf(on).map(({ here, person }) =>
    wording.dialect.joins({ table: from, name: here, of: "t" }, { table, name: person }, owner(person)),
  );
  return each.length === 0 ? sql`false` : sql.join(each, sql` and `);
}

function existsMapping(mapping: Mapping, slot: SlotNeed) {
  const found = slotMapping(mapping, slot.coordinate);
  return found && "exists" in found ? found : undefined;
}

/** Is there a row elsewhere? `p` is the person's row, its join columns under names of ours. */
export function existsOf(wording: Wording, slot: SlotNeed): Fragment {
  const { mapping, dialect } = wording;
  const found = existsMapping(mapping, slot);
  const from = found?.exists.from ?? "";
  const binds = Object.fromEntries(
    Object.keys(found?.bind ?? {}).map(
      (name) => [name, parameter((request: ValueRequest) => request.slots.get(slot.key)?.binds[name])] as const,
    ),
  );
  const joins = belongs(wording, from, found?.exists.on);
  return sql`exists (select 1 from ${table(from)} as t where ${joins} and (${condition(dialect, from, found?.exists.where, binds)}))`;
}

/** A filter that is not used is true: the text stays the same. `of`: where the column's value is found. */
export function filterOf<Request>(
  { dialect }: Wording,
  name: string,
  filter: FilterConfig,
  at: ColumnAt,
  of: Fragment,
  listOf: ListOf<Request>,
): Fragment {
  const values = (request: Request) => listOf(request)?.filters.find((each) => each.name === name)?.values ?? null;
  const unused = dialect.flag((request: Request) => values(request) === null);
  if (filter.test === "equals")
    return sql`${unused} or ${dialect.among(at, of, (request: Request) => values(request) ?? [])}`;
  const operator = filter.test === "atLeast" ? sql`>=` : sql`<=`;
  return sql`${unused} or ${of} ${operator} ${dialect.value(at, (request: Request) => values(request)?.[0] ?? null)}`;
}

/** Rows that follow the place where the last page ended. `at`: the keyset's columns, `of`: where their values are found. */
export function afterOf<Request>(
  { dialect }: Wording,
  at: readonly ColumnAt[],
  of: readonly Fragment[],
  direction: Direction,
  listOf: ListOf<Request>,
): Fragment {
  const unused = dialect.flag((request: Request) => listOf(request)?.after == null);
  const places = at.map((each, i) => dialect.value(each, (request: Request) => listOf(request)?.after?.[i] ?? null));
  return sql`${unused} or ${dialect.beyond(of, direction === "desc" ? "<" : ">", places)}`;
}
