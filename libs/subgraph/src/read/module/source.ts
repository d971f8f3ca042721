import { WeftError } from "#libs/terms";
import { milliseconds } from "../duration.js";
import { envValue } from "../env.js";
import type { Mapping } from "../mapping.js";
import { apiSource, type Asked, type Question } from "../rest/api.js";
import type { Env } from "../rest/http.js";
import { jsonColumn, type JsonRow } from "../rest/json-row.js";
import { keyLookup } from "../rest/match.js";
import { joinOf } from "../rest/values.js";
import { PERSON } from "../schema.js";
import type { Source } from "../source.js";
import type { ModuleConfig } from "../source-config.js";
import { within } from "../sql/source.js";
import type { ReadRows, RowsQuestion } from "./hook.js";
import { loadHook } from "./load.js";
import { Turns } from "./turns.js";

/**
 * A system that is read by the ministry's own module. It gives rows and nothing else: which of them are somebody's who was asked, which columns,
 * which codes, whose consent — all that is decided here, as for every service. Throws CONFIG_INVALID where its file is not the one that was signed.
 */
export async function openModule(config: ModuleConfig, mapping: Mapping, env: Env): Promise<Source> {
  const read = await loadHook(envValue(config.file, env), config.sha256);
  const { connections, queue, statementTimeout } = mapping.config.protect;
  const settings = Object.fromEntries(
    Object.entries(config.settings).map(([name, variable]) => [name, envValue(variable, env)] as const),
  );
  const hook: Hook = {
    config,
    mapping,
    read,
    settings: Object.freeze(settings),
    turns: new Turns(connections, milliseconds(queue)),
    limit: milliseconds(statementTimeout),
    counts: { calls: 0, dropped: 0 },
  };
  const { counts } = hook;
  return apiSource(
    {
      offers: (_resource, question) =>
        question === "page" ? config.lists : question === "values" || mapping.identifiers.length > 1,
      hasWholeLists: true,
      ask: (resource, question, asked, signal) => ask(hook, resource, question, asked, signal),
      health: () =>
        Promise.resolve(
          `the module is loaded; ${counts.calls} calls, ${counts.dropped} rows of nobody who was asked were dropped`,
        ),
      close: () => Promise.resolve(),
    },
    mapping,
  );
}

interface Hook {
  readonly config: ModuleConfig;
  readonly mapping: Mapping;
  readonly read: ReadRows;
  readonly settings: Readonly<Record<string, string>>;
  readonly turns: Turns;
  readonly limit: number;
  readonly counts: { calls: number; dropped: number };
}

async function ask(
  hook: Hook,
  resource: string,
  question: Question,
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly JsonRow[]> {
  const columns = columnsOf(hook, resource, question, asked);
  const rows = plainRows(await called(hook, questionOf(hook, resource, question, asked, columns), signal), hook.config);
  const kept = rows.map((row) => Object.fromEntries(columns.map((name) => [name, jsonColumn(row, name)] as const)));
  if (question === "page") return kept;
  const isAsked = askedIn(hook, resource, asked);
  const theirs = kept.filter(isAsked);
  hook.counts.dropped += kept.length - theirs.length;
  return theirs;
}

/** Nothing that the module throws goes further: it may hold anything of anybody. */
async function called(hook: Hook, question: RowsQuestion, signal: AbortSignal): Promise<unknown> {
  hook.counts.calls += 1;
  const until = AbortSignal.any([signal, AbortSignal.timeout(hook.limit)]);
  const work = async () => hook.read(question, { settings: hook.settings, signal: until });
  const { done } = await hook.turns.run(work);
  try {
    return await within(until, () => done);
  } catch {
    const detail = until.aborted ? "deadline" : "the module failed";
    throw new WeftError("SOURCE_UNAVAILABLE", { detail, retryAfter: 5 });
  }
}

/** As JSON says them: no getter, no class, no more than an answer may have. */
function plainRows(answer: unknown, { maxAnswer }: ModuleConfig): readonly JsonRow[] {
  let text: string | undefined;
  try {
    text = JSON.stringify(answer);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new WeftError("SOURCE_INVALID", { detail: "the module's answer is no list of rows" });
  if (text.length > maxAnswer) throw new WeftError("SOURCE_INVALID", { detail: "too large" });
  const rows = JSON.parse(text) as unknown;
  const isRow = (row: unknown) => typeof row === "object" && row !== null && !Array.isArray(row);
  if (!Array.isArray(rows) || !rows.every(isRow))
    throw new WeftError("SOURCE_INVALID", { detail: "the module's answer is no list of rows" });
  return rows as JsonRow[];
}

/** What was asked for, and the numbers that say whose the row is. */
function columnsOf(hook: Hook, resource: string, question: Question, { words }: Asked): readonly string[] {
  const wanted = Array.isArray(words["$columns"]) ? (words["$columns"] as readonly string[]) : [];
  const isPersons = hook.mapping.config.types[PERSON]?.from === resource;
  const numbers = isPersons ? hook.mapping.identifiers.map(({ config }) => config.column) : [];
  return [...new Set([...numbers, ...(question === "identify" ? [] : wanted)])];
}

function questionOf(
  { mapping }: Hook,
  resource: string,
  question: Question,
  { keys, words }: Asked,
  columns: readonly string[],
): RowsQuestion {
  const list = (word: string) => {
    const value = keys[word] ?? words[word] ?? null;
    return value === null ? null : [value].flat().map(String);
  };
  const isPersons = mapping.config.types[PERSON]?.from === resource;
  const byColumn = mapping.identifiers.flatMap(({ config, scheme }) => {
    const found = list(`$${scheme.name}`);
    return found === null ? [] : [[config.column, found] as const];
  });
  const joined = isPersons ? undefined : joinedTo(mapping, resource);
  const byJoin = joined === undefined ? [] : [[joined.here, list("$keys") ?? []] as const];
  const found = Object.fromEntries(joined === undefined ? byColumn : byJoin);
  const filters = Object.values(mapping.config.lists).flatMap(({ filters: all }) => Object.keys(all));
  return Object.freeze({
    resource,
    question,
    keys: question === "page" && byColumn.length === 0 ? null : found,
    columns: [...columns],
    filters: question === "page" ? Object.fromEntries(filters.map((name) => [name, list(`$${name}`)] as const)) : {},
  });
}

function joinedTo(mapping: Mapping, resource: string) {
  const type = Object.entries(mapping.config.types).find(
    ([name, { from }]) => name !== PERSON && from === resource,
  )?.[1];
  return type === undefined ? undefined : joinOf(mapping, type);
}

/** Whether a row is of somebody who was asked, by the numbers that it holds. */
function askedIn({ mapping }: Hook, resource: string, { keys }: Asked): (row: JsonRow) => boolean {
  const joined = mapping.config.types[PERSON]?.from === resource ? undefined : joinedTo(mapping, resource);
  const lookUps = joined
    ? [[joined.here, keyLookup(joined.identifier, keys["$keys"] ?? [])] as const]
    : mapping.identifiers.map(
        (each) => [each.config.column, keyLookup(each, keys[`$${each.scheme.name}`] ?? [])] as const,
      );
  return (row) => lookUps.some(([column, numbers]) => numbers(jsonColumn(row, column)).length > 0);
}
