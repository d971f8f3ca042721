import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { WeftError } from "#libs/terms";
import type { ReadRows } from "./hook.js";

/**
 * The file's bytes are read once, held against the SHA-256 that the authority signed with adapter.yaml, and these very bytes run. They run from
 * a `data:` address, where no import but Node's own can be resolved: what the signature covers is all the code there is. Throws CONFIG_INVALID.
 */
export async function loadHook(file: string, sha256: string): Promise<ReadRows> {
  const bytes = await readFile(file).catch(() => refuse("its file cannot be read"));
  if (createHash("sha256").update(bytes).digest("hex") !== sha256)
    refuse("its file is not the one whose SHA-256 adapter.yaml says");
  const text = bytes.toString("utf8");
  const code = /\.[cm]?ts$/.test(file) ? stripped(text) : text;
  const address = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  // What it says of itself when it fails may hold anything.
  const loaded = (await import(/* @vite-ignore */ address).catch(() => refuse("it does not load"))) as {
    readonly read?: unknown;
  };
  if (typeof loaded.read !== "function") return refuse("it exports no function `read`");
  return loaded.read as ReadRows;
}

function stripped(text: string): string {
  try {
    return stripTypeScriptTypes(text);
  } catch {
    return refuse("TypeScript that does more than name types");
  }
}

function refuse(what: string): never {
  throw new WeftError("CONFIG_INVALID", { detail: `the module of adapter.yaml: ${what}` });
}
