import { WeftError } from "#libs/terms";
import { type Keys, keysOf } from "../identifier.js";
import type { Mapping } from "../mapping.js";
import { PERSON } from "../schema.js";
import type { FoundRow, ListRequest, PageRow, Source } from "../source.js";
import { newestColumn } from "../table-columns.js";
import { jsonColumn, type JsonRow, topMember } from "./json-row.js";
import { keptRows, matchPeople, storedOf } from "./match.js";
import { apiRaw } from "./raw.js";
import type { Words } from "./template.js";
import { apiValues, askedOf, cutRows, listWords } from "./values.js";

/** `identify`: keys to identifiers. `values`: keys to the columns asked. `page`: of a list entry. */
export type Question = "identify" | "values" | "page";

export interface Asked {
  /** `$nid` and its like, `$keys`: of each as many as there are persons, in their order. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  /** `$columns`, `$limit`, `$after`, `$FILTER`. */
  readonly words: Words;
}

export interface PartsFound {
  readonly rows: readonly JsonRow[];
  readonly asked: number;
  readonly answered: number;
}

/** A service that answers with rows, whatever it speaks: REST, SOAP, DCI or FHIR. */
export interface Api {
  offers(resource: string, question: Question): boolean;
  /** It neither orders a list by its keyset nor goes on after a row of it: all that the filters find comes, and is cut here. */
  readonly hasWholeLists?: boolean;
  /** All pages. Rows that nobody asked for may be among them. Throws WeftError `SOURCE_*`. */
  ask(resource: string, question: Question, asked: Asked, signal: AbortSignal): Promise<readonly JsonRow[]>;
  /** Of every part that the resource names. Throws where none of them answered. */
  askParts?(resource: string, question: Question, asked: Asked, signal: AbortSignal): Promise<PartsFound>;
  health(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export function apiSource(api: Api, mapping: Mapping): Source {
  return {
    identify: (keys, signal) => identify(api, mapping, keys, signal),
    values: (needs, request, signal) => apiValues({ api, mapping }, needs, request, signal),
    page: (list, request, signal) => page(api, mapping, list, request, signal),
    codeTable: () =>
      Promise.reject(new WeftError("CONTRACT_INVALID", { detail: "code tables are offered in SQL and files only" })),
    raw: (keys, signal) => apiRaw(api, mapping, keys, signal),
    modified: () => undefined,
    health: (signal) => api.health(signal),
    close: () => api.close(),
  };
}

/**
 * Where a person has one identifier there is nothing to learn beforehand: every key counts as held until the values say else.
 * With more, the API must offer `identify`, or an objection under the other number would not be seen.
 */
async function identify(api: Api, mapping: Mapping, keys: Keys, signal: AbortSignal): Promise<readonly FoundRow[]> {
  const type = mapping.config.types[PERSON];
  const resource = type?.from ?? "";
  if (!api.offers(resource, "identify")) {
    return Array.from({ length: keys.size }, (_, at) => ({
      at,
      identifiers: keys.columns.map((column) => column[at] ?? null),
    }));
  }
  const columns = mapping.identifiers.map((identifier) => identifier.config.column);
  const rows = await api.ask(resource, "identify", askedOf(mapping, keys, columns), signal);
  const kept = keptRows(rows, type?.where, newestColumn(type?.duplicates));
  return matchPeople(mapping, keys, kept).map(({ at, row }) => ({ at, identifiers: storedOf(mapping, row) }));
}

async function page(
  api: Api,
  mapping: Mapping,
  name: string,
  request: ListRequest,
  signal: AbortSignal,
): Promise<readonly PageRow[]> {
  const list = mapping.config.lists[name];
  const resource = mapping.config.types[PERSON]?.from ?? "";
  if (!list || !api.offers(resource, "page"))
    throw new WeftError("CONTRACT_INVALID", { detail: "a list without a `page` request" });
  const columns = [...mapping.identifiers.map((identifier) => identifier.config.column), ...list.keyset];
  // A search without any number would find everybody.
  const isNobody = api.hasWholeLists === true && request.only?.size === 0;
  const shown = isNobody ? keysOf(mapping.identifiers, [[]]) : request.only;
  const only = shown ? askedOf(mapping, shown, []).keys : {};
  const filters = api.hasWholeLists === true ? ownFilters(mapping, list.of, request) : [];
  const wanted = [...columns, ...filters.map(({ filter }) => topMember(filter.column))];
  const words = { ...only, ...listWords(request), $columns: wanted };
  const found = await api.ask(resource, "page", { keys: {}, words }, signal);
  const kept = shown && api.hasWholeLists === true ? matchPeople(mapping, shown, found).map(({ row }) => row) : found;
  const rows = api.hasWholeLists === true ? cutRows(kept, list.keyset, 1, { ...request, filters }) : kept;
  return rows.slice(0, request.limit).map((row) => ({
    identifiers: storedOf(mapping, row),
    place: list.keyset.map((column) => jsonColumn(row, column) ?? ""),
  }));
}

/** Filters look at the item's row, which is here where the item has no resource of its own. */
function ownFilters(mapping: Mapping, of: string, { filters }: ListRequest): ListRequest["filters"] {
  return mapping.config.types[of]?.from === undefined ? filters : [];
}
