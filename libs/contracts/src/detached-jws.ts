import { fromB64u, jcs, parseStrictJson, WeftError } from "#libs/terms";
import { CompactSign, compactVerify, errors, importJWK, type JWK } from "jose";
import type { KeyObject } from "node:crypto";

/** Detached JWS (RFC 7515 App. F) over the canonical JSON (RFC 8785) of a file: `header..signature`. */
export type SignatureType = "agreement+jws" | "registry+jws" | "operation+jws" | "operation-suspension+jws";

export interface FileSigner {
  readonly kid: string;
  readonly key: KeyObject;
}

export async function signDetached(typ: SignatureType, json: unknown, signer: FileSigner): Promise<string> {
  const payload = new TextEncoder().encode(jcs(json));
  const alg = signer.key.asymmetricKeyType === "ec" ? "ES256" : "EdDSA";
  const compact = await new CompactSign(payload).setProtectedHeader({ alg, kid: signer.kid, typ }).sign(signer.key);
  const [header, , signature] = compact.split(".");
  return `${header}..${signature}`;
}

export type Verified = "valid" | "malformed" | "unknown key" | "invalid";

/** Header exactly `alg kid typ`; the key is chosen by `kid` among those that the caller trusts for this file. */
export async function verifyDetached(
  text: string,
  typ: SignatureType,
  json: unknown,
  keyOf: (kid: string) => JWK | undefined,
): Promise<Verified> {
  const parts = /^([\w-]+)\.\.([\w-]+)$/.exec(text.trim());
  const kid = parts && kidIn(parts[1]!, typ);
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

/** By which key an agreement's signature says that it was made. */
export function kidOf(text: string): string | undefined {
  return kidIn(text.split(".")[0]!, "agreement+jws");
}

function kidIn(encoded: string, typ: SignatureType): string | undefined {
  try {
    const header: unknown = parseStrictJson(fromB64u(encoded)?.toString("utf8") ?? "");
    if (typeof header !== "object" || header === null) return undefined;
    const { alg, kid, typ: said, ...rest } = header as Record<string, unknown>;
    const asked = said === typ && (alg === "EdDSA" || alg === "ES256") && Object.keys(rest).length === 0;
    return asked && typeof kid === "string" ? kid : undefined;
  } catch (error) {
    if (error instanceof WeftError) return undefined;
    throw error;
  }
}
