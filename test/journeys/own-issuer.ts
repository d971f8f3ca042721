import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf, signAccessToken } from "#libs/token";
import { type AskAnswer, type Asked, askWith, possession } from "../../apps/sandbox/src/ask.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { personas } from "../../apps/sandbox/src/personas.js";

/**
 * An organisation may bring an issuer of its own that grants whatever its systems ask for: the gateway must decide as if nobody had cut
 * anything before. Signed here with the organisation's issuer key.
 */
export function askUncut(gateway: string, asked: Asked): Promise<AskAnswer> {
  const token = uncutToken(asked, gateway, { key: possession });
  return askWith(token, { at: gateway, audience: gateway }, asked);
}

/** A token that serves nobody without that key, or that certificate. */
export function uncutToken(
  { persona, purpose, caseId }: Pick<Asked, "persona" | "purpose" | "caseId">,
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
      boundTo,
    },
    new Date(),
  );
  return signAccessToken(claims, { kid: issuer.kid, key: sandboxKey(issuer.kid).privateKey });
}
