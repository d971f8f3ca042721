import { WeftError } from "#libs/terms";
import type { PagedConfig } from "../source-config.js";
import type { Asked } from "./api.js";
import { type JsonRow, jsonRows, jsonScalar } from "./json-row.js";
import { filled, type Words } from "./template.js";

/** One page of one call; undefined where the service says that nobody was found. */
export type AskPage = (words: Words, next: string | undefined) => Promise<unknown>;

/** Every row of every page of every call; at most `width` calls at once. */
export function allRows(request: PagedConfig, asked: Asked, width: number, ask: AskPage): Promise<readonly JsonRow[]> {
  return inCalls(asked, request.perCall, width, async ({ keys, words: others }) => {
    const single = Object.entries(keys).map(([word, [key = null]]) => [word, key] as const);
    const words = { ...others, ...(request.perCall === 1 ? Object.fromEntries(single) : keys) };
    const found = await pages(request, words, ask);
    if (request.asked === undefined) return found;
    const said = filled(request.asked, words) as JsonRow;
    return found.map((row) => ({ ...row, ...said }));
  });
}

/**
 * A service that takes few persons at once is asked as often as it takes for all. The number of calls is that of the persons,
 * decoys included: it does not tell who was withheld.
 */
export async function inCalls(
  asked: Asked,
  perCall: number | undefined,
  width: number,
  call: (asked: Asked) => Promise<readonly JsonRow[]>,
): Promise<readonly JsonRow[]> {
  const size = Math.max(0, ...Object.values(asked.keys).map(({ length }) => length));
  if (perCall === undefined || Object.keys(asked.keys).length === 0) return call(asked);
  const calls = Array.from({ length: Math.ceil(size / perCall) }, (_, i): Asked => {
    const few = Object.entries(asked.keys).map(
      ([word, all]) => [word, all.slice(i * perCall, (i + 1) * perCall)] as const,
    );
    return { keys: Object.fromEntries(few), words: asked.words };
  });
  return (await inTurn(calls, width, call)).flat();
}

/** The first failure is everybody's: an answer without some persons would say that they are not there. */
async function inTurn<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = [...items.entries()].toReversed();
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      try {
        results[item[0]] = await work(item[1]);
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

async function pages(request: PagedConfig, words: Words, ask: AskPage): Promise<readonly JsonRow[]> {
  const rows: JsonRow[] = [];
  let next: string | undefined;
  for (let page = 0; page < request.maxPages; page++) {
    const answer = await ask(words, next);
    if (answer === undefined) return rows;
    rows.push(...jsonRows(answer, request.rows));
    next = request.next === undefined ? undefined : jsonScalar(answer, request.next);
    if (next === undefined || next === "") return rows;
  }
  // An answer that is cut off would be a wrong answer: a payment that is not on it would seem not to exist.
  throw new WeftError("SOURCE_INVALID", { detail: `more than ${request.maxPages} pages` });
}
