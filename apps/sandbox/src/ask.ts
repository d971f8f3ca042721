import { generateKeyPairSync } from "node:crypto";
import { signDpop } from "#libs/token";
import { accessTokenFor, TokenRefused } from "./access-token.js";
import { type PersonaName, personas } from "./personas.js";

/** Asks the gateway as one of the personas, with a token of its organisation's token service. */
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
  readonly urls: { readonly gateway: string; readonly issuer: string };
  /** The address that the gateway is known by, where it is asked at another: a replica's. */
  readonly audience?: string;
}

/** A caller's own key: new with each process, as the token is bound to it. */
export const possession = generateKeyPairSync("ed25519").privateKey;

export async function ask({ urls, audience = urls.gateway }: AskTarget, asked: Asked): Promise<AskAnswer> {
  try {
    const { issuer } = urls;
    const { purpose, caseId, ...persona } = personas[asked.persona];
    const token = await accessTokenFor({
      persona: { ...persona, purpose, caseId },
      issuer,
      resource: audience,
      purpose: asked.purpose ?? purpose,
      caseId: asked.caseId ?? caseId,
      possession,
    });
    return await askWith(token, { at: urls.gateway, audience }, asked);
  } catch (error) {
    if (error instanceof TokenRefused) return refusedBy(error);
    throw error;
  }
}

/** With a token that is bound to this process's key. */
export async function askWith(
  token: string,
  gateway: { readonly at: string; readonly audience: string },
  asked: Asked,
): Promise<AskAnswer> {
  const response = await fetch(`${gateway.at}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      authorization: `DPoP ${token}`,
      dpop: signDpop({ method: "POST", url: `${gateway.audience}/graphql`, token }, possession, new Date()),
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

/** The question did not reach the gateway: said in the form of its own refusals. */
function refusedBy({ status, message }: TokenRefused): AskAnswer {
  const code = status === 401 ? "TOKEN_REJECTED" : "PURPOSE_NOT_ALLOWED";
  const said = `The token service refused. ${message}.`;
  return { status, headers: new Headers(), body: { errors: [{ message: said, extensions: { code } }] } };
}
