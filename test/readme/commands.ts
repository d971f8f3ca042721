import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./terminal.js";

/** A command that a document shows, and what the document says it prints. */
export interface ShownCommand {
  readonly file: string;
  readonly line: number;
  readonly command: string;
  /** Lines after a command that begins with `$ `; empty where none are shown. `…` stands for anything. */
  readonly output: readonly string[];
}

const strangers = new Set(["node_modules", "dist", ".git", ".weft"]);

/** Every document of the repository that is a README. */
export function readmes(folder = ""): string[] {
  return readdirSync(path.join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return strangers.has(entry.name) ? [] : readmes(file);
    return entry.name === "README.md" ? [file] : [];
  });
}

/** The commands in a document's `sh` fences that begin with npm or npx. `sh not-run` says that a fence is for reading only. */
export function commandsOf(file: string): ShownCommand[] {
  const lines = readFileSync(path.join(repository, file), "utf8").split("\n");
  return fencesOf(lines)
    .filter(({ info }) => info === "sh")
    .flatMap(({ from, until }) => shownCommands(file, lines, from, until))
    .filter(({ command }) => /^(npm|npx)\s/.test(command));
}

function fencesOf(lines: readonly string[]): { info: string; from: number; until: number }[] {
  const fences: { info: string; from: number; until: number }[] = [];
  for (let i = 0; i < lines.length; i++) {
    const info = /^\s*```(.*)$/.exec(lines[i] ?? "")?.[1];
    if (info === undefined) continue;
    const from = i + 1;
    for (i = from; i < lines.length && !/^\s*```\s*$/.test(lines[i] ?? "");) i++;
    fences.push({ info: info.trim(), from, until: i });
  }
  return fences;
}

function shownCommands(file: string, lines: readonly string[], from: number, until: number): ShownCommand[] {
  const found: ShownCommand[] = [];
  for (let i = from; i < until; i++) {
    const first = lines[i]!.trim();
    const isPrompted = first.startsWith("$ ");
    const line = i + 1;
    let command = isPrompted ? first.slice(2) : first;
    while (command.endsWith("\\")) command = `${command.slice(0, -1)}${lines[++i]!.trim()}`;
    const output: string[] = [];
    if (isPrompted) while (i + 1 < until && !lines[i + 1]!.trim().startsWith("$ ")) output.push(lines[++i]!);
    found.push({ file, line, command: withoutRemark(command), output });
  }
  return found;
}

/** `npm start   # boots the country` -> `npm start` */
function withoutRemark(command: string): string {
  return command.replace(/\s+#\s.*$/, "").trim();
}

/** The first shown line that the output does not hold, in the order shown. */
export function missingLine(shown: readonly string[], printed: string): string | undefined {
  let rest = printed.replaceAll(/\s+/g, " ");
  for (const line of shown) {
    const parts = line.split("…").map((part) => part.replaceAll(/\s+/g, " ").trim());
    const found = new RegExp(parts.map(escaped).join(".*?")).exec(rest);
    if (!found) return line;
    rest = rest.slice(found.index + found[0].length);
  }
  return undefined;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
