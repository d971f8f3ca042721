import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf, signAccessToken, signDpop } from "#libs/token";
import { generateKeyPairSync } from "node:crypto";
import { type AskAnswer, type Asked, post } from "../../apps/sandbox/src/ask.js";
import { SIGNED_IN_BY } from "../../apps/sandbox/src/issuer-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { personas } from "../../apps/sandbox/src/personas.js";

/**
 * An organisation may bring an issuer of its own that grants whatever its systems ask for: the gateway must decide as if nobody had cut
 * anything before. Signed here with the organisation's issuer key.
 */
export function askUncut(gateway: string, asked: Asked, audience = gateway): Promise<AskAnswer> {
  return post(
    uncutFetch(asked, audience, (url) => url.replace(gateway, audience)),
    gateway,
    asked,
  );
}

const possession = generateKeyPairSync("ed25519").privateKey;

/** Each request with a token of its own; `known`: the address that the proof names, where another is asked. */
export function uncutFetch(as: Who, audience: string, known = (url: string) => url): typeof fetch {
  return (input, init) => {
    const token = uncutToken(as, audience, { key: possession });
    const dpop = signDpop({ method: "POST", url: known(new Request(input).url), token }, possession, new Date());
    const headers = { ...(init?.headers as Record<string, string>), authorization: `DPoP ${token}`, dpop };
    return fetch(input, { ...init, headers });
  };
}

type Who = Pick<Asked, "persona" | "purpose" | "caseId">;

/** A token that serves nobody without that key, or that certificate. */
export function uncutToken(
  { persona, purpose, caseId }: Who,
  audience: string,
  boundTo: AccessTokenDraft["boundTo"],
): string {
  const { org, client, officer, issuer, ...usual } = personas[persona];
  const claims = accessTokenOf(
    {
      iss: issuer.iss,
      audience,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode(purpose ?? usual.purpose),
      caseId: parseCaseId(caseId ?? usual.caseId),
      signIn: { acr: SIGNED_IN_BY, authTime: Math.floor(Date.now() / 1000) },
      reason: "A test asks whether a life can be saved.",
      boundTo,
    },
    new Date(),
  );
  return signAccessToken(claims, { kid: issuer.kid, key: sandboxKey(issuer.kid).privateKey });
}
