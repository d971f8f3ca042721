import { type Asker, TokenRefused } from "#libs/client";
import { askerFor } from "./askers.js";
import { type Certificates, type PersonaName, personas } from "./personas.js";

/** Asks the gateway as one of the personas, with a token of its organisation's token service. */
export interface Asked {
  readonly persona: PersonaName;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
  /** Instead of the persona's own. */
  readonly purpose?: string | undefined;
  readonly caseId?: string | undefined;
  /** Why a life is in danger. */
  readonly reason?: string | undefined;
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
  readonly certificates?: Certificates | undefined;
}

export async function ask(
  { urls, audience = urls.gateway, certificates }: AskTarget,
  asked: Asked,
): Promise<AskAnswer> {
  const { persona: name, purpose, caseId, reason } = asked;
  const asker = askerFor({
    persona: personas[name],
    urls: { gateway: audience, issuer: urls.issuer },
    access: {
      ...(purpose !== undefined && { purpose }),
      ...(caseId !== undefined && { case: caseId }),
      ...(reason !== undefined && { reason }),
    },
    certificate: certificates?.[name],
  });
  try {
    const send = audience === urls.gateway ? asker.fetch : atReplica(asker, audience);
    return await post(send, urls.gateway, asked);
  } catch (error) {
    if (error instanceof TokenRefused) return refusedBy(error);
    throw error;
  }
}

/** A replica is known by the address of the first, which the proof names. */
function atReplica(asker: Asker, audience: string): typeof fetch {
  return async (url, init) => {
    const shown = await asker.headers("POST", `${audience}/graphql`);
    return fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), ...shown } });
  };
}

export async function post(send: typeof fetch, gateway: string, asked: Asked): Promise<AskAnswer> {
  const response = await send(`${gateway}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
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
  return { status, headers: new Headers(), body: { errors: [{ message, extensions: { code } }] } };
}
