import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ContractProblems } from "./problem.js";

/** All text files of a contracts folder as they were at one moment, by path relative to it with `/`. */
export type Folder = ReadonlyMap<string, string>;

const MAX_FILE = 4 << 20;

/** Reads everything before anything is looked at: what is checked is what serves. */
export async function readFolder(dir: string): Promise<Folder> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((it) => it.isFile()).map((it) => path.join(it.parentPath, it.name));
  const texts = await Promise.all(files.map((file) => readText(dir, file)));
  return new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readText(dir: string, file: string): Promise<[string, string]> {
  const relative = path.relative(dir, file).split(path.sep).join("/");
  const bytes = await readFile(file);
  if (bytes.length > MAX_FILE) throw refused(relative, "is larger than 4 MiB", "a smaller file");
  try {
    return [relative, new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)];
  } catch {
    throw refused(relative, "is not UTF-8", "text in UTF-8");
  }
}

function refused(file: string, wrong: string, right: string): ContractProblems {
  return new ContractProblems([{ file, line: 1, wrong, right }]);
}

/** Names of the folders directly under `parent`, in order. */
export function foldersUnder(folder: Folder, parent: string): readonly string[] {
  const names = [...folder.keys()]
    .filter((file) => file.startsWith(`${parent}/`) && file.split("/").length > 2)
    .map((file) => file.split("/")[1]!);
  return [...new Set(names)];
}
