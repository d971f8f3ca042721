import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { sha256 } from "#libs/terms";

/**
 * The sandbox's keys: derived from their names, therefore public by design. Anyone can sign as anyone in Orvanda, which is what a
 * sandbox is for; the start-up self-check refuses every one of them in production.
 */
export interface SandboxKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** Ed25519, with `kid`, `alg` and `use`; nothing private. */
  readonly publicJwk: JsonWebKey & { readonly kid: string };
}

const SEED = "weft sandbox key, public, never for production: ";
/** PKCS #8 wrapping of a raw Ed25519 seed, RFC 8410 §7. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Ed25519, seed = SHA-256(SEED ‖ kid). For example `civil-agreement-1`, `gateway-main-1`, `log-1`, `authority-1`. */
export function sandboxKey(kid: string): SandboxKey {
  const der = Buffer.concat([PKCS8_ED25519, sha256(SEED + kid)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: "jwk" });
  return { kid, privateKey, publicJwk: { kty: kty!, crv: crv!, x: x!, kid, alg: "EdDSA", use: "sig" } };
}

/** The same key as a private JWK, for the key files that the apps read. */
export function sandboxPrivateJwk(kid: string): JsonWebKey & { readonly kid: string } {
  const { privateKey, publicJwk } = sandboxKey(kid);
  return { ...publicJwk, d: privateKey.export({ format: "jwk" }).d! };
}

const PKCS8_X25519 = Buffer.from("302e020100300506032b656e04220420", "hex");

/** X25519, from the same seed: with what a house opens pairs that others sealed for it. `jwk`: the public part. */
export function sandboxPairKey(kid: string): { readonly privateJwk: JsonWebKey; readonly jwk: JsonWebKey } {
  const der = Buffer.concat([PKCS8_X25519, sha256(SEED + kid)]);
  const { kty, crv, x, d } = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" });
  return { privateJwk: { kty: kty!, crv: crv!, x: x!, d: d! }, jwk: { kty: kty!, crv: crv!, x: x! } };
}

/** Master of `seal` for the sandbox country, kid `p1`: 32 bytes. */
export const sandboxSealMaster: { readonly kid: string; readonly bytes: Uint8Array } = {
  kid: "p1",
  bytes: sha256("weft sandbox seal master, public, never for production"),
};

/**
 * C2SP signed-note verifier key of an Ed25519 key: `name+keyhash+base64(type ‖ public key)`; the hash binds the name to the key. Type 0x01
 * signs notes, 0x04 cosigns as a witness.
 */
export function verifierKey(name: string, key: SandboxKey, type: 0x01 | 0x04 = 0x01): string {
  const typed = Buffer.concat([Buffer.from([type]), Buffer.from(key.publicJwk.x!, "base64url")]);
  const keyHash = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
  return `${name}+${keyHash.toString("hex")}+${typed.toString("base64")}`;
}
