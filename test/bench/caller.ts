import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
import { personas } from "../../dist/apps/sandbox/src/personas.js";
import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "../../dist/libs/terms/src/index.js";
import {
  accessTokenOf,
  signAccessToken,
  signDpop,
  tokenConfig,
  verifyAccessToken,
} from "../../dist/libs/token/src/index.js";
import { microseconds, type Rounds } from "./statistics.ts";

/** The caller of the bench: the cash-transfer programme, with access tokens and proofs of possession signed ahead. */
export type ProofAlgorithm = "ES256" | "EdDSA";

export function possessionKey(algorithm: ProofAlgorithm): KeyObject {
  return algorithm === "EdDSA"
    ? generateKeyPairSync("ed25519").privateKey
    : generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

const { org, client, officer, issuer, purpose, caseId } = personas.programme;
const key = sandboxKey(issuer.kid);

function signToken(audience: string, boundTo: Parameters<typeof accessTokenOf>[0]["boundTo"], now: Date): string {
  const draft = {
    iss: issuer.iss,
    audience,
    org: parseOrgId(org),
    client: parsePartyId(client),
    officer: parsePartyId(officer),
    purpose: parsePurposeCode(purpose),
    caseId: parseCaseId(caseId),
    boundTo,
  };
  return signAccessToken(accessTokenOf(draft, now), { kid: issuer.kid, key: key.privateKey });
}

export interface CallerHeaders {
  readonly authorization: string;
  readonly dpop: string;
}

/** Headers for so many requests: one token, and a proof of its own for each. */
export function signRequests(audience: string, possession: KeyObject, requests: number): readonly CallerHeaders[] {
  const now = new Date();
  const token = signToken(audience, { key: possession }, now);
  const request = { method: "POST", url: `${audience}/graphql`, token };
  return Array.from({ length: requests }, () => ({
    authorization: `DPoP ${token}`,
    dpop: signDpop(request, possession, now),
  }));
}

/** CPU to know a caller whose token was seen before, microseconds, by how the caller proves possession. */
export interface CallerFigures {
  readonly dpopES256: number;
  readonly dpopEdDSA: number;
  /** The TLS layer has done its part, once a connection. */
  readonly certificate: number;
}

export async function measureCallers(rounds: Rounds): Promise<CallerFigures> {
  const audience = "https://gateway.example";
  const issuers = [{ iss: issuer.iss, org: parseOrgId(org), keys: [pinned()] }];
  const config = tokenConfig({ audience, issuers });
  const request = { method: "POST", url: `${audience}/graphql` };
  const byDpop = async (algorithm: ProofAlgorithm): Promise<number> => {
    const signed = signRequests(audience, possessionKey(algorithm), (rounds.rounds + 1) * rounds.calls);
    let next = 0;
    return microseconds(() => verifyAccessToken({ ...request, ...signed[next++]! }, config, new Date()), rounds);
  };
  const clientCertificate = Buffer.from("a certificate's DER: only its digest is looked at");
  const authorization = `Bearer ${signToken(audience, { certificate: clientCertificate }, new Date())}`;
  const byCertificate = { ...request, authorization, dpop: undefined, clientCertificate };
  return {
    dpopES256: await byDpop("ES256"),
    dpopEdDSA: await byDpop("EdDSA"),
    certificate: await microseconds(() => verifyAccessToken(byCertificate, config, new Date()), rounds),
  };
}

function pinned() {
  const { kty, crv, x } = key.publicJwk;
  return { kid: issuer.kid, jwk: { kty, crv, x }, from: "2020-01-01T00:00:00Z", until: "2099-12-31T23:59:59Z" };
}
