import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isBuiltin, registerHooks, stripTypeScriptTypes } from "node:module";
import { WeftError } from "#libs/terms";
import type { ReadRows } from "./hook.js";

/** What runs from here imports Node's own modules, or nothing: neither a file by its whole address nor another text beside it. */
const ADDRESS = "data:text/javascript;weft-module;base64,";
registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL?.startsWith(ADDRESS) && !isBuiltin(specifier)) throw new TypeError("not Node's own");
    return next(specifier, context);
  },
});

/**
 * The file's bytes are read once, held against the SHA-256 that the authority signed with adapter.yaml, and these very bytes run. They run from
 * a `data:` address of their own, where nothing but Node's own is imported, then or later: what it says is what was signed. Throws CONFIG_INVALID.
 */
export async function loadHook(file: string, sha256: string): Promise<ReadRows> {
  const bytes = await readFile(file).catch(() => refuse("its file cannot be read"));
  if (createHash("sha256").update(bytes).digest("hex") !== sha256)
    refuse("its file is not the one whose SHA-256 adapter.yaml says");
  const text = bytes.toString("utf8");
  const code = /\.[cm]?ts$/.test(file) ? stripped(text) : text;
  const address = `${ADDRESS}${Buffer.from(code).toString("base64")}`;
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
