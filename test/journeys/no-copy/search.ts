import type { Needle } from "./needles.js";

/** Something that was searched: a file, a table, an answer. */
export interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Hit {
  readonly place: string;
  readonly spelling: Needle["spelling"];
  /** The value itself is not printed whole: a test's report is kept too. */
  readonly found: string;
  readonly at: number;
}

export type Search = (place: Place) => Hit[];

const WINDOW = 8;
const BITS = 22;

/**
 * Finds any of many byte strings in one pass: the window of eight bytes at each position is looked up in a bit field, and only what may
 * begin a needle there is compared.
 */
export function searchFor(needles: readonly Needle[]): Search {
  const short = needles.find(({ bytes }) => bytes.length < WINDOW);
  if (short) throw new Error(`A needle has ${short.bytes.length} bytes; the search looks at windows of ${WINDOW}.`);
  const field = new Uint8Array(1 << BITS);
  const byStart = Map.groupBy(needles, ({ bytes }) => bytes.toString("latin1", 0, WINDOW));
  for (const { bytes } of needles) field[slotOf(bytes.readUInt32BE(0), bytes.readUInt32BE(4))] = 1;
  const at = (place: Place, begin: number): Hit[] => {
    const candidates = byStart.get(place.bytes.toString("latin1", begin, begin + WINDOW)) ?? [];
    return candidates.filter((needle) => stands(needle, place.bytes, begin)).map((needle) => hit(place, needle, begin));
  };
  return (place) => {
    const { bytes } = place;
    const hits: Hit[] = [];
    let high = 0;
    let low = 0;
    for (let i = 0; i < bytes.length; i++) {
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | bytes[i]!;
      if (i >= WINDOW - 1 && field[slotOf(high, low)] === 1) hits.push(...at(place, i - WINDOW + 1));
    }
    return hits;
  };
}

function slotOf(high: number, low: number): number {
  return (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> (32 - BITS);
}

function stands({ bytes, whole }: Needle, haystack: Buffer, begin: number): boolean {
  const end = begin + bytes.length;
  if (end > haystack.length || haystack.compare(bytes, 0, bytes.length, begin, end) !== 0) return false;
  return !whole || !(isHexDigit(haystack[begin - 1]) || isHexDigit(haystack[end]));
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9a-f]/i.test(String.fromCharCode(byte));
}

function hit({ name }: Place, { bytes, spelling }: Needle, at: number): Hit {
  return { place: name, spelling, found: `${bytes.toString("latin1", 0, 12)}…`, at };
}

/** What was written twice over is read once more: base64 inside base64, as in a signed record, and bytes that a table shows in hex. */
export function unwrapped({ name, bytes }: Place): Place {
  const text = bytes.toString("latin1");
  const runs = (of: RegExp, encoding: "base64" | "hex") =>
    (text.match(of) ?? []).flatMap((run) => [Buffer.from(run, encoding), Buffer.from("\n")]);
  const inside = [...runs(/[A-Za-z0-9_+/-]{16,}/g, "base64"), ...runs(/(?<=\\x)(?:[0-9a-f]{2}){8,}/g, "hex")];
  return { name: `${name}, read once more`, bytes: Buffer.concat(inside) };
}
