import { createHash } from "node:crypto";
import type { Canary } from "./fifty.js";
import type { Spelling } from "./needles.js";

/** What somebody might have written down: made here by other means than the search's own, or it would prove only itself. */
export interface Leak {
  readonly what: string;
  readonly found: Spelling;
  readonly text: string | Buffer;
}

export function leaksOf({ nid, name, born, account }: Canary): Leak[] {
  const line = (before: string) => JSON.stringify({ salt: before, value: `${name}, ${born}` });
  const encoded = (encoding: "hex" | "base64" | "base64url", before: string) =>
    Buffer.from(line(before)).toString(encoding);
  const escaped = name.replaceAll(/./g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const percent = [...Buffer.from(account)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join("");
  const phone = "+999713700060";
  const leaks: [string, Spelling, string | Buffer][] = [
    ["a name", "raw", name],
    ["an account", "raw", `account=${account};`],
    ["a day of birth, as an office writes it", "raw", born.split("-").toReversed().join("/")],
    ["a day of birth, digits alone", "raw", `on ${born.replaceAll("-", "")}.`],
    ["an amount in cents", "raw", "amount 71370037 due"],
    ["a name in lower case", "lower case", name.toLowerCase()],
    ["a name in two-byte characters", "UTF-16", Buffer.from(name, "utf16le")],
    ["a national ID in hex", "hex", encoded("hex", nid).toLowerCase()],
    ["a name in upper-case hex", "hex", encoded("hex", "").toUpperCase()],
    ...["", "x", "xx"].map((before): [string, Spelling, string] => [
      `base64 from the byte ${before.length}`,
      "base64",
      encoded("base64", before),
    ]),
    ...["", "x", "xx"].map((before): [string, Spelling, string] => [
      `base64url from the byte ${before.length}`,
      "base64",
      // Question marks, so that this is another text than the one above.
      encoded("base64url", `${before}???`),
    ]),
    ["base64 in base64", "base64", Buffer.from(`sub.${encoded("base64url", "")}.sig`).toString("base64url")],
    ["a number in a URL", "URL-encoded", `?phone=${encodeURIComponent(phone)}&x=1`],
    ["an account, every byte in per cent", "URL-encoded", percent],
    ["a name in JSON escapes", "JSON-escaped", `{"n":"${escaped}"}`],
  ];
  return [...leaks, ...hashed(nid)].map(([what, found, text]) => ({ what, found, text }));
}

function hashed(nid: string): [string, Spelling, string | Buffer][] {
  const spelt = nid.replace(/^(....)(...)(...)$/, "$1.$2.$3");
  const of = (name: string, text: string) => createHash(name).update(text);
  return [
    ...["sha256", "sha1", "md5"].flatMap((name): [string, Spelling, string | Buffer][] => [
      [`${name} of a national ID in hex`, "hash, hex", of(name, nid).digest("hex")],
      [`${name} of a national ID in base64`, "hash, base64", of(name, nid).digest("base64")],
      [`${name} of a national ID in bytes`, "hash", of(name, nid).digest()],
    ]),
    ["sha256 of a national ID as an office writes it", "hash, hex", of("sha256", spelt).digest("hex").toUpperCase()],
    ["sha256 of the canonical form", "hash, base64", of("sha256", `nid:${nid}`).digest("base64url")],
  ];
}
