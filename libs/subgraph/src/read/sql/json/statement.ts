import { sql } from "kysely";
import type { ListConfig } from "../../config.js";
import type { Keys } from "../../identifier.js";
import type { Needs, PersonListNeed, TableNeed } from "../../need.js";
import type { JoinedRow, ListRow, ValueRequest } from "../../source.js";
import { tableColumns } from "../../table-columns.js";
import { condition } from "../condition.js";
import { cellName, column, type Fragment, list, shown, table } from "../fragment.js";
import { belongs, cellText, existsOf, joinColumns, newestFirst, newestPerson, personTable } from "../question.js";
import type { Row, Statements } from "../statement.js";
import { pageStatement } from "./page.js";
import { byKeys, identifierOutputs, keysJson, personWhere, type Wording } from "./people.js";
import { listOfPerson } from "./person-list.js";

/**
 * Databases without arrays: keys arrive as one JSON text. What hangs on a person is a subquery that ends in a JSON array, as there is
 * no LATERAL that all of them know.
 */
export function jsonStatements(wording: Wording): Statements {
  return {
    wording,
    identify: () => identifyStatement(wording),
    values: (needs) => valueStatement(wording, needs),
    page: (entry: ListConfig) => pageStatement(wording, entry),
    raw: () => rawStatement(wording),
    joined: joinedRow,
    list: listRows,
  };
}

const MASK = sql`p.m`;

/** `[rows that fit, cell, …]` */
function joinedRow(need: TableNeed, row: Row): JoinedRow | undefined {
  const text = row[`j${need.position}`];
  if (text == null) return undefined;
  const [rows, ...values] = JSON.parse(text) as [number | string, ...(string | null)[]];
  const texts = need.cells.map((cell, i) => [cell.name, values[i] ?? null] as const);
  return { rows: Number(rows), texts: Object.fromEntries(texts) };
}

/** Rows of `[place in the order, cell, …, keyset value, …]`, in any order. */
function listRows({ table: { cells } }: PersonListNeed, text: string): readonly ListRow[] {
  const rows = JSON.parse(text) as [number | string, ...(string | null)[]][];
  return rows
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, ...values]) => ({
      texts: Object.fromEntries(cells.map((cell, i) => [cell.name, values[i] ?? null])),
      place: values.slice(cells.length).map((value) => value ?? ""),
    }));
}

function order(wording: Wording): Fragment {
  return newestPerson(wording) === undefined ? sql`p.n` : sql`p.n, p.nw desc${wording.dialect.nothingLast}`;
}

function newestColumn(wording: Wording): readonly Fragment[] {
  const newest = newestPerson(wording);
  return newest === undefined ? [] : [sql`${column(newest)} as nw`];
}

function identifyStatement(wording: Wording): Fragment {
  const rows = byKeys(wording, (keys: Keys) => keysJson(keys), newestColumn(wording), personWhere(wording));
  return sql`select ${list([sql`p.n as n`, ...identifierOutputs(wording)])}
from (${rows}) as p
order by ${order(wording)}`;
}

/** One statement for N persons: their rows, the rows joined to them, what exists, and their lists. */
function valueStatement(wording: Wording, needs: Needs): Fragment {
  const from = personTable(wording);
  const outputs = [
    sql`p.n as n`,
    ...identifierOutputs(wording),
    ...needs.own.cells.map(
      (cell) => sql`${shown(cell.position, MASK, sql`p.${sql.id(cellName(cell))}`)} as ${sql.id(cellName(cell))}`,
    ),
    ...needs.joined.map(
      (need) => sql`${shown(need.position, MASK, chosenRow(wording, need))} as ${sql.id(`j${need.position}`)}`,
    ),
    ...needs.exists.map(
      (slot) =>
        sql`${shown(slot.position, MASK, wording.dialect.truth(existsOf(wording, slot)))} as ${sql.id(`s${slot.position}`)}`,
    ),
    ...needs.lists.map(
      (slot) =>
        sql`${shown(slot.position, MASK, sql`${sql.id(`l${slot.position}`)}.${sql.id("listed")}`)} as ${sql.id(`s${slot.position}`)}`,
    ),
  ];
  const extra = [
    ...newestColumn(wording),
    ...needs.own.cells.map((cell) => sql`${cellText(wording, from, cell)} as ${sql.id(cellName(cell))}`),
    ...joinColumns(wording, needs).map((name) => sql`${column(name)} as ${sql.id(`o_${name}`)}`),
  ];
  const rows = byKeys(
    wording,
    (request: ValueRequest) => keysJson(request.keys, request.masks),
    extra,
    personWhere(wording),
  );
  const lists = needs.lists.map(
    (slot) => sql`
left join ${listOfPerson(wording, slot, MASK)}`,
  );
  return sql`with ${wording.dialect.named} (${rows})
select ${list(outputs)}
from p${sql.join(lists, sql``)}
order by ${order(wording)}`;
}

/** `[rows that fit, cell, …]` of the row that the mapping chooses; null where there is none. */
function chosenRow(wording: Wording, need: TableNeed): Fragment {
  const { mapping, dialect } = wording;
  const type = mapping.config.types[need.type];
  const from = type?.from ?? "";
  const cells = need.cells.map((cell) => shown(cell.position, MASK, cellText(wording, from, cell)));
  const on = belongs(wording, from, type?.on);
  return sql`(select ${dialect.array([sql`count(*) over ()`, ...cells])} from ${table(from)} as t where ${on} and (${condition(dialect, from, type?.where)})${newestFirst(wording, type?.duplicates)} limit 1)`;
}

/** Rows of the person's table as they are held, for the ministry's own eyes: the mapped columns, as the account sees no others. */
function rawStatement(wording: Wording): Fragment {
  const { mapping, dialect } = wording;
  const from = personTable(wording);
  const columns = [...(tableColumns(mapping.config).get(from) ?? [])].sort();
  const texts = columns.map((name, i) => sql`${dialect.text({ table: from, name })} as ${sql.id(`x${i}`)}`);
  const members = columns.map((name, i) => [name, sql`p.${sql.id(`x${i}`)}`] as const);
  const rows = byKeys(wording, (keys: Keys) => keysJson(keys), texts, sql`true`);
  return sql`select ${dialect.object(members)} as ${sql.id("row")} from (${rows}) as p limit 20`;
}
