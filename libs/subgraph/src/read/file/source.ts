import { WeftError } from "#libs/terms";
import { envValue } from "../env.js";
import { type Keys, readIdentifier, spellKey } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { splitCanonicalPerson } from "#libs/terms";
import { PERSON } from "../schema.js";
import type { FoundRow, Source, Texts } from "../source.js";
import type { FileConfig } from "../source-config.js";
import { newestColumn, tableColumns } from "../table-columns.js";
import { columnTests, compareTexts, holds, isStructured } from "../where.js";
import { filePage, type FileQuery, fileValues, stored } from "./query.js";
import { openRegister } from "./register.js";
import type { FileTable } from "./table.js";

/** A paper programme's register: files read in place, questions answered from the mapped columns in memory. */
export function openFiles(
  config: FileConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const columns = tableColumns(mapping.config);
  const registers = new Map(
    Object.entries(config.files).map(
      ([name, file]) => [name, openRegister(envValue(file, env), config, columns.get(name) ?? new Set())] as const,
    ),
  );
  const indexes = new WeakMap<FileTable, Map<string, ReadonlyMap<string, readonly Texts[]>>>();
  const person = mapping.config.types[PERSON]?.from ?? "";
  let modified: Date | undefined;
  const tables = async (): Promise<FileQuery> => {
    const open = new Map<string, FileTable>();
    for (const [name, register] of registers) open.set(name, await register.current());
    modified = [...open.values()].map((table) => table.modified).sort((a, b) => a.getTime() - b.getTime())[0];
    return {
      mapping,
      tables: open,
      index: (table, column, by) => indexed(indexes, open.get(table), column, by),
      people: (keys) => people(mapping, open.get(person), indexes, keys),
    };
  };
  return {
    identify: async (keys) =>
      (await tables()).people(keys).map(({ at, row }) => ({ at, identifiers: stored(mapping, row) })),
    values: async (needs, request) => fileValues(await tables(), needs, request),
    page: async (list, request) => filePage(await tables(), list, request),
    async codeTable(table) {
      const rows = (await tables()).tables.get(table.from)?.rows ?? [];
      const tests = isStructured(table.where) ? columnTests(table.where) : [];
      return rows
        .filter((row) => holds(tests, (column) => row[column] ?? null))
        .map((row) => [row[table.code] ?? "", row[table.label] ?? null] as const);
    },
    raw: async (keys) => (await tables()).people(keys).map(({ row }) => ({ table: person, row })),
    modified: () => modified,
    async health() {
      const open = [...(await tables()).tables.values()];
      const errors = open.reduce((sum, table) => sum + table.errors, 0);
      return `${open.reduce((sum, table) => sum + table.rows.length, 0)} rows, ${errors} that could not be used`;
    },
    close: () => Promise.resolve(),
  };
}

type Indexes = WeakMap<FileTable, Map<string, ReadonlyMap<string, readonly Texts[]>>>;

/** Built at the first question, dropped with the reading of the file that it belongs to. */
function indexed(
  indexes: Indexes,
  table: FileTable | undefined,
  name: string,
  by: (row: Texts) => string | undefined,
): ReadonlyMap<string, readonly Texts[]> {
  if (!table) throw new WeftError("CONTRACT_INVALID", { detail: "the mapping names a table that `files` does not" });
  const known = indexes.get(table) ?? new Map<string, ReadonlyMap<string, readonly Texts[]>>();
  indexes.set(table, known);
  const found = known.get(name);
  if (found) return found;
  const index = new Map<string, Texts[]>();
  for (const row of table.rows) {
    const key = by(row);
    if (key === undefined) continue;
    const rows = index.get(key);
    if (rows) rows.push(row);
    else index.set(key, [row]);
  }
  known.set(name, index);
  return index;
}

/** Rows of the person's table that hold a key, with the number of the person whose key it is. */
function people(
  mapping: Mapping,
  table: FileTable | undefined,
  indexes: Indexes,
  keys: Keys,
): readonly (Pick<FoundRow, "at"> & { readonly row: Texts })[] {
  const type = mapping.config.types[PERSON];
  const tests = isStructured(type?.where) ? columnTests(type.where) : [];
  const newest = newestColumn(type?.duplicates);
  const byColumn = mapping.identifiers.map((identifier, i) =>
    indexed(indexes, table, `identifier ${i}`, (row) => {
      const canonical = readIdentifier(identifier, row[identifier.config.column] ?? null);
      return canonical && spellKey(identifier, splitCanonicalPerson(canonical).value);
    }),
  );
  return Array.from({ length: keys.size }, (_, at) => {
    const rows = new Set(byColumn.flatMap((index, i) => index.get(keys.columns[i]?.[at] ?? "") ?? []));
    const kept = [...rows].filter((row) => holds(tests, (column) => row[column] ?? null));
    if (newest !== undefined) kept.sort((a, b) => compareTexts(b[newest] ?? "", a[newest] ?? ""));
    return kept.map((row) => ({ at, row }));
  }).flat();
}
