import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from "node:crypto";
import { jcs, sha256, WeftError } from "#libs/terms";

/**
 * The `signature` of a DCI message, in the style of draft-cavage-http-signatures-12: spdci/standards
 * src/common/schema/MsgSignature.yaml names its parts, OpenSPP's openspp-docs "DCI Protocol Details" what is signed. Three lines:
 *
 *     (created): 1705315800
 *     (expires): 1705316100
 *     digest: <Base64 of the SHA-256 of {"header":…,"message":…} as canonical JSON (RFC 8785)>
 */
export interface Signer {
  /** `{sender_id}|{unique_key_id}|{algorithm}` */
  readonly kidId: string;
  readonly namespace: string;
  readonly key: KeyObject;
}

export interface Signed {
  readonly header: object;
  readonly message: object;
}

const ALGORITHM = "ed25519";
const LASTS = 300;
const SKEW = 60;

export function kidOf(party: string, key: string): string {
  return `${party}|${key}|${ALGORITHM}`;
}

/** PEM, or a JWK. Throws `CONFIG_INVALID` without a word of the key. */
export function ed25519Key(text: string, part: "private" | "public"): KeyObject {
  const create = part === "private" ? createPrivateKey : createPublicKey;
  try {
    const key = text.startsWith("{") ? create({ key: JSON.parse(text) as JsonWebKey, format: "jwk" }) : create(text);
    if (key.asymmetricKeyType === ALGORITHM) return key;
  } catch {
    // Said below.
  }
  throw new WeftError("CONFIG_INVALID", { detail: `not an Ed25519 ${part} key` });
}

export function signatureOf(signed: Signed, { kidId, namespace, key }: Signer, now: Date): string {
  const created = Math.floor(now.getTime() / 1000);
  const parts = {
    namespace,
    kidId,
    algorithm: ALGORITHM,
    created,
    expires: created + LASTS,
    headers: "(created) (expires) digest",
    signature: sign(null, signingText(signed, created, created + LASTS), key).toString("base64"),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ");
}

/** Of the party whose key it is, over these very contents, and at this time. */
export function isSignedBy(signed: Signed, signature: unknown, party: string, key: KeyObject, now: Date): boolean {
  if (typeof signature !== "string" || signature.length > 2000) return false;
  const parts = new Map([...signature.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
  const [created, expires] = [Number(parts.get("created")), Number(parts.get("expires"))];
  const seconds = now.getTime() / 1000;
  const isOf = parts.get("kidId")?.startsWith(`${party}|`) === true && parts.get("algorithm") === ALGORITHM;
  const isNow = created <= seconds + SKEW && expires >= seconds - SKEW;
  const bytes = Buffer.from(parts.get("signature") ?? "", "base64");
  return isOf && isNow && verify(null, signingText(signed, created, expires), key, bytes);
}

function signingText({ header, message }: Signed, created: number, expires: number): Buffer {
  const digest = sha256(jcs({ header, message })).toString("base64");
  return Buffer.from(`(created): ${created}\n(expires): ${expires}\ndigest: ${digest}`);
}
