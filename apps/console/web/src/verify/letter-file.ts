import { fromB64u, isSignedBy, utf8 } from "./bytes.js";
import { NotVerified } from "./not-verified.js";
import type { IssuerKey } from "./record.js";

/** A letter to a person: a JWS in the flattened JSON form (RFC 7515 §7.2.2), typ `access-letter+jws`, signed by a console. */
export interface LetterFile {
  readonly iss: string;
  readonly number: string;
  /** Each with its own proof, in the form that a single proof has. */
  readonly accesses: readonly {
    readonly index: number;
    readonly at: string;
    readonly who: string;
    readonly proof: string;
  }[];
  readonly kid: string;
  readonly signed: string;
  readonly signature: string;
}

/** Undefined where the text is something else, as a single proof. */
export function findLetter(text: string): LetterFile | undefined {
  const file = objectIn(text);
  if (file === undefined || !("payload" in file && "protected" in file)) return undefined;
  const { payload, protected: header, signature } = file as Record<string, unknown>;
  if (typeof payload !== "string" || typeof header !== "string" || typeof signature !== "string") throw form();
  const { alg, kid, typ } = decoded(header);
  const { iss, number, accesses } = decoded(payload);
  if (alg !== "EdDSA" || typ !== "access-letter+jws" || typeof kid !== "string") throw form();
  if (typeof iss !== "string" || typeof number !== "string" || !Array.isArray(accesses)) throw form();
  return { iss, number, kid, accesses: accesses.map(accessIn), signed: `${header}.${payload}`, signature };
}

/** Throws `NotVerified` unless a pinned key of the console that the letter names signed it as it is. */
export async function verifyLetter({ iss, kid, signed, signature }: LetterFile, issuers: readonly IssuerKey[]) {
  const known = issuers.filter((key) => key.iss === iss && key.kid === kid);
  if (known.length === 0) throw new NotVerified("letter-unknown");
  for (const { x } of known) {
    const [key, bytes] = [fromB64u(x), fromB64u(signature)];
    if (key && bytes && (await isSignedBy(key, utf8(signed), bytes))) return;
  }
  throw new NotVerified("letter-signature");
}

function accessIn(value: unknown): LetterFile["accesses"][number] {
  const { at, consumer, proof } = (value ?? {}) as Record<string, unknown>;
  const { index, ...proven } = (proof ?? {}) as Record<string, unknown>;
  const { words } = (consumer ?? {}) as Record<string, unknown>;
  if (typeof index !== "number" || typeof at !== "string" || typeof words !== "string") throw form();
  return { index, at, who: words, proof: JSON.stringify(proven) };
}

function decoded(encoded: string): Record<string, unknown> {
  const bytes = fromB64u(encoded);
  const value = bytes && objectIn(new TextDecoder().decode(bytes));
  if (value === undefined) throw form();
  return value as Record<string, unknown>;
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const form = () => new NotVerified("letter-form");
