import type { Prf } from "./prf.js";

/**
 * Four invented naming cultures. Names are put together from syllables, so that none is taken from a real list; each culture has
 * its own order of parts and its own ways of being written by someone else's clerk.
 */
export interface Culture {
  readonly name: string;
  readonly starts: readonly [string, ...string[]];
  readonly female: readonly [string, ...string[]];
  readonly male: readonly [string, ...string[]];
  readonly familyStarts: readonly [string, ...string[]];
  readonly familyEnds: readonly [string, ...string[]];
  readonly familyPrefix: string;
  /** What clerks of other systems write instead. */
  readonly transliterations: readonly (readonly [from: string, to: string])[];
}

export const cultures: readonly [Culture, ...Culture[]] = [
  {
    name: "sarn",
    starts: ["Am", "Il", "Nesk", "Tov", "Yss", "Kelm", "Orsh", "Dav", "Mir", "Selv", "Harr", "Brin"],
    female: ["ara", "veth", "ane", "ira", "une", "ela", "isse"],
    male: ["oran", "ed", "uk", "is", "ard", "iv", "onn"],
    familyStarts: ["Tess", "Vorr", "Quill", "Brand", "Halm", "Ost", "Lenn", "Mard", "Pell", "Rask", "Fenn", "Dorr"],
    familyEnds: ["el", "ane", "ow", "ik", "er", "ott", "und", "ish"],
    familyPrefix: "",
    transliterations: [
      ["ss", "s"],
      ["rr", "r"],
      ["ck", "k"],
      ["sh", "sch"],
      ["qu", "kw"],
      ["y", "i"],
    ],
  },
  {
    name: "okhet",
    starts: ["Khal", "Doum", "Shay", "Rakh", "Oun", "Mekh", "Zour", "Tash", "Yokh", "Bekh"],
    female: ["iya", "oura", "esh", "eneh", "ayla"],
    male: ["em", "oud", "akh", "ir", "oun"],
    familyStarts: ["Mer", "Khon", "Soul", "Bakh", "Rish", "Tour", "Ham", "Yed"],
    familyEnds: ["it", "our", "eshk", "an", "oud", "ekh"],
    familyPrefix: "ka-",
    transliterations: [
      ["kh", "h"],
      ["ou", "u"],
      ["sh", "š"],
      ["y", "j"],
      ["ka-", "Ka "],
    ],
  },
  {
    name: "tembari",
    starts: ["Sā", "Ñe", "Tē", "Mā", "Lī", "Wō", "Jē", "Pō", "Rā", "Kū"],
    female: ["malu", "rika", "sene", "tavi", "nolo"],
    male: ["bandu", "goro", "tembo", "nask", "jari"],
    familyStarts: ["Ngo", "Temba", "Sī", "Mapo", "Lē", "Wā", "Ondo", "Bā"],
    familyEnds: ["rama", "lesi", "ntu", "koro", "vane", "ju"],
    familyPrefix: "",
    transliterations: [
      ["ā", "aa"],
      ["ē", "e"],
      ["ī", "ee"],
      ["ō", "o"],
      ["ū", "oo"],
      ["ñ", "ny"],
      ["Ñ", "Ny"],
    ],
  },
  {
    name: "ystrin",
    starts: ["Vel", "Hjo", "Arn", "Sig", "Ull", "Ein", "Tor", "Fro", "Lys", "Myr"],
    female: ["wyn", "dis", "ja", "ild", "une"],
    male: ["ulf", "gar", "stein", "ok", "mund"],
    familyStarts: ["Vask", "Holt", "Grim", "Lund", "Stav", "Berk", "Nord", "Ekr"],
    familyEnds: ["egard", "esund", "å", "holm", "ø", "eby"],
    familyPrefix: "oth ",
    transliterations: [
      ["å", "aa"],
      ["ø", "oe"],
      ["hj", "y"],
      ["w", "v"],
      ["oth ", "Oth-"],
    ],
  },
];

export type Sex = "F" | "M";

export function givenName(prf: Prf, n: number, culture: Culture, sex: Sex): string {
  return (
    prf.pick(n, "given.start", culture.starts) + prf.pick(n, "given.end", sex === "F" ? culture.female : culture.male)
  );
}

export function familyName(prf: Prf, household: number, culture: Culture): string {
  const stem =
    prf.pick(household, "family.start", culture.familyStarts) + prf.pick(household, "family.end", culture.familyEnds);
  return culture.familyPrefix + stem;
}

/** The name as another system's clerk would write it: one of the culture's rules, where one fits. */
export function transliterate(name: string, culture: Culture, choice: number): string {
  const fitting = culture.transliterations.filter(([from]) => name.toLowerCase().includes(from.toLowerCase()));
  const rule = fitting[Math.floor(choice * fitting.length)];
  if (!rule) return name;
  const [from, to] = rule;
  return name.replaceAll(from, to).replaceAll(capitalised(from), capitalised(to));
}

/** `Šeñal å` -> `SENAL A`: what an old terminal could hold. */
export function toAscii(name: string): string {
  return name
    .replaceAll(/[øØ]/g, (letter) => (letter === "ø" ? "o" : "O"))
    .normalize("NFD")
    .replaceAll(/[^\u0020-\u007E]/g, "");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
