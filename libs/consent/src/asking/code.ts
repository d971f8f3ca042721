import { createHmac, hkdfSync, randomInt } from "node:crypto";
import type { Branded } from "#libs/terms";
import { z } from "zod";

/**
 * Twelve characters that a person reads from paper and says on the telephone: 29 to the power of 12, some 58 bits.
 *
 *     K7MP-2X4R-9TWA
 *
 * No I, L, O, Q and U, no 0 and 1: nothing that looks like another. What is kept is a hash under a key of the register's own.
 */
export type Code = Branded<"Code">;

export const CODE_ALPHABET = "23456789ABCDEFGHJKMNPRSTVWXYZ";
const LENGTH = 12;
const FORM = new RegExp(`^[${CODE_ALPHABET}]{${LENGTH}}$`);

/** One code answers a request, one takes a consent back, one lets a silenced organisation ask again; none can be used as another. */
export type CodeUse = "answer" | "withdraw" | "hear-again";

export const codeHash = z
  .string()
  .regex(/^[a-z0-9]{1,16}\.[A-Za-z0-9_-]{43}$/)
  .describe("A code under the register's own key.");
export type CodeHash = z.infer<typeof codeHash>;

export function drawCode(): Code {
  return Array.from({ length: LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join("") as Code;
}

export function printCode(code: Code): string {
  return code.replace(/^(.{4})(.{4})(.{4})$/, "$1-$2-$3");
}

/** As people type: in small letters, in groups, with the digits of their keyboard. Undefined where it cannot be one. */
export function findCode(text: string): Code | undefined {
  const code = latinDigits(text.slice(0, 64))
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[\s\p{Dash}\p{Cf}]/gu, "");
  return FORM.test(code) ? (code as Code) : undefined;
}

/** Arabic keyboards give digits of their own, in two ranges. */
export function latinDigits(text: string): string {
  return text.replaceAll(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/** Hashes under each of the register's masters: the newest writes, all are searched. */
export class CodeHashes {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #newest: string;

  constructor({ seal, open, masters }: CodeMasters) {
    const kids = [...new Set([seal, ...open])].filter((kid) => masters.has(kid));
    this.#keys = new Map(kids.map((kid) => [kid, registerKey(masters.get(kid)!, "weft/consent-code/v1")]));
    this.#newest = seal;
  }

  of(code: Code, use: CodeUse): CodeHash {
    return this.#hash(this.#newest, code, use);
  }

  candidates(code: Code, use: CodeUse): readonly CodeHash[] {
    return [...this.#keys.keys()].map((kid) => this.#hash(kid, code, use));
  }

  #hash(kid: string, code: Code, use: CodeUse): CodeHash {
    const key = this.#keys.get(kid)!;
    return `${kid}.${createHmac("sha256", key).update(`${use}/${code}`).digest("base64url")}`;
  }
}

export interface CodeMasters {
  readonly seal: string;
  readonly open: readonly string[];
  readonly masters: ReadonlyMap<string, Uint8Array>;
}

/** A key that only the register has, apart from those that seal. */
export function registerKey(master: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync("sha256", master, new Uint8Array(0), use, 32));
}
