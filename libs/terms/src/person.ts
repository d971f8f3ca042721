import { WeftError } from "./error.js";
import type { Branded } from "./identifier.js";

/** `scheme:value`, normalised as `registry.yaml` says, at most 31 bytes. Personal data: it lives in memory only. */
export type CanonicalPerson = Branded<"CanonicalPerson">;

export type Normaliser = "trim" | "digits" | "upper" | "lower" | "alphanumeric";

/** One identifier scheme of `registry.yaml`. */
export interface Scheme {
  readonly name: string;
  readonly pattern: RegExp;
  readonly normalise: readonly Normaliser[];
  /** Inclusive range of values that are never issued: keys that stand in for withheld persons. */
  readonly decoys: { readonly from: string; readonly to: string };
}

const normalisers: Record<Normaliser, (text: string) => string> = {
  trim: (text) => text.trim(),
  digits: (text) => text.replaceAll(/\D/g, ""),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  alphanumeric: (text) => text.replaceAll(/[^0-9A-Za-z]/g, ""),
};

export function normalise(value: string, steps: readonly Normaliser[]): string {
  return steps.reduce((text, step) => normalisers[step](text), value.normalize("NFC"));
}

/** Undefined where the value is not of the scheme's form: a MIS holds such values, a caller must not send them. */
export function findCanonicalPerson(scheme: Scheme, value: string): CanonicalPerson | undefined {
  const text = normalise(value, scheme.normalise);
  if (!scheme.pattern.test(text) || Buffer.byteLength(scheme.name) + 1 + Buffer.byteLength(text) > 31) return undefined;
  return `${scheme.name}:${text}` as CanonicalPerson;
}

export function canonicalPerson(scheme: Scheme, value: string): CanonicalPerson {
  const person = findCanonicalPerson(scheme, value);
  if (person === undefined) throw new WeftError("PERSON_KEY_INVALID");
  return person;
}

export function splitCanonicalPerson(person: CanonicalPerson): { readonly scheme: string; readonly value: string } {
  const colon = person.indexOf(":");
  return { scheme: person.slice(0, colon), value: person.slice(colon + 1) };
}

/** `nid` -> `NID`, `health-no` -> `HEALTH_NO`: how a YAML word is spelt as a GraphQL enum value. */
export function enumValueOf(word: string): string {
  return word.toUpperCase().replaceAll("-", "_");
}
