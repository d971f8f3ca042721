import { WeftError } from "#libs/terms";
import type { Keys } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { PERSON } from "../schema.js";
import type { FoundRow, ListRequest, PageRow, Source } from "../source.js";
import type { RestConfig } from "../source-config.js";
import { newestColumn } from "../table-columns.js";
import { openCalls } from "./call.js";
import { jsonColumn } from "./json-row.js";
import { keptRows, matchPeople, storedOf } from "./match.js";
import { listWords, type Rest, restValues, wordsOf } from "./values.js";

/** A MIS behind a REST API: one request for any number of persons and each resource. */
export function openRest(
  config: RestConfig,
  mapping: Mapping,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const calls = openCalls(config, mapping, env);
  const rest: Rest = { config, mapping, call: calls.call };
  return {
    identify: (keys, signal) => identify(rest, keys, signal),
    values: (needs, request, signal) => restValues(rest, needs, request, signal),
    page: (list, request, signal) => page(rest, list, request, signal),
    codeTable: () =>
      Promise.reject(new WeftError("CONTRACT_INVALID", { detail: "code tables are not offered on REST" })),
    async raw(keys, signal) {
      const table = mapping.config.types[PERSON]?.from ?? "";
      const request = config.resources[table]?.values;
      const rows = request ? await rest.call(request, wordsOf(mapping, keys, []), signal) : [];
      return rows.map((row) => ({
        table,
        row: Object.fromEntries(Object.keys(row).map((name) => [name, jsonColumn(row, name)])),
      }));
    },
    modified: () => undefined,
    health: (signal) => calls.health(signal),
    close: () => calls.close(),
  };
}

/**
 * Where a person has one identifier there is nothing to learn beforehand: every key counts as held until the values say else.
 * With more, the API must offer `identify`, or an objection under the other number would not be seen.
 */
async function identify(
  { config, mapping, call }: Rest,
  keys: Keys,
  signal: AbortSignal,
): Promise<readonly FoundRow[]> {
  const type = mapping.config.types[PERSON];
  const request = config.resources[type?.from ?? ""]?.identify;
  if (!request) {
    return Array.from({ length: keys.size }, (_, at) => ({
      at,
      identifiers: keys.columns.map((column) => column[at] ?? null),
    }));
  }
  const columns = mapping.identifiers.map((identifier) => identifier.config.column);
  const rows = await call(request, wordsOf(mapping, keys, columns), signal);
  const kept = keptRows(rows, type?.where, newestColumn(type?.duplicates));
  return matchPeople(mapping, keys, kept).map(({ at, row }) => ({ at, identifiers: storedOf(mapping, row) }));
}

async function page(
  { config, mapping, call }: Rest,
  name: string,
  request: ListRequest,
  signal: AbortSignal,
): Promise<readonly PageRow[]> {
  const list = mapping.config.lists[name];
  const type = mapping.config.types[PERSON];
  const asked = config.resources[type?.from ?? ""]?.page;
  if (!list || !asked) throw new WeftError("CONTRACT_INVALID", { detail: "a list without a `page` request" });
  const columns = [...mapping.identifiers.map((identifier) => identifier.config.column), ...list.keyset];
  const only = request.only ? wordsOf(mapping, request.only, []) : {};
  const rows = await call(asked, { ...only, ...listWords(request), $columns: columns }, signal);
  return rows.slice(0, request.limit).map((row) => ({
    identifiers: storedOf(mapping, row),
    place: list.keyset.map((column) => jsonColumn(row, column) ?? ""),
  }));
}
