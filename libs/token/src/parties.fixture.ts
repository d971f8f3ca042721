import { type KeyObject, createPrivateKey, generateKeyPairSync, hash } from "node:crypto";
import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode, WeftError } from "#libs/terms";
import type { AccessTokenClaims } from "./claims.js";
import { signCompact } from "./compact.js";
import { type TokenConfig, type TokenLimits, tokenConfig } from "./config.js";
import { accessTokenOf, signDpop } from "./issue.js";
import type { Issuer } from "./issuers.js";
import { type TokenRequest, verifyAccessToken } from "./verify.js";

/** One issuer of the welfare office, one of a bank, one caller, and tools to bend what they send. */

export const now = new Date("2026-11-22T09:00:00Z");
export const seconds = now.getTime() / 1000;
export const gateway = "https://gateway.orvanda.example/graphql";

/** Ed25519 from a seed that is a name: the same in every run. */
export function edKey(name: string): KeyObject {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const seed = hash("sha256", `weft token test: ${name}`, "buffer");
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
}

export const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
export const issuerKey = edKey("welfare-issuer");
export const bankKey = edKey("bank-issuer");
export const callerKey = edKey("caller");

export function jwkOf(key: KeyObject): Record<string, unknown> {
  const { d: _private, ...jwk } = key.export({ format: "jwk" });
  return jwk;
}

const always = { from: "2026-01-01T00:00:00Z", until: "2027-12-31T23:59:59Z" };

export const issuers: readonly Issuer[] = [
  {
    iss: "https://issuer.welfare.example",
    org: parseOrgId("org:welfare"),
    keys: [
      { kid: "welfare-1", jwk: jwkOf(issuerKey), ...always },
      { kid: "welfare-ec", jwk: jwkOf(ecKey), ...always },
      { kid: "welfare-old", jwk: jwkOf(edKey("old")), from: "2025-01-01T00:00:00Z", until: "2025-12-31T23:59:59Z" },
    ],
  },
  {
    iss: "https://issuer.bank.example",
    org: parseOrgId("org:bank"),
    keys: [{ kid: "bank-1", jwk: jwkOf(bankKey), ...always }],
  },
];

export function config(limits: Partial<TokenLimits> = {}): TokenConfig {
  return tokenConfig({ issuers, audience: gateway, limits });
}

export function claims(): AccessTokenClaims {
  return accessTokenOf(
    {
      iss: "https://issuer.welfare.example",
      audience: gateway,
      org: parseOrgId("org:welfare"),
      client: parsePartyId("client:welfare-casework"),
      officer: parsePartyId("officer:8c1"),
      purpose: parsePurposeCode("eligibility-assessment"),
      caseId: parseCaseId("c-2026-0042"),
      boundTo: { key: callerKey },
    },
    now,
  );
}

type Loose = Record<string, unknown>;

/** A token with parts replaced (undefined: left out), signed by the welfare office's key unless said. */
export function token(
  change: { readonly header?: Loose; readonly claims?: Loose; readonly key?: KeyObject } = {},
): string {
  const header = { alg: "EdDSA", kid: "welfare-1", typ: "at+jwt", ...change.header };
  return signCompact(header, { ...claims(), ...change.claims }, change.key ?? issuerKey);
}

/** A proof with parts replaced, for the token given. */
export function proof(
  accessToken: string,
  change: { readonly header?: Loose; readonly claims?: Loose; readonly key?: KeyObject } = {},
): string {
  const whole = signDpop({ method: "POST", url: gateway, token: accessToken }, callerKey, now);
  const [header, payload] = whole.split(".").map(decoded);
  return signCompact({ ...header, ...change.header }, { ...payload, ...change.claims }, change.key ?? callerKey);
}

export function decoded(part: string): Loose {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Loose;
  } catch {
    return {};
  }
}

export function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}

export function request(accessToken: string, change: Partial<TokenRequest> = {}): TokenRequest {
  return { authorization: `DPoP ${accessToken}`, dpop: proof(accessToken), method: "POST", url: gateway, ...change };
}

/** The refusal of a request; throws where it is answered or fails in any other way. */
export async function refusal(it: TokenRequest, when = now, given = config()): Promise<WeftError> {
  try {
    await verifyAccessToken(it, given, when);
  } catch (error) {
    if (error instanceof WeftError) return error;
    throw error;
  }
  throw new Error("the request was accepted");
}

/** What of the parties or of the sent text the refusal repeats: nothing. */
export function leaksOf(error: WeftError, sent: string): string[] {
  const said = `${error.message} ${error.detail}`;
  const secrets = ["welfare", "8c1", "0042", "orvanda", ...sent.split(".").filter((it) => it.length > 20)];
  return secrets.filter((it) => said.includes(it));
}
