import type { Scheme } from "#libs/terms";
import { means } from "../words.js";
import type { Input, Operation, ServiceColumn } from "./service.js";
import {
  asksNextPage,
  choosesColumns,
  namesScheme,
  sameName,
  saysNextPage,
  saysPageNumber,
  saysPageSize,
} from "./service-words.js";

/** How an operation finds persons by their numbers. */
export interface LookUp {
  readonly operation: Operation;
  readonly keys: readonly Key[];
  /** All persons in one call; else one call for each. */
  readonly isBatch: boolean;
  readonly columns: Input | undefined;
  readonly next: { readonly input: Input; readonly member: string } | undefined;
  readonly fixed: readonly { readonly input: Input; readonly value: string }[];
  /** Wanted by the service, and not known here. */
  readonly open: readonly Input[];
  /** Its answers come in pages that are asked for by their number. */
  readonly hasNumberedPages: boolean;
}

export interface Key {
  readonly input: Input;
  /** The member of a row that holds the same number. */
  readonly column: string;
  /** The row does not say whom it is about. */
  readonly isAsked: boolean;
}

/** By inputs that name numbers of persons; undefined where it has none. `known`: columns and schemes that are known to be numbers. */
export function lookUpOf(
  operation: Operation,
  known: readonly string[],
  schemes: Iterable<Scheme>,
): LookUp | undefined {
  const all = [...schemes];
  const keys = operation.inputs.flatMap((input) => keyOf(input, operation, known, all) ?? []);
  const batch = keys.filter(({ input }) => input.isMany);
  // One person is looked up by one number: two of them would both have to be theirs.
  const used = batch.length > 0 ? batch : keys.toSorted((a, b) => place(a) - place(b)).slice(0, 1);
  if (used.length === 0) return undefined;
  const taken = new Set(used.map(({ input }) => input));
  const rest = operation.inputs.filter((input) => !taken.has(input));
  const columns = rest.find(choosesColumns);
  const input = rest.find(asksNextPage);
  const member = operation.beside.find(saysNextPage);
  const size = rest.find((one) => saysPageSize(one) && one.largest !== null);
  const fixed = rest.flatMap((one) => {
    if (one === size) return [{ input: one, value: String(one.largest) }];
    return one.isRequired && one.fixed !== null ? [{ input: one, value: one.fixed }] : [];
  });
  const settled = new Set([columns, input, ...fixed.map((one) => one.input)]);
  return {
    operation,
    keys: used,
    isBatch: batch.length > 0,
    columns,
    next: input && member !== undefined ? { input, member } : undefined,
    fixed,
    open: rest.filter((one) => one.isRequired && !settled.has(one)),
    hasNumberedPages: operation.isMany && rest.some(saysPageNumber) && member === undefined,
  };
}

function keyOf(
  input: Input,
  operation: Operation,
  known: readonly string[],
  schemes: readonly Scheme[],
): Key | undefined {
  const name = sameName(input.name);
  const scheme = schemes.find((one) => namesScheme(input.name, one));
  const isNumber = means(input.name, "number") || means(name, "number") || scheme !== undefined;
  if (!isNumber && !known.includes(name)) return undefined;
  const column = findColumn(operation.columns, name, scheme);
  return { input, column: column?.name ?? input.name, isAsked: column === undefined };
}

/** Of the same name; or the one member that is called after the same scheme. */
function findColumn(columns: readonly ServiceColumn[], name: string, scheme: Scheme | undefined) {
  const same = columns.find((column) => sameName(column.name) === name);
  if (same || !scheme) return same;
  const [one, another] = columns.filter((column) => namesScheme(column.name, scheme));
  return another ? undefined : one;
}

/** In the address last: it is in every log on the way. */
function place({ input }: Key): number {
  return { body: 0, query: 1, path: 2 }[input.place];
}

/** The better look-up first: of many persons at once, with nothing left open, with more of them in its answer. */
export function betterFirst(a: LookUp, b: LookUp): number {
  return (
    a.open.length - b.open.length ||
    Number(b.isBatch) - Number(a.isBatch) ||
    Number(a.hasNumberedPages) - Number(b.hasNumberedPages) ||
    b.operation.columns.length - a.operation.columns.length
  );
}
