import { dateFormat } from "#libs/subgraph";
import { findCanonicalPerson, type Scheme } from "#libs/terms";

/** The shape of one column's values in a sample. Nothing of a single person is in it: shares, forms, and codes that many rows share. */
export interface Profile {
  /** Rows in the sample. */
  readonly sampled: number;
  /** Share of rows without a value. */
  readonly empty: number;
  /** Different values among those that are not empty, as a share: 1 where no two are the same. */
  readonly distinct: number;
  /** Letters as A and digits as 9, where nine in ten values have this one form. */
  readonly shape: string | null;
  readonly longest: number;
  /** Days written as text. */
  readonly date: string | null;
  /** How numbers of the registry's schemes are written here. */
  readonly schemes: readonly SchemeFit[];
  /** Few, short, and each in many rows. Complete but for codes that fewer rows hold. */
  readonly codes: readonly string[] | null;
  /** Some were held by too few rows to be written down. */
  readonly hasRareCodes: boolean;
}

export interface SchemeFit {
  readonly scheme: string;
  readonly spelling: Spelling;
}

export type Spelling =
  | { readonly as: "plain" }
  | { readonly as: "stored"; readonly pattern: string }
  | { readonly as: "pad"; readonly length: number }
  | { readonly as: "normalise" };

/** At most so many codes, of at most so many letters, each in at least so many rows of the sample. */
const CODES = { count: 12, length: 3, rows: 10 };
const MOST = 0.9;
const ALL = 0.97;

/** `values`: one column of a sample of rows, as text. They are looked at here and kept nowhere. */
export function profileOf(values: readonly (string | null)[], schemes: Iterable<Scheme>): Profile {
  const held = values.map((value) => value?.trim() ?? "").filter((value) => value !== "");
  const counts = new Map<string, number>();
  for (const value of held) counts.set(value, (counts.get(value) ?? 0) + 1);
  const codes = codesOf(counts);
  return {
    sampled: values.length,
    empty: values.length === 0 ? 0 : 1 - held.length / values.length,
    distinct: held.length === 0 ? 0 : counts.size / held.length,
    shape: shapeOf(held),
    longest: held.reduce((longest, value) => Math.max(longest, value.length), 0),
    date: dateOf(held),
    schemes: [...schemes].flatMap((scheme) => fitOf(held, scheme)),
    ...codes,
  };
}

/**
 * A code is written down only where it says nothing about anybody: at most twelve of them, of at most three letters or digits, each in ten rows
 * or more. What fewer rows hold is left out and said to be there.
 */
function codesOf(counts: ReadonlyMap<string, number>): Pick<Profile, "codes" | "hasRareCodes"> {
  const none = { codes: null, hasRareCodes: false };
  if (counts.size === 0 || counts.size > CODES.count) return none;
  if ([...counts.keys()].some((value) => value.length > CODES.length || !/^[0-9A-Za-z]+$/.test(value))) return none;
  const shared = [...counts].filter(([, rows]) => rows >= CODES.rows).map(([value]) => value);
  return shared.length === 0 ? none : { codes: shared.sort(), hasRareCodes: shared.length < counts.size };
}

function formOf(value: string): string {
  return value.replaceAll(/\p{L}/gu, "A").replaceAll(/\p{N}/gu, "9");
}

function shapeOf(held: readonly string[]): string | null {
  const forms = new Map<string, number>();
  for (const value of held) forms.set(formOf(value), (forms.get(formOf(value)) ?? 0) + 1);
  const [form = "", count = 0] = [...forms].sort((a, b) => b[1] - a[1])[0] ?? [];
  return count >= MOST * held.length && form !== "" && form.length <= 40 ? form : null;
}

const dates = ["iso", "yyyyMMdd", "yyyy/MM/dd", "dd/MM/yyyy", "dd.MM.yyyy", "dd-MM-yyyy", "MM/dd/yyyy", "ddMMyyyy"];

function dateOf(held: readonly string[]): string | null {
  const real = held.filter((value) => !/^[0\-/. ]+$/.test(value));
  if (real.length < 3) return null;
  for (const name of dates) {
    const format = dateFormat(name);
    const read = real.filter((value) => {
      const year = Number(format.read(value)?.slice(0, 4));
      return year >= 1890 && year <= 2110;
    });
    if (read.length >= ALL * real.length) return name;
  }
  return null;
}

function fitOf(held: readonly string[], scheme: Scheme): SchemeFit[] {
  const fits = (read: (value: string) => string) =>
    held.length > 0 &&
    held.filter((value) => findCanonicalPerson({ ...scheme, normalise: [] }, read(value)) !== undefined).length >=
      MOST * held.length;
  const say = (spelling: Spelling) => [{ scheme: scheme.name, spelling }];
  if (fits((value) => value)) return say({ as: "plain" });
  const pattern = storedPattern(held);
  if (pattern !== undefined && fits((value) => value.replaceAll(/[^0-9A-Za-z]/g, "")))
    return say({ as: "stored", pattern });
  const length = scheme.decoys.from.length;
  const isPadded = /^\d+$/.test(scheme.decoys.from) && held.every((value) => /^\d+$/.test(value));
  const whole = held.filter((value) => value.length === length).length;
  // Most have their full length, and some lost a zero or two. Where all are shorter they are numbers of another kind.
  if (
    isPadded &&
    whole >= held.length / 2 &&
    fits((value) => (value.length >= length - 3 ? value.padStart(length, "0") : value))
  )
    return say({ as: "pad", length });
  const isOfForm = held.filter((value) => findCanonicalPerson(scheme, value) !== undefined).length;
  return held.length > 0 && isOfForm >= MOST * held.length ? say({ as: "normalise" }) : [];
}

/** `999-999-9999` -> `###-###-####`, where the same signs stand at the same places throughout. */
function storedPattern(held: readonly string[]): string | undefined {
  const patterns = new Set(held.map((value) => value.replaceAll(/[0-9A-Za-z]/g, "#")));
  const [pattern = "", another] = patterns;
  return another === undefined && /#/.test(pattern) && /[^#]/.test(pattern) ? pattern : undefined;
}
