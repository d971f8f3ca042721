import { arabic } from "./words.ar.js";
import { type Catalogue, english } from "./words.en.js";

/** The languages of the person's page. Names and fields come from the contracts, in the same language where they have it. */
export const languages = ["en", "ar"] as const;
export type Language = (typeof languages)[number];

export const catalogues: Readonly<Record<Language, Catalogue>> = { en: english, ar: arabic };
export const directionOf = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

/** What was asked for, or the first that a browser prefers and that there is. */
export function languageOf(asked: unknown, accepted = ""): Language {
  const wanted = [asked, ...accepted.split(",").map((one) => one.trim().slice(0, 2).toLowerCase())];
  return languages.find((one) => one === wanted.find((it) => languages.some((known) => known === it))) ?? "en";
}

/** A text and the language that it really is in. */
export interface Said {
  readonly text: string;
  readonly language: string;
}

export function say(words: Readonly<Record<string, string>> | undefined, language: Language, otherwise: string): Said {
  for (const one of [language, "en", ...Object.keys(words ?? {})]) {
    const text = words?.[one];
    if (text !== undefined) return { text, language: one };
  }
  return { text: otherwise, language: "en" };
}

/** In the country's own calendar day, with Latin digits: they are the same on paper, on a form and on the telephone. */
export function dayOf(instant: string, language: Language): string {
  const locale = language === "ar" ? "ar-u-nu-latn" : "en-GB";
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(instant));
}
