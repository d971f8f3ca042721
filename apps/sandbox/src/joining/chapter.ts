import { readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "../repository.js";

/** The chapter from which the demonstration takes its commands. What a reader does is what runs. */
export const chapterFile = path.join(repository, "apps", "cli", "README.md");
const TITLE = "## Join in an afternoon";

export type Step =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "command"; readonly text: string; readonly endsWith: number; readonly stays: boolean }
  | { readonly kind: "edits"; readonly edits: readonly Edit[] };

/** Some lines of a ministry's file in the place of others, as people edit it. */
export interface Edit {
  readonly file: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export function readChapter(text = readFileSync(chapterFile, "utf8")): readonly Step[] {
  const start = text.indexOf(`${TITLE}\n`);
  if (start < 0) throw new Error(`There is no chapter "${TITLE}".`);
  const end = text.indexOf("\n## ", start + TITLE.length);
  return stepsIn(text.slice(start, end < 0 ? undefined : end).split("\n"));
}

function stepsIn(lines: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("### ")) steps.push({ kind: "heading", text: line.slice(4) });
    const fence = /^```(sh|diff)\b/.exec(line)?.[1];
    if (fence === undefined) continue;
    const until = lines.indexOf("```", at + 1);
    const inside = lines.slice(at + 1, until);
    if (fence === "sh") steps.push(...inside.map(commandOf));
    else steps.push({ kind: "edits", edits: editsIn(inside) });
    at = until;
  }
  return steps;
}

/** `weft … # ends with 1`, and `weft … &` for one that stays. */
function commandOf(line: string): Step {
  const endsWith = /#\s*ends with (\d+)\s*$/.exec(line)?.[1];
  const text = line.replace(/\s*#\s*ends with \d+\s*$/, "");
  const stays = text.endsWith("&");
  return { kind: "command", text: text.replace(/\s*&$/, ""), endsWith: Number(endsWith ?? 0), stays };
}

export function editsIn(lines: readonly string[]): readonly Edit[] {
  const edits: { file: string; from: string[]; to: string[] }[] = [];
  let file = "";
  let open: (typeof edits)[number] | undefined;
  for (const line of lines) {
    if (line.startsWith("--- ")) {
      file = line.slice(4);
      open = undefined;
    } else if (line.startsWith("-")) {
      if (open === undefined || open.to.length > 0) edits.push((open = { file, from: [], to: [] }));
      open.from.push(line.slice(1));
    } else if (line.startsWith("+")) {
      open?.to.push(line.slice(1));
    }
  }
  return edits;
}
