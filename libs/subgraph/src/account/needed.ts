import type { AdapterConfig, Where } from "../read/config.js";
import { PERSON } from "../read/schema.js";
import { tableColumns } from "../read/table-columns.js";

/** A look-up that a mapping makes with each read: rows of a table by these columns. */
export interface Key {
  readonly table: string;
  readonly columns: readonly string[];
  /** Compared after steps that a plain index does not serve. */
  readonly isExpression: boolean;
}

export function keysOfMapping(config: AdapterConfig): readonly Key[] {
  const person = config.types[PERSON];
  const table = person?.from ?? "";
  const own = (person?.identifiers ?? []).map(({ column, normalise }): Key => ({
    table,
    columns: [column],
    isExpression: normalise.length > 0,
  }));
  const types = Object.values(config.types).flatMap(({ from, on, fields }) => [
    ...(from !== undefined && on ? [{ table: from, columns: Object.keys(on), isExpression: false }] : []),
    ...Object.values(fields).flatMap((field) =>
      "exists" in field
        ? [{ table: field.exists.from, columns: Object.keys(field.exists.on), isExpression: false }]
        : [],
    ),
  ]);
  const all = [...own, ...types];
  return all.filter((key, i) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(key)) === i);
}

/** Every column that the mapping reads, those included that conditions in SQL name. */
export function neededColumns(config: AdapterConfig): ReadonlyMap<string, readonly string[]> {
  const named = wordsInSql(config);
  return new Map(
    [...tableColumns(config)]
      .filter(([, columns]) => columns.size > 0)
      .map(([table, columns]) => [table, [...new Set([...columns, ...(named.get(table) ?? [])])].sort()] as const),
  );
}

/** Columns that a condition written in SQL may name, by the table whose rows it is about. */
function wordsInSql(config: AdapterConfig): ReadonlyMap<string, readonly string[]> {
  const person = config.types[PERSON]?.from ?? "";
  const found = new Map<string, string[]>();
  const look = (table: string, where: Where | undefined) => {
    if (typeof where !== "string") return;
    found.set(table, [...(found.get(table) ?? []), ...namesIn(where)]);
  };
  for (const { from = person, where, quality, fields } of Object.values(config.types)) {
    look(from, where);
    if (typeof quality === "object")
      for (const each of [quality.verified, quality.declared, quality.disputed]) look(from, each);
    for (const field of Object.values(fields)) if ("exists" in field) look(field.exists.from, field.exists.where);
  }
  for (const { of, where } of Object.values(config.lists)) look(config.types[of]?.from ?? person, where);
  for (const codes of Object.values(config.codes))
    if (typeof codes["from"] === "string" && "where" in codes) look(codes["from"], codes["where"] as Where);
  return found;
}

const words = new Set(
  "and or not is null in like ilike between true false exists select from where case when then else end cast as date time timestamp interval current_date current_timestamp any all some similar to escape distinct collate array".split(
    " ",
  ),
);

/** Names in a condition: quoted ones, and plain words that are neither SQL's own nor functions nor parameters. */
function namesIn(sql: string): readonly string[] {
  const bare = sql.replaceAll(/'(?:[^']|'')*'/g, "''");
  const quoted = [...bare.matchAll(/["`]([^"`]+)["`]/g)].map(([, name = ""]) => name);
  const plain = [...bare.replaceAll(/["`][^"`]+["`]/g, " ").matchAll(/(?<![:\w.])[A-Za-z_]\w*(?!\w|\s*\(|\s*\.)/g)].map(
    ([name]) => name,
  );
  return [...quoted, ...plain.filter((name) => !words.has(name.toLowerCase()))];
}
