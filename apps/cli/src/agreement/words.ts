import type { AgreementPage } from "#libs/review";

const WIDTH = 110;

/** The page of an agreement as lines of text for a terminal. */
export function pageInWords({ title, standing, summary, sides, grants, signed }: AgreementPage): string {
  const wide = Math.max(...[...sides.facts, ...signed.facts].map(({ name }) => name.length)) + 2;
  const facts = (some: AgreementPage["sides"]["facts"]) =>
    some.flatMap(({ name, value }) =>
      wrapped(value, WIDTH - wide).map((line, at) => (at === 0 ? name : "").padEnd(wide) + line),
    );
  return [
    `${title}: ${standing}`,
    ...wrapped(summary, WIDTH),
    "",
    ...facts(sides.facts),
    ...grants.each.flatMap(({ purpose, ground, fields, notes }) => [
      "",
      purpose,
      ...wrapped(ground, WIDTH),
      ...fields.map(({ label, coordinate }) => `  - ${label}  (${coordinate})`),
      ...notes.map((note) => `  ${note}`),
    ]),
    "",
    signed.title,
    ...wrapped(signed.hint, WIDTH),
    ...facts(signed.facts),
  ].join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
