import { createHash } from "node:crypto";
import { errors, type KoaContextWithOIDC } from "oidc-provider";
import { WeftError } from "#libs/terms";
import { type OfficerAssertionClaims, verifyOfficerAssertion } from "#libs/token";
import type { Issuer } from "./issuer.js";

/** Who answers for a request: the officer whom the directory vouches for, or the client's own service officer. */
export interface Officer {
  readonly id: string;
  /** Undefined for a service officer, which the client's registration limits. */
  readonly roles?: readonly string[];
  /** As the directory says it; `authTime` in seconds. A service officer signs in nowhere. */
  readonly signIn?: { readonly acr: string; readonly authTime: number };
  /** The assertion is used up by the token that it gives, not by a request that lacks a nonce. */
  readonly useUp?: () => Promise<void>;
}

const officers = new WeakMap<object, Officer>();

export function officerOf(ctx: KoaContextWithOIDC): Officer {
  const officer = officers.get(ctx);
  if (officer === undefined) throw new Error("no officer is behind the request");
  return officer;
}

/** client_credentials: the officer that the client was registered with. */
export function takeServiceOfficer({ organisation }: Issuer, ctx: KoaContextWithOIDC): void {
  const client = organisation.clients.find(({ id }) => id === ctx.oidc.client?.clientId);
  if (client?.serviceOfficer === undefined) throw new errors.InvalidGrant("no service officer");
  officers.set(ctx, { id: client.serviceOfficer });
}

const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";

/** Token exchange (RFC 8693): the directory's assertion is verified. */
export function takeAssertedOfficer(issuer: Issuer, ctx: KoaContextWithOIDC): void {
  const { subject_token: assertion, subject_token_type: type } = ctx.oidc.params ?? {};
  const { directory } = issuer.organisation;
  if (typeof assertion !== "string" || type !== JWT_TYPE)
    throw new errors.InvalidRequest("subject_token is an officer assertion, subject_token_type says jwt");
  if (directory === undefined) throw new errors.InvalidGrant("no directory");
  const claims = verify(assertion, directory, issuer, ctx);
  const signIn = { acr: claims.acr, authTime: claims.auth_time };
  officers.set(ctx, { id: claims.sub, roles: claims.roles, signIn, useUp: () => useUp(issuer, claims) });
}

async function useUp({ iss, used }: Issuer, claims: OfficerAssertionClaims): Promise<void> {
  const id = createHash("sha256").update(`officer ${claims.iss} ${claims.jti}`).digest("base64url");
  const first = await used.use(iss, id, new Date((claims.exp + 5) * 1000));
  if (!first) throw new errors.InvalidGrant("used before");
}

type Directory = NonNullable<Issuer["organisation"]["directory"]>;

function verify(
  assertion: string,
  directory: Directory,
  issuer: Issuer,
  ctx: KoaContextWithOIDC,
): OfficerAssertionClaims {
  const expected = { issuer: issuer.iss, client: ctx.oidc.client?.clientId ?? "" };
  try {
    return verifyOfficerAssertion(assertion, directory, expected, issuer.now());
  } catch (error) {
    if (error instanceof WeftError) throw new errors.InvalidGrant(error.detail);
    throw error;
  }
}
