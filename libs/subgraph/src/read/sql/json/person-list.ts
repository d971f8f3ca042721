import { sql } from "kysely";
import type { PersonListNeed } from "../../need.js";
import { slotMapping } from "../../slots.js";
import type { ValueRequest } from "../../source.js";
import { condition } from "../condition.js";
import { all, cellName, column, type Fragment, joinsOf, list, shown, table, visible } from "../fragment.js";
import { afterOf, belongs, cellText, filterOf, ownerColumn } from "../question.js";
import type { Wording } from "./people.js";

/**
 * The lists of all persons of the request in one go: ranked for each person, cut at the page's end, and gathered into one JSON text
 * of `[place in the order, cell, …, keyset value, …]`. Names of ours begin with weft_, as a `where` of the ministry names its columns alone.
 */
export function listOfPerson(wording: Wording, slot: PersonListNeed, mask: Fragment): Fragment {
  const { mapping, dialect } = wording;
  const found = slotMapping(mapping, slot.coordinate);
  const type = mapping.config.types[slot.table.type];
  const as = sql.id(`l${slot.position}`);
  if (!found || !("list" in found)) return sql`(select null as n, null as listed) as ${as} on false`;
  const from = type?.from ?? "";
  const people = joinsOf(type?.on).map(({ person }) => person);
  const owner = (person: string) => sql.id(`weft_o${people.indexOf(person)}`);
  const whose = [sql.id("weft_n"), ...people.map(owner)];
  const request = (each: ValueRequest) => each.slots.get(slot.key)?.list;
  const { newest, filters } = found.list;
  const at = (name: string) => ({ table: from, name, of: "t" });
  const keyset = [...(newest === undefined ? [] : [newest]), ...found.list.keyset];
  const columns = keyset.map((name) => column(name, "t"));
  const direction = newest === undefined ? "asc" : "desc";
  const order = list(columns.map((name) => sql`${name} ${sql.raw(direction)}`));
  const masked = slot.table.cells.map((cell) => shown(cell.position, sql`weft_m`, cellText(wording, from, cell)));
  const where = all([
    condition(dialect, from, type?.where),
    ...Object.entries(filters).map(([name, filter]) =>
      filterOf(wording, name, filter, at(filter.column), column(filter.column, "t"), request),
    ),
    afterOf(wording, keyset.map(at), columns, direction, request),
  ]);
  const ranked = [
    ...whose,
    sql`row_number() over (partition by ${list(whose)} order by ${order}) as weft_r`,
    ...masked.map((cell, i) => sql`${cell} as ${sql.id(cellName(slot.table.cells[i]!))}`),
    ...keyset.map((name, i) => sql`${dialect.place(at(name))} as ${sql.id(`q${i}`)}`),
  ];
  const owned = list(people.map((person) => sql`${ownerColumn(person)} as ${owner(person)}`));
  const owners = sql`(select distinct n as weft_n, ${owned}, ${mask} as weft_m from p where ${visible(slot.position, mask)}) as weft_p`;
  const joined = belongs(wording, from, type?.on, owner);
  const groups = whose.map((name) => sql`w.${name}`);
  const theirs = all([
    sql`${as}.weft_n = p.n`,
    ...people.map((person) => sql`${as}.${owner(person)} = ${ownerColumn(person)}`),
  ]);
  const items = [
    ...slot.table.cells.map((cell) => sql`w.${sql.id(cellName(cell))}`),
    ...keyset.map((_, i) => sql`w.${sql.id(`q${i}`)}`),
  ];
  const limit = dialect.limit((each: ValueRequest) => request(each)?.limit ?? 0);
  return sql`(select ${list(groups)}, ${dialect.gathered(dialect.array([sql`w.weft_r`, ...items]))} as listed from (select ${list(ranked)} from ${owners} ${dialect.fromKeys} ${table(from)} as t on ${joined} where ${where}) as w where w.weft_r <= ${limit} group by ${list(groups)}) as ${as} on ${theirs}`;
}
