import { randomUUID } from "node:crypto";
import * as oauth from "oauth4webapi";
import type { AccessTokens } from "./access-tokens.js";
import { type Connection, transport } from "./connection.js";
import { readStepUp } from "./step-up.js";

/** A request that can be sent once more: its body is bytes. */
export interface Sendable {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal | null;
}

/**
 * Sends with a token and a proof of its own. Sent again at most twice, and only where the answer is 401, which the gateway gives before
 * it reads the question: with the nonce that it asks for, and with a new token where this one has expired. A request that got any other
 * answer, or none, may have been recorded; whether to ask again is for the caller to say.
 */
export async function send(request: Sendable, resource: string, tokens: AccessTokens, connection: Connection) {
  const left = new Set<Again>(["nonce", "expired"]);
  // A certificate proves the same again and again: by this name a repetition is known.
  if (!connection.dpop && !request.headers.has("x-request-id")) request.headers.set("x-request-id", randomUUID());
  for (;;) {
    const token = await tokens.for(resource);
    const { response, again } = await sendOnce(request, token, connection);
    if (response.status === 401 && readStepUp(response.headers.get("www-authenticate"))) tokens.drop(resource, token);
    if (again === undefined || !left.delete(again)) return response;
    if (again === "expired") tokens.drop(resource, token);
    await response.body?.cancel();
  }
}

type Again = "nonce" | "expired";

interface Sent {
  readonly response: Response;
  /** Why it may be sent again. */
  readonly again?: Again | undefined;
}

async function sendOnce(request: Sendable, token: string, connection: Connection): Promise<Sent> {
  const { url, method, headers, body, signal } = request;
  const options = { ...transport(connection, url.href), ...(signal && { signal }) };
  try {
    return { response: await oauth.protectedResourceRequest(token, method, url, headers, body, options) };
  } catch (error) {
    if (!(error instanceof oauth.WWWAuthenticateChallengeError) || error.status !== 401) throw error;
    const { response } = error;
    return { response, again: oauth.isDPoPNonceError(error) ? "nonce" : await expiredIn(response) };
  }
}

async function expiredIn(response: Response): Promise<Again | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const { errors } = (body ?? {}) as { errors?: readonly { extensions?: { code?: unknown } }[] };
  return Array.isArray(errors) && errors[0]?.extensions?.code === "TOKEN_EXPIRED" ? "expired" : undefined;
}

/** The headers that a request would have. Nothing is sent. */
export async function headersFor(method: string, url: URL, token: string, connection: Connection) {
  let headers: Record<string, string> = {};
  const captured: typeof fetch = async (_url, init) => {
    headers = init?.headers as Record<string, string>;
    return new Response();
  };
  await oauth.protectedResourceRequest(token, method, url, undefined, null, {
    ...transport({ ...connection, fetch: captured }, url.href),
  });
  const { authorization, dpop } = headers;
  return { authorization: authorization!, ...(dpop !== undefined && { dpop }) };
}
