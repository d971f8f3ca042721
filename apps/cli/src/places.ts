import { createPrivateKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { JWK } from "jose";
import type { WeftError } from "#libs/terms";
import { z } from "zod";

/** Where things are that a command was not told of: a sandbox that runs here, its contracts, its authority. */
export const defaultContracts = "contracts";
/** What a sandbox keeps: the same place that `npm start` takes. */
const sandboxDir = process.env["WEFT_SANDBOX_DIR"] ?? ".weft";
/** The environment of the running sandbox's adapter, readable by its owner only. */
export const sandboxAdapterEnv = path.join(sandboxDir, "keys", "adapter.env");

/** The personas' clients, as files. */
export const sandboxClients = path.join(sandboxDir, "clients");

const sandboxState = z.object({ urls: z.object({ log: z.url() }) });

/** What the person at the terminal can mend; printed without a stack. */
export class UsageError extends Error {}

/** The safe sentence, and behind it what the operator of this machine may know. */
export function inWords({ message, detail }: WeftError): string {
  return detail === undefined || detail === message ? message : `${message} (${detail})`;
}

export function logUrl(given: string | undefined): string {
  if (given !== undefined) return given;
  const file = path.join(sandboxDir, "sandbox.json");
  if (!existsSync(file))
    throw new UsageError("No sandbox runs here: start one (npm start), or name a log by --log URL.");
  return sandboxState.parse(JSON.parse(readFileSync(file, "utf8"))).urls.log;
}

/**
 * The sandbox country's authority. Its key is derived from its name and public by design, so a folder that it signed proves
 * nothing to anybody; a country names its own by --authority.
 */
export const sandboxAuthority: JWK = {
  kty: "OKP",
  crv: "Ed25519",
  x: "JeWb-yDfbd8F0agV2w4TtePOT65g4GKESm1HTuNXaQQ",
};

export function authorityKey(file: string | undefined): JWK {
  return file === undefined ? sandboxAuthority : (readJson(file) as JWK);
}

/** What is secret, out of a file that is its owner's alone. */
export function readPrivateFile(file: string): string {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  if ((statSync(file).mode & 0o077) !== 0) throw new UsageError(`Others may use ${file}: chmod 600 it first.`);
  return readFileSync(file, "utf8");
}

/** A private key as JWK or PEM, in a file that is its owner's alone. */
export function readPrivateKey(file: string): KeyObject {
  const text = readPrivateFile(file);
  try {
    return text.trimStart().startsWith("{")
      ? createPrivateKey({ key: JSON.parse(text) as JWK, format: "jwk" })
      : createPrivateKey(text);
  } catch {
    throw new UsageError(`${file} holds no private key: a JWK or PEM is right.`);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new UsageError(`${file} cannot be read as JSON.`);
  }
}
