import { createHmac, type JsonWebKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import * as oauth from "oauth4webapi";
import { type OrgId, parseOrgId, type Signer, WeftError } from "#libs/terms";
import { type IdentityProvider, type Identity, verifyIdToken } from "./id-token.js";

/**
 * OpenID Connect: authorization code with PKCE, state and nonce, at the officer's own organisation. Between its two halves the server keeps
 * nothing: the browser holds a random seed, and state, nonce and code verifier are made from it under the console's key, which no
 * browser and no other site has.
 */
export interface SignInOptions {
  /** 32 bytes, the same for all replicas. */
  readonly key: Buffer;
  /** As each identity provider knows the console, and the key that it shows itself by. */
  readonly clientId: string;
  readonly signer: Signer;
  readonly redirectUri: string;
  readonly find: (organisation: OrgId) => IdentityProvider | undefined;
}

export interface Begun {
  /** Where the browser goes. */
  readonly url: string;
  /** For a cookie that comes back with the answer. */
  readonly ticket: string;
}

/** Milliseconds. */
export const TICKET_LIFE = 10 * 60_000;
const TIMEOUT = 5_000;
/** Seconds since the officer has shown who they are. */
const MAX_AGE = 300;

export async function beginSignIn(organisation: OrgId, options: SignInOptions, now: Date): Promise<Begun> {
  const provider = options.find(organisation);
  if (!provider) throw refused("an organisation without an identity provider");
  const server = await discover(provider);
  const until = Math.floor((now.getTime() + TICKET_LIFE) / 1000);
  const ticket = `${randomBytes(32).toString("base64url")}.${until}.${organisation}`;
  const { state, nonce, verifier } = secretsOf(ticket, options.key);
  const url = new URL(server.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: options.clientId,
    redirect_uri: options.redirectUri,
    response_type: "code",
    scope: "openid",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    // Whoever signs in does so now: the session of a browser that others use too is nobody's word.
    prompt: "login",
    max_age: String(MAX_AGE),
  }).toString();
  return { url: url.href, ticket };
}

/** Throws SIGN_IN_REJECTED for an answer that this browser did not ask for, that is late, or that its organisation's provider did not give. */
export async function finishSignIn(
  answer: URLSearchParams,
  ticket: string | undefined,
  options: SignInOptions,
  now: Date,
): Promise<Identity> {
  const [, seed, until, organisation] =
    /^([A-Za-z0-9_-]{43})\.(\d{1,12})\.(org:[a-z0-9._-]+)$/.exec(ticket ?? "") ?? [];
  if (ticket === undefined || seed === undefined || organisation === undefined) throw refused("no ticket");
  if (now.getTime() / 1000 > Number(until)) throw refused("a ticket that is too old");
  const provider = options.find(parseOrgId(organisation));
  if (!provider) throw refused("an organisation without an identity provider");
  const { state, nonce, verifier } = secretsOf(ticket, options.key);
  if (!isSame(answer.get("state") ?? "", state)) throw refused("an answer that this browser did not ask for");
  try {
    const token = await exchange(answer, { state, nonce, verifier }, provider, options);
    return await verifyIdToken(token, { provider, clientId: options.clientId, nonce, now, maxAge: MAX_AGE });
  } catch (error) {
    throw error instanceof WeftError ? error : refused("the identity provider's answer", error);
  }
}

type Secrets = Readonly<Record<"state" | "nonce" | "verifier", string>>;

function secretsOf(ticket: string, key: Buffer): Secrets {
  const of = (use: string) => createHmac("sha256", key).update(`${use}/${ticket}`).digest("base64url");
  return { state: of("state"), nonce: of("nonce"), verifier: of("verifier") };
}

async function exchange(
  answer: URLSearchParams,
  { state, nonce, verifier }: Secrets,
  provider: IdentityProvider,
  { clientId, signer, redirectUri }: SignInOptions,
): Promise<string> {
  const server = await discover(provider);
  const client = { client_id: clientId };
  const parameters = oauth.validateAuthResponse(server, client, answer, state);
  const authentication = await authenticationOf(signer);
  const sent = { ...transport(provider.address), signal: AbortSignal.timeout(TIMEOUT) };
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    redirectUri,
    verifier,
    sent,
  );
  const expected = { expectedNonce: nonce, maxAge: MAX_AGE, requireIdToken: true };
  const { id_token: token } = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
  if (token === undefined) throw refused("no ID token");
  return token;
}

/** What the provider says of itself; its name is the registry's. Its keys are not taken from there. */
async function discover({ iss, address }: IdentityProvider): Promise<oauth.AuthorizationServer> {
  try {
    const response = await fetch(`${address}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(TIMEOUT),
      redirect: "error",
    });
    const server = await oauth.processDiscoveryResponse(new URL(iss), response);
    return { ...server, id_token_signing_alg_values_supported: ["EdDSA", "ES256"] };
  } catch (error) {
    throw new WeftError("NOT_READY", { detail: "an identity provider does not answer", cause: error });
  }
}

/** Plain HTTP on loopback only, as the self-check has it for every address that is called. */
function transport(address: string): { readonly [oauth.allowInsecureRequests]?: boolean } {
  return new URL(address).protocol === "http:" ? { [oauth.allowInsecureRequests]: true } : {};
}

async function authenticationOf({ kid, key }: Signer): Promise<oauth.ClientAuth> {
  const cryptoKey = await crypto.subtle.importKey("jwk", jwkOf(key), { name: "Ed25519" }, false, ["sign"]);
  return oauth.PrivateKeyJwt(
    { key: cryptoKey, kid },
    {
      // The name that identity providers know this algorithm by; the newer one means the same.
      [oauth.modifyAssertion]: (header) => void (header["alg"] = "EdDSA"),
    },
  );
}

function jwkOf(key: KeyObject): JsonWebKey {
  const { kty, crv, x, d } = key.export({ format: "jwk" });
  return { kty, crv, x, d } as JsonWebKey;
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function refused(detail: string, cause?: unknown): WeftError {
  return new WeftError("SIGN_IN_REJECTED", { detail: `sign-in: ${detail}`, cause });
}
