import { randomBytes } from "node:crypto";
import Provider, { type ClientMetadata, type Configuration } from "oidc-provider";
import { algorithmOfJwk } from "../details.js";
import type { Issuer } from "../issuer.js";
import type { SignIn } from "../organisation.js";
import { memoryAdapter } from "./memory-adapter.js";

/**
 * The sandbox's stand-in for a ministry's identity provider: OpenID Connect by authorization code, with PKCE, for the consoles that are
 * listed. Whoever opens its page may be any of the invented people. It signs with the organisation's own issuer's keys, as the registry
 * pins them, and is not there in production.
 */
export function createSignInProvider(issuer: Issuer, signIn: SignIn): Provider {
  const provider = new Provider(issuer.iss, configurationOf(issuer, signIn));
  const base = signInUrl(issuer);
  provider.use((ctx, next) => {
    ctx.request.originalUrl = `${base}${ctx.url}`;
    ctx["mountPath"] = new URL(base).pathname;
    return next();
  });
  return provider;
}

export function signInUrl({ url }: Issuer): string {
  return `${url}/sign-in`;
}

const algorithms = ["EdDSA", "ES256"] as const;
const off = { enabled: false } as const;
/** Seconds. */
const SHORT = 10 * 60;

function configurationOf(issuer: Issuer, { consoles, people }: SignIn): Configuration {
  const cookie = { httpOnly: true, sameSite: "lax", path: new URL(signInUrl(issuer)).pathname } as const;
  return {
    adapter: memoryAdapter(),
    clients: consoles.map(clientOf),
    clientAuthMethods: ["private_key_jwt"],
    clientDefaults: { id_token_signed_response_alg: "EdDSA" },
    enabledJWA: { clientAuthSigningAlgValues: [...algorithms], idTokenSigningAlgValues: [...algorithms] },
    jwks: { keys: issuer.keys.map(({ jwk }) => ({ ...jwk, alg: algorithmOfJwk(jwk), use: "sig" })) },
    scopes: ["openid"],
    responseTypes: ["code"],
    pkce: { required: () => true },
    claims: { openid: ["sub", "roles", "org"], auth_time: null },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString("base64url")], long: cookie, short: cookie },
    ttl: { Session: SHORT, Interaction: SHORT, Grant: SHORT, AuthorizationCode: 60, IdToken: 120, AccessToken: 60 },
    clockTolerance: 5,
    findAccount: (_ctx, id) => {
      const person = people.find(({ officer }) => officer === id);
      return person && { accountId: id, claims: () => ({ sub: id, org: issuer.org, roles: person.roles }) };
    },
    loadExistingGrant: async ({ oidc }) => {
      const { accountId } = oidc.session ?? {};
      const { clientId } = oidc.client ?? {};
      if (accountId === undefined || clientId === undefined) return undefined;
      const grant = new oidc.provider.Grant({ accountId, clientId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
    interactions: { url: (_ctx, { uid }) => `${new URL(signInUrl(issuer)).pathname}/interaction/${uid}` },
    renderError: (ctx, out) => void (ctx.body = out),
    features: { devInteractions: off, userinfo: off, rpInitiatedLogout: off, pushedAuthorizationRequests: off },
  };
}

function clientOf({ id, keys, redirectUris }: SignIn["consoles"][number]): ClientMetadata {
  return {
    client_id: id,
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "EdDSA",
    jwks: { keys: keys.map(({ kid, jwk }) => ({ ...jwk, kid, alg: algorithmOfJwk(jwk), use: "sig" })) },
    grant_types: ["authorization_code"],
    response_types: ["code"],
    redirect_uris: redirectUris,
    require_auth_time: true,
  };
}
