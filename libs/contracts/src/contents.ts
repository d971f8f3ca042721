import { type Digest, digestOf, jcs, parseStrictJson, WeftError } from "#libs/terms";
import type { Folder } from "./folder.js";
import type { Problem } from "./problem.js";

/**
 * `signatures/contents.json`: every file that serves, with the digest of its bytes. The registry holds this list's own digest, so
 * the authority's one signature covers the folder, and a half-written folder is never taken for a version.
 */
export type Contents = Readonly<Record<string, Digest>>;

export const CONTENTS = "signatures/contents.json";
export const REGISTRY_FILE = "registry.yaml";
/** Explains, or is generated and checked elsewhere, or signs the list itself. */
const besides = /^(registry\.yaml|README\.md|glossary\.md|signatures\/|schemas\/|vectors\/|(.*\/)?\.)/;

export function contentsOf(folder: Folder): Contents {
  const served = [...folder].filter(([file]) => !besides.test(file));
  return Object.fromEntries(served.map(([file, text]) => [file, digestOf(text)]));
}

export function digestOfContents(contents: Contents): Digest {
  return digestOf(jcs(contents));
}

export function printContents(contents: Contents): string {
  return `${JSON.stringify(contents, null, 2)}\n`;
}

/** Whether the folder is what was signed. `signed` is the digest in the registry, `line` where it stands. */
export function checkContents(folder: Folder, signed: string, line: number): readonly Problem[] {
  const listed = readContents(folder);
  if (listed === undefined || digestOfContents(listed) !== signed) {
    const wrong = "contents is not the digest of signatures/contents.json";
    return [{ file: REGISTRY_FILE, line, wrong, right: "a registry signed after the last change, as one version" }];
  }
  const found = contentsOf(folder);
  const files = [...new Set([...Object.keys(listed), ...Object.keys(found)])].sort();
  return files.filter((file) => listed[file] !== found[file]).map((file) => differs(file, listed, found));
}

function differs(file: string, listed: Contents, found: Contents): Problem {
  const right = "the file as signed, or the folder signed again under a higher version";
  if (found[file] === undefined) return { file, line: 1, wrong: "is missing", right };
  if (listed[file] === undefined) return { file, line: 1, wrong: "is not part of the signed version", right };
  return { file, line: 1, wrong: "is not what the registry authority signed", right };
}

export function readContents(folder: Folder): Contents | undefined {
  try {
    const value = parseStrictJson(folder.get(CONTENTS) ?? "");
    return typeof value === "object" && value !== null ? (value as Contents) : undefined;
  } catch (error) {
    if (error instanceof WeftError) return undefined;
    throw error;
  }
}
