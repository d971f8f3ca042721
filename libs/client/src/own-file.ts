import { readFileSync, statSync } from "node:fs";
import { WeftError } from "#libs/terms";

/** A secret in a file that is its owner's alone. Throws CONFIG_INVALID, with the file's name and never with what it holds. */
export function readOwn(file: string): string {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) throw unusable(file, "is not there");
  if ((mode & 0o077) !== 0) throw unusable(file, "may be read by others: chmod 600 it first");
  return readFileSync(file, "utf8");
}

export function unusable(file: string, what: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `${file} ${what}.`, detail: `${file} ${what}` });
}
