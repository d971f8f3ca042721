import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type IncomingHttpHeaders, request } from "node:http";
import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode, random16, sha256, toB64u } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf } from "#libs/token";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { type PersonaName, personas } from "../../apps/sandbox/src/personas.js";

/** Somebody who writes each byte of a request themselves: tokens and proofs with any part replaced, any body, any header. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  /** Replaces or, with undefined, leaves out what a well-behaved caller sends. A list is sent as several headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type Members = Readonly<Record<string, unknown>>;

export const callerKey = generateKeyPairSync("ed25519").privateKey;
export const strangerKey = generateKeyPairSync("ed25519").privateKey;

/** A compact JWS of anything, signed by anyone. */
export function compact(header: Members, payload: unknown, key: KeyObject): string {
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
}

export interface TokenChange {
  readonly header?: Members;
  readonly claims?: Members;
  readonly key?: KeyObject;
  readonly boundTo?: AccessTokenDraft["boundTo"];
}

/** A persona's access token with parts replaced; undefined leaves one out. */
export function tokenOf(persona: PersonaName, audience: string, change: TokenChange = {}): string {
  const { org, client, officer, issuer, purpose, caseId } = personas[persona];
  const claims = accessTokenOf(
    {
      iss: issuer.iss,
      audience,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode(purpose),
      caseId: parseCaseId(caseId),
      boundTo: change.boundTo ?? { key: callerKey },
    },
    new Date(),
  );
  const header = { alg: "EdDSA", kid: issuer.kid, typ: "at+jwt", ...change.header };
  return compact(header, { ...claims, ...change.claims }, change.key ?? sandboxKey(issuer.kid).privateKey);
}

/** A proof of possession for one request, with parts replaced. */
export function proofOf(
  token: string,
  url: string,
  change: { readonly header?: Members; readonly claims?: Members; readonly key?: KeyObject } = {},
): string {
  const key = change.key ?? callerKey;
  const { kty, crv, x } = createPublicKey(key).export({ format: "jwk" });
  const claims = { jti: random16(), htm: "POST", htu: url, iat: seconds(), ath: toB64u(sha256(token)) };
  const header = { alg: "EdDSA", jwk: { kty, crv, x }, typ: "dpop+jwt", ...change.header };
  return compact(header, { ...claims, ...change.claims }, key);
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** As a well-behaved caller would, but for what `sent` replaces. */
export function send(gateway: string, persona: PersonaName, sent: Sent = {}): Promise<Got> {
  const token = tokenOf(persona, gateway);
  const headers: Sent["headers"] = {
    "content-type": "application/json",
    accept: "application/graphql-response+json",
    authorization: `DPoP ${token}`,
    dpop: proofOf(token, `${gateway}/graphql`),
    ...sent.headers,
  };
  return transmit(gateway, { method: "POST", path: "/graphql", body: "{}", ...sent, headers });
}

function transmit(gateway: string, { method, path, body = "", headers = {} }: Sent): Promise<Got> {
  const given = Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
  return new Promise((resolve, reject) => {
    const outgoing = request(gateway + (path ?? ""), { method, headers: Object.fromEntries(given) }, (incoming) => {
      const parts: Buffer[] = [];
      const finish = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(parts).toString("utf8"),
        });
      incoming
        .on("data", (part: Buffer) => parts.push(part))
        .on("end", finish)
        .on("error", finish);
    });
    // A server that has answered need not read on: what breaks after the answer began is no failure.
    outgoing.on("error", (error) => setTimeout(() => reject(error), 1000));
    outgoing.end(body);
  });
}
