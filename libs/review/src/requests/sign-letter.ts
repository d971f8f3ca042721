import { type FlattenedJWS, FlattenedSign, flattenedVerify } from "jose";
import type { KeyObject } from "node:crypto";
import { type Signer, WeftError } from "#libs/terms";
import { AccessLetter, LETTER_TYP } from "./letter.js";

/** As a file: `{"payload","protected","signature"}`. */
export async function signLetter(letter: AccessLetter, { kid, key }: Signer): Promise<string> {
  const signed = await new FlattenedSign(new TextEncoder().encode(JSON.stringify(letter)))
    .setProtectedHeader({ alg: "EdDSA", kid, typ: LETTER_TYP })
    .sign(key);
  return JSON.stringify(signed, null, 1);
}

/** Whose key a kid is, at a time in seconds. */
export type LetterKeys = (iss: string, kid: string, at: number) => KeyObject | undefined;

/** Throws RECORD_REJECTED unless a console that the registry lists signed exactly this. */
export async function verifyLetter(text: string, keys: LetterKeys): Promise<AccessLetter> {
  const read = readLetter(text);
  const { letter, jws } = read ?? fail("it is not a letter");
  const { kid } = JSON.parse(Buffer.from(jws.protected ?? "", "base64url").toString("utf8")) as { kid?: unknown };
  const key = keys(letter.iss, String(kid), letter.iat) ?? fail(`no key of ${letter.iss} is known that signed it`);
  const verified = await flattenedVerify(jws, key, { algorithms: ["EdDSA"] }).catch(() => fail("it was altered"));
  if (verified.protectedHeader?.["typ"] !== LETTER_TYP) fail("it is signed as something else");
  return letter;
}

/** What the file says, believed by nobody yet; undefined where it is no letter. */
export function readLetter(text: string): { readonly letter: AccessLetter; readonly jws: FlattenedJWS } | undefined {
  try {
    const jws = JSON.parse(text) as FlattenedJWS;
    const letter = AccessLetter.safeParse(JSON.parse(Buffer.from(jws.payload, "base64url").toString("utf8")));
    return letter.success ? { letter: letter.data, jws } : undefined;
  } catch {
    return undefined;
  }
}

function fail(detail: string): never {
  throw new WeftError("RECORD_REJECTED", { message: `The letter is not accepted: ${detail}.` });
}
