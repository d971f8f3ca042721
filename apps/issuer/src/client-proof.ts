import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { compactVerify, type CryptoKey, decodeProtectedHeader } from "jose";
import { algorithmOfJwk } from "./details.js";
import type { Client } from "./organisation.js";

/** A client's key as it is verified with. */
export interface ClientKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly key: CryptoKey;
}
type Algorithm = "EdDSA" | "ES256";

/** What nobody signs with. */
const decoys: Readonly<Record<Algorithm, CryptoKey>> = {
  EdDSA: forVerifying("EdDSA", generateKeyPairSync("ed25519").publicKey),
  ES256: forVerifying("ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey),
};

export function clientKeysOf({ keys }: Client): readonly ClientKey[] {
  return keys.map(({ kid, jwk }) => {
    const alg = algorithmOfJwk(jwk);
    return { kid, alg, key: forVerifying(alg, createPublicKey({ key: jwk, format: "jwk" })) };
  });
}

/**
 * Whether one of these keys signed the assertion. One signature is verified whoever it names: where there is no such client, or it has no
 * such key, with a key that nobody has. What a refusal costs depends on what was sent alone, and so tells nobody which clients there are.
 */
export async function isSignedByClient(assertion: string, keys: readonly ClientKey[]): Promise<boolean> {
  const header = headerOf(assertion);
  if (header === undefined) return false;
  const own = keys.find(({ kid, alg }) => kid === header.kid && alg === header.alg);
  const holds = await compactVerify(assertion, own?.key ?? decoys[header.alg], { algorithms: [header.alg] }).then(
    () => true,
    () => false,
  );
  return holds && own !== undefined;
}

function headerOf(assertion: string): { readonly alg: Algorithm; readonly kid: unknown } | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(assertion);
    return alg === "EdDSA" || alg === "ES256" ? { alg, kid } : undefined;
  } catch {
    return undefined;
  }
}

function forVerifying(alg: Algorithm, key: KeyObject): CryptoKey {
  const algorithm = alg === "EdDSA" ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  return key.toCryptoKey(algorithm, false, ["verify"]);
}
