import { createPrivateKey } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { WeftError } from "#libs/terms";
import { z } from "zod";
import type { ClientOptions } from "./options.js";

/** A client's configuration as a file, for those who would rather not write it in code. The key stays in a file of its own. */
const clientFile = z.strictObject({
  client: z.string(),
  key: z.strictObject({ kid: z.string(), file: z.string().describe("Private JWK or PEM, beside this file.") }),
  issuer: z.strictObject({ iss: z.url(), tokenEndpoint: z.url() }),
  gateway: z.url(),
  register: z.url().optional(),
});
export type ClientFile = z.infer<typeof clientFile>;

/** Throws CONFIG_INVALID, with the place in the file and never with what it holds. */
export function readClientFile(file: string): ClientOptions {
  const read = clientFile.safeParse(parseJson(file));
  if (!read.success) throw invalid(file, `is wrong at ${read.error.issues[0]?.path.join(".") || "its root"}`);
  const { client, key, issuer, gateway, register } = read.data;
  const keyFile = path.resolve(path.dirname(file), key.file);
  return {
    client,
    key: { kid: key.kid, key: readKey(keyFile) },
    issuer,
    gateway,
    ...(register !== undefined && { register }),
  };
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw invalid(file, "cannot be read as JSON");
  }
}

function readKey(file: string) {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) throw invalid(file, "is not there");
  if ((mode & 0o077) !== 0) throw invalid(file, "may be read by others: chmod 600 it first");
  const text = readFileSync(file, "utf8");
  try {
    return text.trimStart().startsWith("{")
      ? createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: "jwk" })
      : createPrivateKey(text);
  } catch {
    throw invalid(file, "holds no private key: a JWK or PEM is right");
  }
}

type JsonWebKey = import("node:crypto").JsonWebKey;

function invalid(file: string, what: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `${file} ${what}.`, detail: `${file} ${what}` });
}
