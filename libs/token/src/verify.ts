import { WeftError, random16, sha256, toB64u } from "#libs/terms";
import { verifiedToken } from "./access-token.js";
import { type Caller, callerOf } from "./caller.js";
import type { TokenConfig } from "./config.js";
import { verifyDpop } from "./dpop.js";

/** The parts of an HTTP request that say who asks. */
export interface TokenRequest {
  /** The Authorization header: `DPoP <token>` or, with mTLS, `Bearer <token>`. */
  readonly authorization: string | undefined;
  /** The DPoP header; two of them, joined by the HTTP library, are no proof. */
  readonly dpop: string | undefined;
  readonly method: string;
  /** As callers write it, for example `https://gateway.orvanda.example/graphql`. Never taken from the request's own Host header. */
  readonly url: string;
  /** DER of the certificate that the TLS layer has verified. */
  readonly clientCertificate?: Uint8Array;
  /** With mTLS: the caller's own id of the request, so that a repetition is recognised. */
  readonly requestId?: string;
}

/**
 * Who asks: the token's shape, its pinned issuer, its signature, its claims, the caller's proof of possession. The first that fails
 * ends it, with a code for the caller and a word for the operator; neither holds anything of the token.
 */
export async function verifyAccessToken(request: TokenRequest, config: TokenConfig, now: Date): Promise<Caller> {
  const { scheme, token } = presented(request.authorization, config);
  const tokenHash = toB64u(sha256(token));
  const claims = await verifiedToken(token, tokenHash, config, now);
  const once =
    "jkt" in claims.cnf
      ? proveByDpop(scheme, claims.cnf.jkt, tokenHash, request, config, now)
      : proveByCertificate(scheme, claims.cnf["x5t#S256"], request);
  return callerOf(claims, once);
}

type Scheme = "DPoP" | "Bearer";

function presented(authorization: string | undefined, { limits }: TokenConfig): { scheme: Scheme; token: string } {
  if (authorization === undefined || authorization === "") throw new WeftError("TOKEN_MISSING");
  if (authorization.length > limits.tokenBytes) throw new WeftError("TOKEN_MALFORMED", { detail: "too long" });
  const [, scheme, token] = /^(DPoP|Bearer) ([\w.-]+)$/i.exec(authorization) ?? [];
  if (scheme === undefined || token === undefined) throw new WeftError("TOKEN_MALFORMED", { detail: "header" });
  return { scheme: scheme.toLowerCase() === "dpop" ? "DPoP" : "Bearer", token };
}

function proveByDpop(
  scheme: Scheme,
  jkt: string,
  tokenHash: string,
  { dpop, method, url }: TokenRequest,
  config: TokenConfig,
  now: Date,
): string {
  if (scheme !== "DPoP") throw notProven("scheme is not DPoP");
  if (dpop === undefined || dpop === "") throw notProven("no DPoP header");
  if (dpop.length > config.limits.proofBytes) throw notProven("too long");
  return verifyDpop(dpop, { jkt, tokenHash, method, url }, config, now);
}

/** RFC 8705 section 3. The TLS layer has checked the certificate; here it must be the one that the token names. */
function proveByCertificate(scheme: Scheme, thumbprint: string, request: TokenRequest): string {
  if (scheme !== "Bearer") throw notProven("scheme is not Bearer");
  if (request.dpop !== undefined) throw notProven("a DPoP header beside a certificate");
  if (request.clientCertificate === undefined) throw notProven("no client certificate");
  if (toB64u(sha256(request.clientCertificate)) !== thumbprint) throw notProven("certificate is not the token's");
  const id = request.requestId ?? random16();
  if (!/^[\x21-\x7e]{1,128}$/.test(id)) throw new WeftError("REQUEST_MALFORMED", { detail: "request id" });
  return id;
}

function notProven(detail: string): WeftError {
  return new WeftError("POSSESSION_NOT_PROVEN", { detail });
}
