import type { KeyObject } from "node:crypto";
import { type OrgId, type PartyId, parseJws, random16, type Signer, signJws, verifyJws, WeftError } from "#libs/terms";
import { z } from "zod";
import { adapter, seconds } from "./members.js";

/**
 * By what an adapter proves to the register whose it is: a JWT of `typ` adapter-assertion+jwt, signed with the key that the
 * registry lists for it (`use: adapter`), for one kind of call, living a minute at most and used once. Over TLS it also names the
 * certificate that the adapter shows (RFC 8705): one that was stolen on its way is of no use to any other machine.
 */
export const AdapterAssertion = z.strictObject({
  iss: adapter,
  aud: z.string().min(1).max(256).describe("The register's public address."),
  iat: seconds,
  exp: seconds.describe("At most 60 seconds after iat."),
  jti: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  call: z.enum(["GET /feed", "GET /consents", "POST /relations/ended"]).describe("What it is good for."),
  cnf: z
    .strictObject({ "x5t#S256": z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
    .optional()
    .describe("The certificate that the adapter shows, by its SHA-256."),
});
export type AdapterAssertion = Readonly<z.infer<typeof AdapterAssertion>>;
export type AdapterCall = AdapterAssertion["call"];

const ASSERTION_TYPE = "adapter-assertion+jwt";
const LIFETIME = 60;
const SKEW = 5;

/** Keys of adapters, as the registry in force lists them, each while it holds. */
export type AdapterKeys = (
  kid: string,
) => { readonly iss: string; readonly provider: OrgId; readonly key: KeyObject } | undefined;

interface AssertedCall {
  readonly audience: string;
  readonly call: AdapterCall;
  /** SHA-256 in base64url of the certificate that is shown on this connection; nothing without TLS. */
  readonly certificate?: string | undefined;
}

export function signAssertion(
  { id, signer }: { readonly id: PartyId; readonly signer: Signer },
  { audience, call, certificate }: AssertedCall,
  now: Date,
): string {
  const iat = Math.floor(now.getTime() / 1000);
  const cnf = certificate === undefined ? {} : { cnf: { "x5t#S256": certificate } };
  const claims = { iss: id, aud: audience, iat, exp: iat + LIFETIME, jti: random16(), call, ...cnf };
  return signJws(ASSERTION_TYPE, AdapterAssertion.parse(claims), signer);
}

/**
 * Whose adapter calls. One that names a certificate is good only where that one is shown; `mustBeBound` where callers are asked for
 * theirs. That it is used once is for the caller of this to see to, by `jti`. Throws ASSERTION_REJECTED.
 */
export function verifyAssertion(
  text: string,
  keys: AdapterKeys,
  { audience, call, certificate, mustBeBound }: AssertedCall & { readonly mustBeBound: boolean },
  now: Date,
): { readonly provider: OrgId; readonly jti: string } {
  const jws = parsed(text);
  const signer = keys(jws.kid);
  if (!signer || !verifyJws(jws, signer.key)) throw rejected("signature");
  const claims = AdapterAssertion.safeParse(jws.payload);
  if (!claims.success) throw rejected("members");
  const { iss, aud, iat, exp, jti } = claims.data;
  if (iss !== signer.iss) throw rejected("issuer");
  if (aud !== audience || claims.data.call !== call) throw rejected("audience");
  const bound = claims.data.cnf?.["x5t#S256"];
  if (bound === undefined ? mustBeBound : bound !== certificate) throw rejected("certificate");
  const moment = now.getTime() / 1000;
  if (exp - iat > LIFETIME || moment + SKEW < iat || moment - SKEW >= exp) throw rejected("time");
  return { provider: signer.provider, jti };
}

function parsed(text: string) {
  try {
    return parseJws(text, ASSERTION_TYPE);
  } catch (cause) {
    throw new WeftError("ASSERTION_REJECTED", { detail: "adapter assertion: form", cause });
  }
}

function rejected(what: string): WeftError {
  return new WeftError("ASSERTION_REJECTED", { detail: `adapter assertion: ${what}` });
}
