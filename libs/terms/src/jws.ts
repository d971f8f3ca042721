import { type KeyObject, sign, verify } from "node:crypto";
import { fromB64u, toB64u } from "./encoding.js";
import { WeftError } from "./error.js";
import { parseStrictJson } from "./strict-json.js";

/**
 * Compact JWS (RFC 7515) for the JWTs that Weft's own parties sign on the hot path: EdDSA over Ed25519, header exactly
 * `alg kid typ`. Access tokens and agreements come from elsewhere and go through `jose`.
 */
export interface Signer {
  readonly kid: string;
  readonly key: KeyObject;
}

export interface CompactJws {
  readonly kid: string;
  readonly typ: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

export function signJws(typ: string, payload: object, signer: Signer): string {
  const header = toB64u(Buffer.from(JSON.stringify({ alg: "EdDSA", kid: signer.kid, typ })));
  const signingInput = `${header}.${toB64u(Buffer.from(JSON.stringify(payload)))}`;
  return `${signingInput}.${toB64u(sign(null, Buffer.from(signingInput), signer.key))}`;
}

/** Parses only: nothing in the result is trusted before `verifyJws`. Refuses any header but `{alg: EdDSA, kid, typ}`. */
export function parseJws(text: string, typ: string): CompactJws {
  const [header64, payload64, signature64, ...rest] = text.split(".");
  const signature = fromB64u(signature64 ?? "");
  if (rest.length > 0 || header64 === undefined || payload64 === undefined || signature?.length !== 64)
    throw malformed();
  const header = parseObject(header64);
  if (
    header["alg"] !== "EdDSA" ||
    header["typ"] !== typ ||
    typeof header["kid"] !== "string" ||
    Object.keys(header).length !== 3
  ) {
    throw malformed();
  }
  return {
    kid: header["kid"],
    typ,
    payload: parseObject(payload64),
    signingInput: `${header64}.${payload64}`,
    signature,
  };
}

export function verifyJws(jws: CompactJws, key: KeyObject): boolean {
  return key.asymmetricKeyType === "ed25519" && verify(null, Buffer.from(jws.signingInput), key, jws.signature);
}

function parseObject(encoded: string): Readonly<Record<string, unknown>> {
  const bytes = fromB64u(encoded);
  const value = bytes && parseStrictJson(bytes.toString("utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed();
  return value as Record<string, unknown>;
}

function malformed(): WeftError {
  return new WeftError("REQUEST_MALFORMED", { message: "Not a well-formed signed object." });
}
