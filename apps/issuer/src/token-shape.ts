import { errors, type JWTStructured, type KoaContextWithOIDC } from "oidc-provider";
import { accessTokenClaims } from "#libs/token";
import type { Issuer } from "./issuer.js";
import { officerOf } from "./officer.js";

/**
 * The library's token becomes exactly what gateways take: `accessTokenClaims`, no member more. One that is not is never signed, above all
 * one that is bound to nothing.
 */
export async function shapeToken(issuer: Issuer, ctx: KoaContextWithOIDC, parts: JWTStructured): Promise<void> {
  const officer = officerOf(ctx);
  const { aud, client_id, iat, exp, jti, cnf, authorization_details } = parts.payload as Record<string, unknown>;
  const claims = accessTokenClaims.safeParse({
    iss: issuer.iss,
    aud,
    sub: officer.id,
    client_id,
    act: { sub: client_id },
    org: issuer.org,
    iat,
    exp,
    jti,
    ...(officer.signIn && { acr: officer.signIn.acr, auth_time: officer.signIn.authTime }),
    cnf,
    authorization_details,
  });
  if (!claims.success) throw new errors.InvalidRequest("no token that a gateway would take");
  await officer.useUp?.();
  parts.payload = claims.data;
}
