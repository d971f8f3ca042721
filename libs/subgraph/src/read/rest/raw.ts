import { type Keys, keysOf } from "../identifier.js";
import { identifiersOf } from "../identify.js";
import type { Mapping } from "../mapping.js";
import { PERSON } from "../schema.js";
import type { Source, Texts } from "../source.js";
import { tableColumns } from "../table-columns.js";
import type { Api } from "./api.js";
import { jsonColumn, type JsonRow } from "./json-row.js";
import { keyLookup, matchPeople, storedOf } from "./match.js";
import { askedOf, joinOf } from "./values.js";

/** The persons' own rows, and those of every resource that hangs on them. Nobody else's, whatever the service answers with. */
export async function apiRaw(api: Api, mapping: Mapping, keys: Keys, signal: AbortSignal): ReturnType<Source["raw"]> {
  const { types } = mapping.config;
  const person = types[PERSON]?.from ?? "";
  const columns = tableColumns(mapping.config);
  const ask = (table: string, by: Keys, first: number) =>
    api.ask(table, "values", askedOf(mapping, by, [...(columns.get(table) ?? [])], first), signal);
  const own = matchPeople(mapping, keys, await ask(person, keys, 0)).map(({ row }) => row);
  // What hangs on a person may know them by another of their numbers.
  const known = keysOf(
    mapping.identifiers,
    own.map((row) => identifiersOf(mapping.identifiers, storedOf(mapping, row))),
  );
  const hanging = Object.entries(types).filter(([name, { from }]) => name !== PERSON && from !== undefined);
  const theirs = await Promise.all(
    hanging.map(async ([, type]) => {
      const { here, at, identifier } = joinOf(mapping, type);
      const isTheirs = keyLookup(identifier, known.columns[at] ?? []);
      const rows = known.size === 0 ? [] : await ask(type.from ?? "", known, at);
      return rows
        .filter((row) => isTheirs(jsonColumn(row, here)).length > 0)
        .map((row) => ({ table: type.from ?? "", row: shown(row) }));
    }),
  );
  return [...own.map((row) => ({ table: person, row: shown(row) })), ...theirs.flat()];
}

/** Members of members as JSON: what a mapping finds by its path is to be seen where it stands. */
function shown(row: JsonRow): Texts {
  const text = (name: string) => {
    const value = row[name];
    return typeof value === "object" && value !== null ? JSON.stringify(value) : jsonColumn(row, name);
  };
  // `$` would be a path.
  return Object.fromEntries(Object.keys(row).map((name) => [name, name.startsWith("$") ? null : text(name)]));
}
