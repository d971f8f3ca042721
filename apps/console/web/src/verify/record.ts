import { fromB64u, isSignedBy, sha256, toB64u, utf8 } from "./bytes.js";
import { NotVerified } from "./not-verified.js";

/** What of an access record is checked: who signed it, for which log, and that each text which came with it is one that it refers to. */
export interface SignedRecord {
  readonly iss: string;
  readonly kid: string;
  readonly log: string;
  /** Seconds. */
  readonly iat: number;
  readonly kind: string;
  readonly references: ReadonlySet<string>;
}

export interface IssuerKey {
  readonly iss: string;
  readonly kid: string;
  /** Ed25519 public key, b64u. */
  readonly x: string;
}

export function parseRecord(jwt: string): SignedRecord {
  const [header, payload, ...rest] = jwt.split(".");
  const { kid, alg } = json(header) as { kid?: unknown; alg?: unknown };
  const { iss, log, iat, kind, _sd, sections } = json(payload) as Record<string, unknown>;
  const isForm = [kid, iss, log, kind].every((text) => typeof text === "string") && typeof iat === "number";
  if (alg !== "EdDSA" || !isForm || rest.length !== 1) throw new NotVerified("record-form");
  return {
    ...({ iss, kid, log, iat, kind } as Omit<SignedRecord, "references">),
    references: new Set([...strings(_sd), ...digestsIn(sections)]),
  };
}

/** RFC 7515: over the ASCII of header and payload as they came. */
export async function isSignedByIssuer(jwt: string, { x }: IssuerKey): Promise<boolean> {
  const at = jwt.lastIndexOf(".");
  const [key, signature] = [fromB64u(x), fromB64u(jwt.slice(at + 1))];
  return key !== undefined && signature !== undefined && isSignedBy(key, utf8(jwt.slice(0, at)), signature);
}

/**
 * The disclosed values by the names that the record gives them. Throws where a text is not one that the record, or another text which it
 * refers to, commits to.
 */
export async function openDisclosures(
  texts: readonly string[],
  { references }: SignedRecord,
): Promise<readonly (readonly unknown[])[]> {
  const opened = await Promise.all(
    texts.map(async (text) => ({ parts: listIn(text), digest: toB64u(await sha256(utf8(text))) })),
  );
  const known = new Set(references);
  for (const { parts } of opened) for (const digest of digestsIn(parts.at(-1))) known.add(digest);
  if (new Set(texts).size !== texts.length || opened.some(({ digest }) => !known.has(digest)))
    throw new NotVerified("disclosure");
  return opened.map(({ parts }) => parts);
}

function listIn(text: string): readonly unknown[] {
  const parts = json(text);
  if (!Array.isArray(parts) || (parts.length !== 2 && parts.length !== 3)) throw new NotVerified("disclosure");
  return parts;
}

/** Each `{"...": digest}` in it: array elements of SD-JWT, RFC 9901 §4.2.4.2. */
function digestsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(digestsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "..." && typeof member === "string" ? [member] : digestsIn(member),
  );
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function json(encoded: string | undefined): object {
  const bytes = fromB64u(encoded ?? "");
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Below.
  }
  throw new NotVerified("record-form");
}
