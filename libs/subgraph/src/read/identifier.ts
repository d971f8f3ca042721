import { randomInt } from "node:crypto";
import {
  type CanonicalPerson,
  findCanonicalPerson,
  normalise,
  type Scheme,
  splitCanonicalPerson,
  WeftError,
} from "#libs/terms";
import type { IdentifierConfig } from "./config.js";

/** One identifier column of the person's table with its scheme: how a key is sent, and how a stored text is read. */
export interface IdentifierColumn {
  readonly scheme: Scheme;
  readonly config: IdentifierConfig;
}

/** N keys for each identifier column, as the MIS spells them. Always N: who has no key there has a decoy. */
export interface Keys {
  readonly size: number;
  /** `[identifier column][person]` */
  readonly columns: readonly (readonly string[])[];
}

export function identifierColumns(
  configs: readonly IdentifierConfig[],
  schemes: ReadonlyMap<string, Scheme>,
): readonly IdentifierColumn[] {
  return configs.map((config) => {
    const scheme = schemes.get(config.scheme);
    if (!scheme)
      throw new WeftError("CONTRACT_INVALID", { detail: `identifier scheme ${config.scheme} is not registered` });
    return { scheme, config };
  });
}

/** Undefined where the stored text is not a well-formed identifier of its scheme: nobody can ask for it. */
export function readIdentifier(column: IdentifierColumn, stored: string | null): CanonicalPerson | undefined {
  if (stored === null) return undefined;
  const { config, scheme } = column;
  let text = normalise(stored, config.normalise).trim();
  if (config.stored !== undefined) text = unspell(config.stored, text);
  if (config.pad !== undefined) text = text === "" ? text : text.padStart(config.pad, "0");
  return findCanonicalPerson(scheme, text);
}

/** The value as it is compared with the column: in the MIS's own spelling, or after the column's `normalise` steps. */
export function spellKey(column: IdentifierColumn, value: string): string {
  const { stored, pad } = column.config;
  if (stored !== undefined) return spell(stored, value);
  return pad === undefined ? value : value.replace(/^0+(?=.)/, "");
}

function spell(pattern: string, value: string): string {
  let at = 0;
  const spelt = pattern.replaceAll("#", () => value[at++] ?? "");
  return spelt + value.slice(at);
}

/** Drops the pattern's own characters where they stand; what does not fit the pattern is left as it is. */
function unspell(pattern: string, text: string): string {
  if (text.length !== pattern.length) return text;
  let value = "";
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === "#") value += text[i];
    else if (pattern[i] !== text[i]) return text;
  }
  return value;
}

/** A key of the scheme's range that is never issued. */
export function decoyKey(scheme: Scheme): string {
  const { from, to } = scheme.decoys;
  const digits = /\d+$/.exec(from)?.[0] ?? "";
  const low = Number(digits);
  const high = Number(to.slice(from.length - digits.length));
  return from.slice(0, from.length - digits.length) + String(randomInt(low, high + 1)).padStart(digits.length, "0");
}

/** `persons[i]`: the identifiers by which person i is looked up; none for a withheld or absent person: decoys throughout. */
export function keysOf(columns: readonly IdentifierColumn[], persons: readonly (readonly CanonicalPerson[])[]): Keys {
  const spelt = columns.map((column) => persons.map((identifiers) => spellKey(column, valueFor(column, identifiers))));
  return { size: persons.length, columns: spelt };
}

function valueFor(column: IdentifierColumn, identifiers: readonly CanonicalPerson[]): string {
  for (const identifier of identifiers) {
    const { scheme, value } = splitCanonicalPerson(identifier);
    // What is no key of its scheme is nobody's; a MIS is not asked for it.
    if (scheme === column.scheme.name && column.scheme.pattern.test(value)) return value;
  }
  return decoyKey(column.scheme);
}
