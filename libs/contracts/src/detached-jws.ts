import { fromB64u, jcs, parseStrictJson, WeftError } from "#libs/terms";
import { CompactSign, compactVerify, errors, importJWK, type JWK } from "jose";
import type { KeyObject } from "node:crypto";

/** Detached JWS (RFC 7515 App. F) over the canonical JSON (RFC 8785) of a file: `header..signature`. */
export type SignatureType = "agreement+jws" | "registry+jws" | "operation+jws" | "operation-suspension+jws";

export interface FileSigner {
  readonly kid: string;
  readonly key: KeyObject;
}

/** `signedAt`: the signing time that the signer claims, `iat` of the header (ETSI TS 119 182-1). Nothing rests on it. */
export async function signDetached(
  typ: SignatureType,
  json: unknown,
  { kid, key }: FileSigner,
  signedAt?: Date,
): Promise<string> {
  const payload = new TextEncoder().encode(jcs(json));
  const alg = key.asymmetricKeyType === "ec" ? "ES256" : "EdDSA";
  const iat = signedAt && { iat: Math.floor(signedAt.getTime() / 1000) };
  const compact = await new CompactSign(payload).setProtectedHeader({ alg, kid, typ, ...iat }).sign(key);
  const [header, , signature] = compact.split(".");
  return `${header}..${signature}`;
}

export type Verified = "valid" | "malformed" | "unknown key" | "invalid";

/** Header exactly `alg kid typ` and, of an agreement, perhaps `iat`; the key is chosen by `kid` among those that the caller trusts for this file. */
export async function verifyDetached(
  text: string,
  typ: SignatureType,
  json: unknown,
  keyOf: (kid: string) => JWK | undefined,
): Promise<Verified> {
  const parts = /^([\w-]+)\.\.([\w-]+)$/.exec(text.trim());
  const kid = parts && headOf(parts[1]!, typ)?.kid;
  // One signature has one spelling: loose bits at the end of base64url are refused.
  if (!parts || !kid || fromB64u(parts[2]!) === undefined) return "malformed";
  const jwk = keyOf(kid);
  if (jwk === undefined) return "unknown key";
  const alg = jwk.kty === "EC" ? "ES256" : "EdDSA";
  const payload = Buffer.from(jcs(json)).toString("base64url");
  try {
    await compactVerify(`${parts[1]}.${payload}.${parts[2]}`, await importJWK(jwk, alg), { algorithms: [alg] });
    return "valid";
  } catch (error) {
    if (error instanceof errors.JOSEError) return "invalid";
    throw error;
  }
}

/** What a signature says of itself. */
export interface SignatureHead {
  readonly kid: string;
  readonly signedAt?: Date;
}

/** By which key an agreement's signature says that it was made, and when. */
export function agreementHead(text: string): SignatureHead | undefined {
  return headOf(text.split(".")[0]!, "agreement+jws");
}

function headOf(encoded: string, typ: SignatureType): SignatureHead | undefined {
  try {
    const header: unknown = parseStrictJson(fromB64u(encoded)?.toString("utf8") ?? "");
    if (typeof header !== "object" || header === null) return undefined;
    const { alg, kid, typ: said, iat, ...rest } = header as Record<string, unknown>;
    const asked = said === typ && (alg === "EdDSA" || alg === "ES256") && Object.keys(rest).length === 0;
    if (!asked || typeof kid !== "string") return undefined;
    if (iat === undefined) return { kid };
    return typ === "agreement+jws" && isSeconds(iat) ? { kid, signedAt: new Date(iat * 1000) } : undefined;
  } catch (error) {
    if (error instanceof WeftError) return undefined;
    throw error;
  }
}

function isSeconds(iat: unknown): iat is number {
  return Number.isSafeInteger(iat) && (iat as number) >= 0 && (iat as number) <= 9_999_999_999;
}
