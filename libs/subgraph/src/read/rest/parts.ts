import { WeftError } from "#libs/terms";
import type { TypeConfig } from "../config.js";
import { PARTS_ANSWERED, PARTS_ASKED } from "../need.js";
import type { RestConfig, SoapConfig } from "../source-config.js";
import { compareTexts } from "../where.js";
import type { Api, Asked, PartsFound, Question } from "./api.js";
import { jsonColumn, type JsonRow } from "./json-row.js";

/**
 * One MIS of several services: a resource that names `parts` is asked of each of them, all with the same keys. A part that fails has
 * not answered, and the count of those that did is told with what they said; where none did, the failure is the read's.
 */
export function withParts(config: RestConfig | SoapConfig, open: (url: string) => Api): Api {
  const own = open(config.url);
  const parts = new Map(Object.entries(config.parts ?? {}).map(([name, url]) => [name, open(url)] as const));
  const partsOf = (resource: string) =>
    (config.resources[resource]?.parts ?? []).flatMap((name) => parts.get(name) ?? []);
  return {
    ...own,
    async askParts(resource, question, asked, signal) {
      return answersOf(partsOf(resource), resource, question, asked, signal);
    },
    async health(signal) {
      const [said] = await Promise.all([own, ...parts.values()].map((api) => api.health(signal)));
      return said ?? "";
    },
    async close() {
      await Promise.all([own, ...parts.values()].map((api) => api.close()));
    },
  };
}

async function answersOf(
  parts: readonly Api[],
  resource: string,
  question: Question,
  asked: Asked,
  signal: AbortSignal,
): Promise<PartsFound> {
  const answers = await Promise.allSettled(parts.map((api) => api.ask(resource, question, asked, signal)));
  const failures = answers.flatMap((answer): unknown[] => (answer.status === "rejected" ? [answer.reason] : []));
  const other = failures.find((reason) => !(reason instanceof WeftError) || !reason.code.startsWith("SOURCE_"));
  if (other !== undefined) throw other as Error;
  if (failures.length === parts.length) throw failures[0] as Error;
  return {
    rows: answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])),
    asked: parts.length,
    answered: parts.length - failures.length,
  };
}

type Combining = NonNullable<TypeConfig["parts"]>[string];

/** A person's rows in all parts as one, which is there also where nobody has a row. */
export function combined(
  rows: readonly JsonRow[],
  found: Pick<PartsFound, "asked" | "answered">,
  combining: NonNullable<TypeConfig["parts"]>,
): JsonRow {
  const columns = Object.entries(combining).map(([column, how]) => {
    const texts = rows.flatMap((row) => {
      const text = jsonColumn(row, column);
      return text === null || text.trim() === "" ? [] : [text.trim()];
    });
    return [column, combine(texts, how)] as const;
  });
  return { ...Object.fromEntries(columns), [PARTS_ASKED]: found.asked, [PARTS_ANSWERED]: found.answered };
}

/** A text that does not fit stands for all: whoever decodes it will say so. */
function combine(texts: readonly string[], how: Combining): string | null {
  if (texts.length === 0) return null;
  if (how === "sum")
    return (
      texts.find((text) => !/^\d{1,15}$/.test(text)) ?? String(texts.reduce((sum, text) => sum + BigInt(text), 0n))
    );
  if (how === "least") return texts.toSorted(compareTexts)[0] ?? null;
  const { first } = how;
  return texts.find((text) => !first.includes(text)) ?? first.find((code) => texts.includes(code)) ?? null;
}
