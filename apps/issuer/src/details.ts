import { errors, type KoaContextWithOIDC } from "oidc-provider";
import { parseStrictJson } from "#libs/terms";
import { type RegistryAccess, registryAccess } from "#libs/token";
import { agreedFor, type Allowed, grantedAccess } from "./access.js";
import type { Issuer } from "./issuer.js";
import { officerOf } from "./officer.js";

/** What may come into a token of what was asked for: exactly one `registry_access`, cut to what is allowed. */
export function authorizationDetails(issuer: Issuer, ctx: KoaContextWithOIDC) {
  const granted = grantedAccess(askedIn(ctx), allowedFor(issuer, ctx));
  if (granted === undefined) throw new errors.InvalidAuthorizationDetails("nothing of what was asked for is agreed");
  return [granted] as { type: string }[];
}

export function readRegistryAccess(detail: unknown): RegistryAccess {
  const read = registryAccess.safeParse(detail);
  if (read.success) return read.data;
  throw new errors.InvalidAuthorizationDetails("not a registry_access with one purpose");
}

/** No member twice, one detail: what is judged here is what the gateway will read. */
export function askedIn({ oidc }: KoaContextWithOIDC): RegistryAccess {
  const details = parse(oidc.params?.["authorization_details"]);
  if (!Array.isArray(details) || details.length !== 1)
    throw new errors.InvalidAuthorizationDetails("exactly one registry_access is asked for");
  return readRegistryAccess(details[0]);
}

function parse(text: unknown): unknown {
  try {
    return typeof text === "string" ? parseStrictJson(text) : undefined;
  } catch {
    return undefined;
  }
}

function allowedFor(issuer: Issuer, ctx: KoaContextWithOIDC): Allowed {
  const { clients, roles } = issuer.organisation;
  const client = clients.find(({ id }) => id === ctx.oidc.client?.clientId);
  const officer = officerOf(ctx);
  return {
    agreed: agreedFor(issuer.org, issuer.agreements, issuer.now()),
    client: new Set(client?.purposes),
    officer:
      officer.roles && new Set(officer.roles.flatMap((role) => (Object.hasOwn(roles, role) ? roles[role]! : []))),
  };
}

export function algorithmOfJwk({ kty }: { readonly kty: string }): "EdDSA" | "ES256" {
  return kty === "OKP" ? "EdDSA" : "ES256";
}
