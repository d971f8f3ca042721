import type { Outcome } from "./expected.js";
import type { Papers } from "./papers.js";
import type { Place } from "./places.js";

/** What came over HTTP. */
export interface Heard {
  readonly status: number;
  readonly data: unknown;
  readonly errors: readonly HeardError[];
}

interface HeardError {
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly coordinate?: string };
}

export interface Observed {
  readonly outcome: Outcome;
  /** A value is there; otherwise a `VALUE` says that nothing is recorded. */
  readonly isThere: boolean;
}

/** Reads an answer at one place as a caller would: a value, or a null and the error that explains it. */
export function observedAt(place: Place, heard: Heard, papers: Papers): Observed {
  const codes = heard.errors.map(({ extensions }) => extensions.code);
  if (heard.status !== 200) return { outcome: `HTTP ${heard.status} ${codes.join(" ")}`, isThere: false };
  const names = [...(place.from === "person" ? ["person"] : []), ...place.steps.map(({ name }) => name)];
  const { value, depth } = follow(heard.data, names);
  const code = explanationOf(place, names, depth, heard.errors, papers);
  if (value === null) return { outcome: code ?? "VALUE", isThere: false };
  if (code !== undefined) return { outcome: `VALUE despite ${code}`, isThere: true };
  const { unresolved } = place.field;
  return { outcome: unresolved !== undefined && value === unresolved ? "UNRESOLVED" : "VALUE", isThere: true };
}

/** The value at the end of the way, or the null at which it ends, after so many names. Of a list the first item. */
function follow(data: unknown, names: readonly string[]): { value: unknown; depth: number } {
  let value = data;
  for (const [depth, name] of names.entries()) {
    value = firstOf((value as Record<string, unknown>)[name]) ?? null;
    if (value === null) return { value, depth: depth + 1 };
  }
  return { value, depth: names.length };
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? (value[0] as unknown) : value;
}

/** Its own error first, then that of a field on the way to it, then that of one below the null which may itself not be null. */
function explanationOf(
  { field, steps }: Place,
  names: readonly string[],
  depth: number,
  errors: readonly HeardError[],
  papers: Papers,
): string | undefined {
  const onTheWay = errors.filter(({ path = [] }) => path.every((step, i) => step === names[i]));
  const of = (at: string) => onTheWay.find(({ extensions }) => extensions.coordinate === at)?.extensions.code;
  const above = [field, ...steps.toReversed()].map(({ at }) => of(at)).find((code) => code !== undefined);
  const below = errors.find(
    ({ path = [], extensions: { coordinate = "" } }) =>
      depth < names.length &&
      names.slice(0, depth).every((name, i) => path[i] === name) &&
      papers.fields.get(coordinate)?.always === true,
  );
  return above ?? below?.extensions.code;
}
