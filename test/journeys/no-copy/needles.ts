import { createHash } from "node:crypto";
import type { CanaryValues } from "../../../apps/sandbox/src/country/country.js";

/** One byte string that must not be found: a value of a canary person, spelt in one of the ways in which values get about. */
export interface Needle {
  readonly bytes: Buffer;
  readonly spelling: Spelling;
  /** Short and made of hexadecimal digits only: a digest would hold it by chance, so such digits must end where it ends. */
  readonly whole: boolean;
}

export type Spelling = keyof typeof spellings | "hash" | "hash, hex" | "hash, base64";

const spellings = {
  raw: (value: string) => [value],
  "lower case": (value: string) => [value.toLowerCase()],
  "UTF-16": (value: string) => [Buffer.from(value, "utf16le")],
  hex: (value: string) => bothCases(Buffer.from(value).toString("hex")),
  base64: (value: string) => alignments(value, "base64"),
  base64url: (value: string) => alignments(value, "base64url"),
  "URL-encoded": (value: string) => [encodeURIComponent(value), ...bothCases(eachByte(value, "%"))],
  "JSON-escaped": (value: string) => bothCases(eachByte(value, "\\u00")),
} satisfies Record<string, (value: string) => (string | Buffer)[]>;

const hashes = ["sha256", "sha1", "md5", "sha512"] as const;

export function needlesOf(values: CanaryValues, more: readonly string[]): Needle[] {
  const { texts, identifiers, nationalIds, amounts, dates } = values;
  const plain = [...texts, ...identifiers, ...amounts, ...dates, ...more].flatMap(spelt);
  const hashed = nationalIds.flatMap(formsOf).flatMap(hashesOf);
  // The first of two equal ones stays: "raw" before "URL-encoded".
  const all = new Map<string, Needle>();
  for (const needle of [...plain, ...hashed]) {
    const key = needle.bytes.toString("latin1");
    if (!all.has(key)) all.set(key, needle);
  }
  return [...all.values()];
}

function spelt(value: string): Needle[] {
  return Object.entries(spellings).flatMap(([spelling, of]) =>
    of(value).map((text) => needle(text, spelling as Spelling)),
  );
}

/** How a national ID stands when somebody hashes it: as on the card, as an office writes it, as Weft's canonical form. */
function formsOf(nid: string): string[] {
  return [nid, `${nid.slice(0, 4)}.${nid.slice(4, 7)}.${nid.slice(7)}`, `nid:${nid}`];
}

function hashesOf(form: string): Needle[] {
  return hashes.flatMap((name) => {
    const digest = createHash(name).update(form).digest();
    const text = digest.toString("base64").replace(/=+$/, "");
    return [
      needle(digest, "hash"),
      ...bothCases(digest.toString("hex")).map((hex) => needle(hex, "hash, hex")),
      needle(text, "hash, base64"),
      needle(digest.toString("base64url"), "hash, base64"),
    ];
  });
}

function needle(text: string | Buffer, spelling: Spelling): Needle {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return { bytes, spelling, whole: bytes.length < 10 && /^[0-9a-f]+$/i.test(bytes.toString("latin1")) };
}

function bothCases(text: string): string[] {
  return [text, text.toUpperCase().replaceAll("\\U", "\\u")];
}

function eachByte(value: string, prefix: string): string {
  return [...Buffer.from(value)].map((byte) => prefix + byte.toString(16).padStart(2, "0")).join("");
}

/** What stays of a value inside longer base64, wherever it begins: the characters that no neighbour has a bit in. */
function alignments(value: string, encoding: "base64" | "base64url"): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(2)]).toString(encoding);
    return text.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6));
  });
}
