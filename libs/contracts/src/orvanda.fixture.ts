import { sha256 } from "#libs/terms";
import type { JWK } from "jose";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadOptions } from "./load.js";
import { type FolderKeys, signFolder } from "./sign.js";

/** The committed sandbox country, copied so that tests can break it. */
const original = fileURLToPath(new URL("../../../contracts", import.meta.url));

/** The sandbox's keys are derived from their names: SHA-256 of a public sentence and the name is the Ed25519 seed. */
export function orvandaKey(kid: string): KeyObject {
  const seed = sha256(`weft sandbox key, public, never for production: ${kid}`);
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export function publicJwk(kid: string): JWK {
  return { ...createPublicKey(orvandaKey(kid)).export({ format: "jwk" }), kid };
}

export const orvandaKeys: FolderKeys = {
  authority: { kid: "authority-1", key: orvandaKey("authority-1") },
  keyOf: orvandaKey,
};

export const trusting: LoadOptions = { authorityKey: publicJwk("authority-1") };

export interface ContractsCopy {
  readonly dir: string;
  readonly read: (file: string) => Promise<string>;
  readonly write: (file: string, text: string | Uint8Array) => Promise<void>;
  /** Replaces text that must be there. */
  readonly edit: (file: string, from: string, to: string) => Promise<void>;
  readonly append: (file: string, text: string) => Promise<void>;
  readonly remove: (file: string) => Promise<void>;
  /** Line of the first text that begins with the words, from 1. */
  readonly lineOf: (file: string, words: string) => Promise<number>;
  readonly sign: (version?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function copyOrvanda(): Promise<ContractsCopy> {
  const dir = await mkdtemp(path.join(tmpdir(), "weft-contracts-"));
  await cp(original, dir, { recursive: true });
  const read = (file: string): Promise<string> => readFile(path.join(dir, file), "utf8");
  const write = (file: string, text: string | Uint8Array): Promise<void> => writeFile(path.join(dir, file), text);
  return {
    dir,
    read,
    write,
    edit: async (file, from, to) => {
      const text = await read(file);
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
      await write(
        file,
        text.replace(from, () => to),
      );
    },
    append: async (file, text) => write(file, (await read(file)) + text),
    remove: (file) => rm(path.join(dir, file)),
    lineOf: async (file, words) => {
      const text = await read(file);
      const at = text.indexOf(words);
      if (at < 0) throw new Error(`${file} does not say ${words}`);
      return text.slice(0, at).split("\n").length;
    },
    sign: (version) => signFolder(dir, orvandaKeys, version),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

export function originalFolder(): string {
  return original;
}
