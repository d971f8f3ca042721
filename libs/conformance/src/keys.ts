import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import type { Signer } from "#libs/terms";

/** Everybody who signs in the trial country. New keys with every `prepare`: nobody else can sign as they do. */
export const trialKeys = [
  "authority-1",
  "gateway-1",
  "log-1",
  "witness-1",
  "register-1",
  "trial-agreement-1",
  "trial-adapter-1",
  "office-agreement-1",
  "payer-agreement-1",
  "clinic-agreement-1",
  "school-agreement-1",
  "school-issuer-1",
] as const;
export type TrialKey = (typeof trialKeys)[number];
export type TrialKeys = Readonly<Record<TrialKey, KeyObject>>;

export function newKeys(): TrialKeys {
  return keysOf(() => generateKeyPairSync("ed25519").privateKey);
}

/** As `printKeys` wrote them. */
export function readKeys(jwks: Readonly<Record<string, JsonWebKey>>): TrialKeys {
  return keysOf((name) => createPrivateKey({ key: jwks[name] ?? {}, format: "jwk" }));
}

export function printKeys(keys: TrialKeys): Readonly<Record<TrialKey, JsonWebKey>> {
  return Object.fromEntries(trialKeys.map((name) => [name, privateJwk(keys[name])])) as Record<TrialKey, JsonWebKey>;
}

export function signerOf(keys: TrialKeys, kid: TrialKey): Signer {
  return { kid, key: keys[kid] };
}

export function publicJwk(key: KeyObject): { readonly kty: "OKP"; readonly crv: "Ed25519"; readonly x: string } {
  return { kty: "OKP", crv: "Ed25519", x: createPublicKey(key).export({ format: "jwk" }).x! };
}

export function privateJwk(key: KeyObject): JsonWebKey {
  return { ...publicJwk(key), d: key.export({ format: "jwk" }).d! };
}

function keysOf(make: (name: TrialKey) => KeyObject): TrialKeys {
  return Object.fromEntries(trialKeys.map((name) => [name, make(name)])) as Record<TrialKey, KeyObject>;
}
