import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { byFile, type Sentences } from "./by-file.js";

const pages = path.join(import.meta.dirname, "..");
const [en, ar] = [spoken("en"), spoken("ar")];
/** i18next's suffixes; a language has as many as it has plurals. */
const plural = /_(zero|one|two|few|many|other)$/;

function spoken(language: string): Sentences {
  const folder = path.join(import.meta.dirname, language);
  const read = (file: string) => JSON.parse(readFileSync(path.join(folder, file), "utf8")) as object;
  return byFile(Object.fromEntries(readdirSync(folder).map((file) => [file, read(file)])));
}

function leavesOf(words: object, above = ""): [key: string, text: string][] {
  return Object.entries(words).flatMap(([key, word]: [string, unknown]) =>
    typeof word === "object" && word !== null
      ? leavesOf(word, `${above}${key}.`)
      : [[above + key, String(word)] as [string, string]],
  );
}

const stems = (words: object) => new Set(leavesOf(words).map(([key]) => key.replace(plural, "")));
const placesIn = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);

test("what is said in one language is said in the other", () => {
  expect([...stems(ar)].sort()).toEqual([...stems(en)].sort());
});

test("a language has every plural that it writes", () => {
  for (const [language, words] of Object.entries({ en, ar })) {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const keys = new Set(leavesOf(words).map(([key]) => key));
    const counted = new Set([...keys].filter((key) => plural.test(key)).map((key) => key.replace(plural, "")));
    for (const stem of counted)
      expect(
        wanted.filter((form) => !keys.has(`${stem}_${form}`)),
        `${language}: ${stem}`,
      ).toEqual([]);
  }
});

test("a sentence fills the same gaps in each language", () => {
  const gaps = (words: object) => {
    const found = new Map<string, Set<string>>();
    for (const [key, text] of leavesOf(words)) {
      const stem = key.replace(plural, "");
      found.set(stem, (found.get(stem) ?? new Set()).union(new Set(placesIn(text))));
    }
    return Object.fromEntries([...found].map(([stem, names]) => [stem, [...names].sort()]));
  };
  expect(gaps(ar)).toEqual(gaps(en));
});

test("every sentence that a page asks for is there", () => {
  const files = readdirSync(pages, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.tsx?$/.test(file) && !file.endsWith(".test.ts"),
  );
  const asked = files.flatMap((file) =>
    [...readFileSync(path.join(pages, file), "utf8").matchAll(/\bt\(\s*"([\w.-]+)"/g)].map(
      ([, key]) => `${file}: ${key}`,
    ),
  );
  const known = stems(en);
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((it) => !known.has(it.split(": ")[1]!))).toEqual([]);
});
