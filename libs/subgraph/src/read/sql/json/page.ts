import { sql } from "kysely";
import type { ListConfig } from "../../config.js";
import type { ListRequest } from "../../source.js";
import { condition } from "../condition.js";
import { all, column, type Fragment, joinsOf, list, table } from "../fragment.js";
import { afterOf, belongs, filterOf, newestFirst, personTable } from "../question.js";
import { byKeys, identifierOutputs, identifierTexts, keysJson, personWhere, type Wording } from "./people.js";

/**
 * Identifiers and keyset of the rows of a list entry. Where the item has a table of its own, its chosen row is what is filtered. One
 * text for both kinds of list: in the order of the keyset where it is by law, by the index of the keys where it rests on consent. The
 * half that is not meant reads nothing.
 */
export function pageStatement(wording: Wording, entry: ListConfig): Fragment {
  const { dialect } = wording;
  const keyset = entry.keyset.map((name, i) => sql`${column(name)} as ${sql.id(`k${i}`)}`);
  const places = entry.keyset.map(
    (name, i) => sql`${dialect.place({ table: personTable(wording), name })} as ${sql.id(`q${i}`)}`,
  );
  const extra = [...keyset, ...places, ...itemColumns(wording, entry)];
  const everybody = sql`select ${list([...identifierTexts(wording), ...extra])} from ${table(personTable(wording))} where (${personWhere(wording)})`;
  const keys = (request: ListRequest) => (request.only === null ? "[]" : keysJson(request.only));
  const consenting = byKeys(wording, keys, extra, personWhere(wording));
  const byLaw = dialect.flag((request: ListRequest) => request.only === null);
  const byConsent = dialect.flag((request: ListRequest) => request.only !== null);
  const order = (of: string) => list(entry.keyset.map((_, i) => column(`k${i}`, of)));
  const limit = () => dialect.limit((request: ListRequest) => request.limit);
  const half = (rows: Fragment, meant: Fragment) => {
    const outputs = [
      ...identifierOutputs(wording),
      ...entry.keyset.flatMap((_, i) => [sql`p.${sql.id(`k${i}`)}`, sql`p.${sql.id(`q${i}`)}`]),
    ];
    return sql`select * from (select ${list(outputs)} from (${rows}) as p where ${meant} and ${fits(wording, entry)} order by ${order("p")} limit ${limit()}) as h`;
  };
  const outputs = [
    ...wording.mapping.identifiers.map((_, i) => sql.id(`i${i}`)),
    ...entry.keyset.map((_, i) => sql.id(`q${i}`)),
  ];
  return sql`select ${list(outputs.map((name) => sql`u.${name}`))} from (${half(everybody, byLaw)}
union all ${half(consenting, byConsent)}) as u
order by ${order("u")} limit ${limit()}`;
}

/** What of the person's row the conditions look at. */
function itemColumns({ mapping, dialect }: Wording, entry: ListConfig): readonly Fragment[] {
  const item = mapping.config.types[entry.of];
  if (item?.from !== undefined) {
    return joinsOf(item.on).map(({ person }) => sql`${column(person)} as ${sql.id(`o_${person}`)}`);
  }
  const from = personTable({ mapping, dialect });
  return [
    sql`${dialect.truth(condition(dialect, from, entry.where))} as ok`,
    ...Object.values(entry.filters).map((filter, i) => sql`${column(filter.column)} as ${sql.id(`f${i}`)}`),
  ];
}

function fits(wording: Wording, entry: ListConfig): Fragment {
  const { mapping, dialect } = wording;
  const item = mapping.config.types[entry.of];
  const person = personTable(wording);
  const request = (each: ListRequest) => each;
  const after = afterOf(
    wording,
    entry.keyset.map((name) => ({ table: person, name })),
    entry.keyset.map((_, i) => sql`p.${sql.id(`k${i}`)}`),
    "asc",
    request,
  );
  const filters = (from: string, of: (column: string, i: number) => Fragment) =>
    Object.entries(entry.filters).map(([name, filter], i) =>
      filterOf(wording, name, filter, { table: from, name: filter.column }, of(filter.column, i), request),
    );
  if (item?.from === undefined)
    return all([sql`p.ok = 'true'`, ...filters(person, (_, i) => sql`p.${sql.id(`f${i}`)}`), after]);
  const { from } = item;
  const joins = belongs(wording, from, item.on);
  const chosen = all([condition(dialect, from, entry.where), ...filters(from, (name) => column(name, "t"))]);
  return all([
    after,
    sql`(select ${dialect.truth(chosen)} from ${table(from)} as t where ${joins} and (${condition(dialect, from, item.where)})${newestFirst(wording, item.duplicates)} limit 1) = 'true'`,
  ]);
}
