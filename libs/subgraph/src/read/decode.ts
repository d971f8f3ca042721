import { type GraphQLNamedType, isEnumType } from "graphql";
import type { CodeLists } from "./codes.js";
import { dateFormat, type DateFormat, readDate } from "./date-format.js";

/** The stored text of a field could not be read. Carries no text: only counts leave. */
export class Undecodable extends Error {
  override readonly name = "Undecodable";
}

/** A value that only all parts of a source together could say, and not all of them answered. */
export class Incomplete extends Error {
  override readonly name = "Incomplete";
}

export type Value = string | number | boolean | null;
export type Decode = (stored: string | null) => Value;

export interface Decoding {
  readonly codes?: string | undefined;
  readonly date?: string | readonly string[] | undefined;
  readonly nulls?: readonly string[] | undefined;
  readonly number?: NumberForm | undefined;
}

interface NumberForm {
  readonly decimal?: string | undefined;
  readonly group?: string | undefined;
  readonly scale?: number | undefined;
}

/**
 * How the text of one column becomes a value of the field's type. `nulls`: the spellings of nothing in the whole MIS.
 * Throws `Undecodable` where a text is neither nothing nor a value.
 */
export function decoder(
  decoding: Decoding,
  type: GraphQLNamedType,
  codes: CodeLists,
  nulls: readonly string[],
): Decode {
  const empty = nullTest(decoding.nulls, nulls);
  const read = decoding.codes === undefined ? reader(decoding, type) : codeReader(decoding.codes, type, codes);
  return (stored) => {
    if (stored === null || empty(stored)) return null;
    const value = read(stored);
    if (value === undefined) throw new Undecodable();
    return value;
  };
}

/** Empty text is nothing in any case, unless a code list says what a blank stands for. */
export function nullTest(
  own: readonly string[] | undefined,
  everywhere: readonly string[],
): (stored: string) => boolean {
  const spellings = new Set([...(own ?? []), ...everywhere]);
  return (stored) => stored === "" || spellings.has(stored) || (stored.trim() !== "" && spellings.has(stored.trim()));
}

function codeReader(name: string, type: GraphQLNamedType, codes: CodeLists) {
  const read = typed(type);
  return (stored: string): Value | undefined => {
    const label = codes.find(name)?.decode(stored);
    return typeof label === "string" ? read(label) : label;
  };
}

function reader(decoding: Decoding, type: GraphQLNamedType): (stored: string) => Value | undefined {
  if (type.name === "Date" || decoding.date !== undefined) return dateReader(dateFormats(decoding.date));
  if (["Int", "Float", "Decimal"].includes(type.name)) return numberReader(type.name, decoding.number ?? {});
  return typed(type);
}

export function dateFormats(date: string | readonly string[] | undefined): readonly DateFormat[] {
  return (typeof date === "string" ? [date] : (date ?? ["iso"])).map(dateFormat);
}

function dateReader(formats: readonly DateFormat[]) {
  return (stored: string): Value | undefined => blankOr(stored, (text) => readDate(formats, text));
}

function numberReader(type: string, form: NumberForm) {
  return (stored: string): Value | undefined =>
    blankOr(stored, (text) => {
      const decimal = readDecimal(text, form);
      if (decimal === undefined || type === "Decimal") return decimal;
      const number = Number(decimal);
      return type === "Int" && (!Number.isInteger(number) || Math.abs(number) > 2_147_483_647) ? undefined : number;
    });
}

/** Text, a truth value or a value of an enum, as it stands. */
function typed(type: GraphQLNamedType): (text: string) => Value | undefined {
  if (isEnumType(type)) {
    const values = new Set(type.getValues().map((value) => value.name));
    return (stored) => blankOr(stored, (text) => (values.has(text) ? text : undefined));
  }
  if (type.name === "Boolean") return (stored) => blankOr(stored, (text) => truths.get(text.toLowerCase()));
  if (type.name === "Date") return dateReader(dateFormats(undefined));
  if (["Int", "Float", "Decimal"].includes(type.name)) return numberReader(type.name, {});
  return (stored) => blankOr(stored, (text) => text);
}

const truths = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);

function blankOr<T>(stored: string, read: (text: string) => T | undefined): T | null | undefined {
  const text = stored.trim();
  return text === "" ? null : read(text);
}

/** Exact: moves the decimal point in the text, never through a binary number. `scale` -2 reads cents. */
export function readDecimal(text: string, form: NumberForm = {}): string | undefined {
  const { decimal = ".", group, scale = 0 } = form;
  const plain = (group === undefined ? text : text.replaceAll(group, "")).replace(decimal, ".");
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(plain);
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const shifted = scale >= 0 ? shiftRight(whole, fraction, scale) : shiftLeft(whole, fraction, -scale);
  const integer = shifted.whole.replace(/^0+(?=\d)/, "");
  return `${sign === "-" ? "-" : ""}${integer}${shifted.fraction === "" ? "" : `.${shifted.fraction}`}`;
}

function shiftRight(whole: string, fraction: string, places: number) {
  const digits = fraction.padEnd(places, "0");
  return { whole: whole + digits.slice(0, places), fraction: digits.slice(places) };
}

function shiftLeft(whole: string, fraction: string, places: number) {
  const digits = whole.padStart(places + 1, "0");
  return { whole: digits.slice(0, -places), fraction: digits.slice(-places) + fraction };
}
