/**
 * Comparing what the caller claims with what the MIS holds. The answer is a word and never a value: MATCH, CLOSE (spelling,
 * order, one slip of the pen), MISMATCH, or NOT_HELD where the MIS has nothing to compare with.
 *
 * NOTE `CLOSE` is for names and dates only. For numbers it would lead a guesser digit by digit to the right one.
 */
export type MatchWord = "MATCH" | "CLOSE" | "MISMATCH" | "NOT_HELD";
export type MatchKind = "name" | "date" | "text" | "identifier";

/** `held`: decoded; for dates `yyyy-MM-dd` on both sides. */
export function compareClaim(kind: MatchKind, claimed: string, held: string | null): MatchWord {
  if (held === null || held.trim() === "") return "NOT_HELD";
  if (kind === "name") return compareNames(claimed, held);
  if (kind === "date") return compareDays(claimed, held);
  const plain = kind === "identifier" ? alphanumeric : collapsed;
  return plain(claimed) !== "" && plain(claimed) === plain(held) ? "MATCH" : "MISMATCH";
}

function alphanumeric(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .toUpperCase();
}

function collapsed(text: string): string {
  return text.normalize("NFKC").trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function compareNames(claimed: string, held: string): MatchWord {
  const a = nameParts(claimed);
  const b = nameParts(held);
  if (a.length === 0) return "MISMATCH";
  if (a.join(" ") === b.join(" ")) return "MATCH";
  const foldedA = a.map(fold).sort().join("");
  const foldedB = b.map(fold).sort().join("");
  const tolerance = Math.min(2, Math.floor(Math.max(foldedA.length, foldedB.length) / 5));
  return editDistance(foldedA, foldedB, tolerance) <= tolerance ? "CLOSE" : "MISMATCH";
}

/** Without case, accents and punctuation: what a card and a form differ in without anybody having erred. */
function nameParts(name: string): string[] {
  const bare = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return bare
    .replaceAll(/['’ʼ`]/g, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== "");
}

/** Sounds that transliterations spell in more than one way. Longer spellings first. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/ou|oo|o|u/g, "u"],
  [/ee|ie|iy|y|e|i/g, "i"],
  [/sch|sh|ch/g, "s"],
  [/kh|gh|ck|q|c|k/g, "k"],
  [/ph|f/g, "f"],
  [/dh|th/g, "d"],
  [/dj|j|g/g, "j"],
  [/w|v/g, "v"],
  [/z|s/g, "s"],
  [/h/g, ""],
];

function fold(part: string): string {
  const sounds = spellings.reduce((text, [pattern, sound]) => text.replaceAll(pattern, sound), part);
  return sounds.replaceAll(/(.)\1+/g, "$1") || part;
}

function compareDays(claimed: string, held: string): MatchWord {
  if (claimed === held) return "MATCH";
  const [year, month, day] = held.split("-");
  if (claimed === `${year}-${day}-${month}`) return "CLOSE";
  return editDistance(claimed, held, 1) <= 1 ? "CLOSE" : "MISMATCH";
}

/** Damerau–Levenshtein (optimal string alignment); anything beyond `most` is `most + 1`. */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length]!, most + 1);
}
