import type { Edit } from "./chapter.js";
import type { Audience, Told } from "./walk.js";

/** What is shown of a command's words: its first lines; all of what people came for. */
const LINES = 8;
const whole = /^(weft join status|ask) /;
const WIDTH = 150;

export function printer(say: (line: string) => void): Audience {
  return {
    heading: (text) => say(`\n${text}\n${"-".repeat(text.length)}`),
    command: (text) => say(`\n$ ${text}`),
    said({ command, said }: Told) {
      const lines = said.trimEnd().split("\n");
      const shown = whole.test(command) ? lines : lines.slice(0, LINES);
      for (const line of shown) if (line !== "" || whole.test(command)) say(`  ${cut(line)}`);
      if (shown.length < lines.length) say(`  … ${lines.length - shown.length} lines more`);
    },
    edits: (edits) => diffOf(edits).forEach((line) => say(`  ${cut(line)}`)),
  };
}

function diffOf(edits: readonly Edit[]): string[] {
  let before = "";
  return edits.flatMap(({ file, from, to }) => {
    const head = file === before ? [] : [`\n  edited by hand: ${file}`];
    before = file;
    return [...head, ...from.map((line) => `-${line}`), ...to.map((line) => `+${line}`)];
  });
}

const cut = (line: string) => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line);
