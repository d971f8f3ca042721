/** What stands for `$word` in a request. Null: left out. */
export type Words = Readonly<Record<string, string | number | readonly string[] | null>>;

/** A string that is one word becomes its value; members whose word has none are left out. Keys are data: never spliced into text. */
export function filled(template: unknown, words: Words): unknown {
  if (typeof template === "string") return filledText(template, words);
  if (Array.isArray(template)) return template.map((each) => filled(each, words));
  if (typeof template !== "object" || template === null) return template;
  const members = Object.entries(template).map(([name, value]) => [name, filled(value, words)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== null));
}

/** A `$word` without a value in this request is a filter that is not used. */
export function filledText(template: string, words: Words): Words[string] {
  return template.startsWith("$") ? (words[template] ?? null) : template;
}

/** A key is one segment whatever it is: what would lead elsewhere (`..`, or nothing at all) is a segment that nobody has. */
export function filledPath(path: string, words: Words): string {
  const segment = (word: string) => {
    const text = String(words[word] ?? "").toWellFormed();
    return encodeURIComponent(/^\.{0,2}$/.test(text) ? "\u{FFFD}" : text);
  };
  return path
    .split("/")
    .map((part) => (part.startsWith("$") ? segment(part) : part))
    .join("/");
}
