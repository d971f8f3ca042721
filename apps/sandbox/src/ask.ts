import { generateKeyPairSync } from "node:crypto";
import { type CaseId, parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import { type AccessTokenDraft, accessTokenOf, signAccessToken, signDpop } from "#libs/token";
import { sandboxKey } from "./keys.js";
import { type PersonaName, personas } from "./personas.js";

/** Asks the gateway as one of the personas: token and proof of possession signed here, with the sandbox's public keys. */
export interface Asked {
  readonly persona: PersonaName;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
  /** Instead of the persona's own. */
  readonly purpose?: string | undefined;
  readonly caseId?: string | undefined;
  /** `reject` refuses the whole operation where anything is denied; `explain` fetches nothing. */
  readonly prefer?: "reject" | "explain" | undefined;
}

export interface AskAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface AskTarget {
  readonly urls: { readonly gateway: string };
}

/** A caller's own key: new with each process, as the token is bound to it. */
const possession = generateKeyPairSync("ed25519").privateKey;

export async function ask(target: AskTarget, asked: Asked): Promise<AskAnswer> {
  const audience = target.urls.gateway;
  const url = `${audience}/graphql`;
  const now = new Date();
  const token = tokenFor(asked, audience, { key: possession }, now);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      authorization: `DPoP ${token}`,
      dpop: signDpop({ method: "POST", url, token }, possession, now),
      ...(asked.prefer && { prefer: `weft=${asked.prefer}` }),
    },
    body: JSON.stringify({
      query: asked.query,
      ...(asked.variables && { variables: asked.variables }),
      ...(asked.operationName !== undefined && { operationName: asked.operationName }),
    }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What the persona's own organisation gives it: a token that serves nobody without that key, or that certificate. */
export function tokenFor(
  { persona, purpose, caseId }: Pick<Asked, "persona" | "purpose" | "caseId">,
  audience: string,
  boundTo: AccessTokenDraft["boundTo"],
  now: Date,
): string {
  const { org, client, officer, issuer, ...usual } = personas[persona];
  const key = sandboxKey(issuer.kid);
  const claims = accessTokenOf(
    {
      iss: issuer.iss,
      audience,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode(purpose ?? usual.purpose),
      caseId: parseCaseId(caseId ?? usual.caseId) satisfies CaseId,
      boundTo,
    },
    now,
  );
  return signAccessToken(claims, { kid: issuer.kid, key: key.privateKey });
}
