import type { Scheme } from "#libs/terms";

/**
 * Whether a case is named by a person's number. The case goes into the log as the caller names it, and the log never holds an
 * identifier: such a token is refused before anything of it is recorded.
 */
export function isPersonsNumber(name: string, schemes: Iterable<Scheme>): boolean {
  return [...schemes].some(({ pattern }) => pattern.test(name) || pattern.test(name.toUpperCase()));
}

/** The same of a sentence: a number in it, also one that is written in groups. A reason may name a person, never number them. */
export function holdsPersonsNumber(sentence: string, schemes: Iterable<Scheme>): boolean {
  const words = sentence.split(/[^\p{L}\p{N}]+/u);
  const grouped = [/\p{Nd}(?:[ .\-/]?\p{Nd})+/gu, /[A-Za-z][ .\-/]?\p{Nd}(?:[ .\-/]?\p{Nd})+/gu];
  const groups = grouped.flatMap((form) => sentence.match(form) ?? []).map((group) => group.replace(/[ .\-/]/g, ""));
  const numbers = [...words, ...groups].map(westernDigits);
  const known = [...schemes];
  return numbers.some((number) => isPersonsNumber(number, known));
}

/** Arabic numerals of either kind, as `1234567890`. */
function westernDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}
