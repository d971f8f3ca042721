import { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from "oidc-provider";
import { clientCertificateOf } from "#libs/server";
import { isClientAssertion } from "#libs/token";
import { clientKeysOf, isSignedByClient } from "./client-proof.js";
import { algorithmOfJwk, authorizationDetails, readRegistryAccess } from "./details.js";
import { GrantingProvider, TOKEN_EXCHANGE } from "./grants.js";
import type { Issuer } from "./issuer.js";
import { chooseKey } from "./key-choice.js";
import type { Client } from "./organisation.js";
import { type FindClient, storageAdapter } from "./storage-adapter.js";
import { shapeToken } from "./token-shape.js";

/**
 * All that we use of oidc-provider: a token endpoint for registered clients with `private_key_jwt`, and its keys. No users, no sessions,
 * no authorization endpoint is mounted (`routes.ts`), nothing is stored but what was used.
 */
export function createProvider(issuer: Issuer): GrantingProvider {
  const provider = new GrantingProvider(issuer, configurationOf(issuer));
  // Proofs name the address that clients know. It is never taken from the request's own Host header.
  provider.use((ctx, next) => {
    ctx.request.originalUrl = `${issuer.url}${ctx.path}`;
    ctx["mountPath"] = new URL(issuer.url).pathname;
    return next();
  });
  return provider;
}

const signing = ["EdDSA", "ES256"] as const;
const off = { enabled: false } as const;

function configurationOf(issuer: Issuer): Configuration {
  return {
    adapter: storageAdapter(issuer, clientFinder(issuer)),
    clientAuthMethods: ["private_key_jwt"],
    clientDefaults: { id_token_signed_response_alg: "EdDSA" },
    enabledJWA: { clientAuthSigningAlgValues: [...signing], dPoPSigningAlgValues: [...signing] },
    jwks: { keys: issuer.keys.map(({ jwk }) => ({ ...jwk, alg: algorithmOfJwk(jwk), use: "sig" })) },
    scopes: [],
    responseTypes: [],
    clockTolerance: 5,
    ttl: { ClientCredentials: issuer.lifetime },
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header) => {
      if (!isClientAssertion(header, claims, issuer.iss)) throw new errors.InvalidClientAuth("form of the assertion");
    },
    formats: { customizers: { jwt: (ctx, _token, parts) => shapeToken(issuer, ctx, parts) } },
    renderError: (ctx, out) => void (ctx.body = out),
    features: featuresOf(issuer),
  };
}

function featuresOf(issuer: Issuer): Configuration["features"] {
  return {
    clientCredentials: { enabled: true },
    dPoP: {
      enabled: true,
      ...(issuer.nonceSecret && { nonceSecret: issuer.nonceSecret, requireNonce: () => true }),
    },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: (ctx) => certificateOf(ctx),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => [],
      getResourceServerInfo: (_ctx, resource) => resourceServer(issuer, resource),
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { registry_access: { validate: (_ctx, detail) => void readRegistryAccess(detail) } },
      authorizationDetailsForAccessToken: (ctx) => authorizationDetails(issuer, ctx),
      authorizationDetailsForGrantSource: () => undefined,
      authorizationDetailsForIntrospection: () => undefined,
    },
    devInteractions: off,
    userinfo: off,
    rpInitiatedLogout: off,
    pushedAuthorizationRequests: off,
  };
}

/** Asked for once in each request, before the library looks at the assertion: who did not sign it learns nothing more. */
function clientFinder(issuer: Issuer): FindClient {
  const clients = new Map(
    issuer.organisation.clients.map((client) => [
      client.id,
      { keys: clientKeysOf(client), metadata: clientOf(client, issuer) },
    ]),
  );
  return async (id) => {
    const known = clients.get(id);
    const assertion = GrantingProvider.ctx?.oidc.params?.["client_assertion"];
    const signed = typeof assertion === "string" && (await isSignedByClient(assertion, known?.keys ?? []));
    return signed ? known?.metadata : undefined;
  };
}

function clientOf({ id, keys, binding, serviceOfficer }: Client, { organisation }: Issuer): ClientMetadata {
  return {
    client_id: id,
    token_endpoint_auth_method: "private_key_jwt",
    jwks: { keys: keys.map(({ kid, jwk }) => ({ ...jwk, kid, alg: algorithmOfJwk(jwk), use: "sig" })) },
    grant_types: [
      ...(serviceOfficer === undefined ? [] : ["client_credentials"]),
      ...(organisation.directory === undefined ? [] : [TOKEN_EXCHANGE]),
    ],
    authorization_details_types: ["registry_access"],
    redirect_uris: [],
    response_types: [],
    dpop_bound_access_tokens: binding === "dpop",
    tls_client_certificate_bound_access_tokens: binding === "mtls",
  };
}

function certificateOf(ctx: KoaContextWithOIDC): string | undefined {
  return clientCertificateOf(ctx.req)?.der.toString("base64");
}

/** `aud` is exactly one of the resources that this issuer is told; the key that signs is chosen for each token. */
function resourceServer(issuer: Issuer, resource: string) {
  const { keys, keyLead, lifetime } = issuer;
  if (!issuer.resources.has(resource)) throw new errors.InvalidTarget();
  const key = chooseKey(keys, { now: issuer.now().getTime(), lead: keyLead, lifetime: lifetime * 1000 });
  if (key === undefined) throw new Error("no key of this issuer is in force");
  return {
    scope: "",
    audience: resource,
    accessTokenFormat: "jwt" as const,
    accessTokenTTL: lifetime,
    jwt: { sign: { alg: algorithmOfJwk(key.jwk), kid: key.kid } },
  };
}
