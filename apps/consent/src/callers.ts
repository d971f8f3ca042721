import type { FastifyRequest } from "fastify";
import { type AdapterCall, verifyAssertion } from "#libs/consent";
import { clientCertificateOf } from "#libs/server";
import { type OrgId, WeftError } from "#libs/terms";
import { type Caller, tokenRequestOf, verifyAccessToken } from "#libs/token";
import type { Consent } from "./consent.js";

/** Milliseconds for which a proof is remembered: longer than it is taken. */
const PROOF_LIFE = 300_000;

/**
 * An officer's system, by an access token that is meant for the register. Its proof does not cover the body: it is taken once, whichever process
 * it is shown to.
 */
export async function consumerOf(request: FastifyRequest, { world, publicUrl, now, proofs }: Consent): Promise<Caller> {
  const shown = tokenRequestOf(request.raw, `${publicUrl}${request.url}`, clientCertificateOf(request.raw)?.der);
  const caller = await verifyAccessToken(shown, world().tokens, now());
  if (!(await proofs.use(caller.requestKey, new Date(now().getTime() + PROOF_LIFE))))
    throw new WeftError("POSSESSION_NOT_PROVEN", { detail: "used before, at another process" });
  return caller;
}

/** Whether an adapter calls: an assertion and a token that is bound to a certificate are told apart by what they say they are. */
export function isAssertion(request: FastifyRequest): boolean {
  const [header] = (request.headers.authorization ?? "").replace(/^Bearer /, "").split(".");
  const text = Buffer.from(header ?? "", "base64url").toString("utf8");
  return text.includes('"adapter-assertion+jwt"');
}

/** A ministry's adapter, by an assertion that it signed for this call. */
export function providerOf(request: FastifyRequest, call: AdapterCall, consent: Consent): OrgId {
  const [, text] = /^Bearer ([\w.-]{1,4096})$/.exec(request.headers.authorization ?? "") ?? [];
  if (text === undefined) throw new WeftError("TOKEN_MISSING", { message: "An adapter's assertion is required." });
  const now = consent.now();
  const certificate = clientCertificateOf(request.raw)?.thumbprint;
  const expected = { audience: consent.publicUrl, call, certificate, mustBeBound: consent.asksCertificates };
  const { provider, jti } = verifyAssertion(text, consent.world().adapters, expected, now);
  if (!consent.used.use(`${provider} ${jti}`, now.getTime()))
    throw new WeftError("ASSERTION_REJECTED", { detail: "adapter assertion: used before" });
  return provider;
}
