import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import { accessTokenOf, signAccessToken } from "#libs/token";
import { type AskAnswer, type Asked, askWith, possession } from "../../apps/sandbox/src/ask.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { personas } from "../../apps/sandbox/src/personas.js";

/**
 * An organisation may bring an issuer of its own that grants whatever its systems ask for: the gateway must decide as if nobody had cut
 * anything before. Signed here with the organisation's issuer key.
 */
export function askUncut(gateway: string, asked: Asked): Promise<AskAnswer> {
  const { org, client, officer, issuer, ...usual } = personas[asked.persona];
  const claims = accessTokenOf(
    {
      iss: issuer.iss,
      audience: gateway,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode(asked.purpose ?? usual.purpose),
      caseId: parseCaseId(asked.caseId ?? usual.caseId),
      boundTo: { key: possession },
    },
    new Date(),
  );
  const token = signAccessToken(claims, { kid: issuer.kid, key: sandboxKey(issuer.kid).privateKey });
  return askWith(token, { at: gateway, audience: gateway }, asked);
}
