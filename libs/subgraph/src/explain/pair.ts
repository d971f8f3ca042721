import { createPublicKey, type KeyObject } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";
import { z } from "zod";
import type { RecordSigners } from "#libs/access-log";
import { type CanonicalPerson, type OrgId, parseJws, type Signer, signJws, verifyJws } from "#libs/terms";

/**
 * An officer and the person whom they asked about, for the one house that knows who lives together:
 *
 *     JWE(ECDH-ES, A256GCM; key of that house)( JWS(EdDSA; key of the officer's house)( {house, officer, person} ) )
 *
 * Whoever carries it between the two reads neither of the persons, and can make none: only the officer's own house knows who its officer
 * is, and it pairs them with nobody but the person of a recorded question. Every one is of the same length; one without an officer or a
 * person in it looks the same.
 */
export const Pair = z.strictObject({
  house: z.string().min(3).max(64),
  officer: z.array(z.string().min(1).max(40)).max(8),
  person: z.array(z.string().min(1).max(40)).max(1),
});

export interface Pair {
  /** Whose officer it is. */
  readonly house: OrgId;
  /** Every number that the house knows of its officer; none where it keeps no such officer. */
  readonly officer: readonly CanonicalPerson[];
  readonly person: readonly CanonicalPerson[];
}

/** Public key of the house that knows, X25519, as `registry.yaml` lists it. */
export interface PairKey {
  readonly kid: string;
  readonly jwk: { readonly kty: "OKP"; readonly crv: "X25519"; readonly x: string };
}

const SIGNED = "pair+jws";
const SEALED = "pair+jwe";
/** Bytes before it is sealed. */
const LENGTH = 1024;
const MOST = 4096;

/** About 2 ms. */
export async function sealPair(pair: Pair, signer: Signer, { kid, jwk }: PairKey): Promise<string> {
  const plain = Buffer.from(signJws(SIGNED, pair, signer).padEnd(LENGTH));
  if (plain.length !== LENGTH) throw new TypeError("a pair is too long");
  return new CompactEncrypt(plain)
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid, typ: SEALED })
    .encrypt(createPublicKey({ key: { ...jwk }, format: "jwk" }));
}

/** Undefined where it is not for this key, or where no house that `signers` lists made it about its own officer. */
export async function openPair(sealed: string, key: KeyObject, signers: RecordSigners): Promise<Pair | undefined> {
  try {
    if (sealed.length > MOST) return undefined;
    const opened = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ["ECDH-ES"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    if (opened.protectedHeader.typ !== SEALED) return undefined;
    const jws = parseJws(Buffer.from(opened.plaintext).toString("utf8").trimEnd(), SIGNED);
    const signer = signers(jws.kid);
    const pair = Pair.safeParse(jws.payload);
    if (!signer || !verifyJws(jws, signer.key) || !pair.success || pair.data.house !== signer.iss) return undefined;
    return pair.data as unknown as Pair;
  } catch {
    return undefined;
  }
}
