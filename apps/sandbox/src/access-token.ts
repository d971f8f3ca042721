import { parsePartyId } from "#libs/terms";
import { signClientAssertion, signDpop, signOfficerAssertion, thumbprintOf } from "#libs/token";
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { SIGNED_IN_BY } from "./issuer-files.js";
import { sandboxKey } from "./keys.js";
import type { Persona } from "./personas.js";

/** How a persona's system gets its tokens: from its organisation's token service, with what the directory says of the officer. */
export interface TokenRequest {
  readonly persona: Persona;
  /** The token service's address, without the organisation. */
  readonly issuer: string;
  /** What the token is for. */
  readonly resource: string;
  readonly purpose: string;
  readonly caseId: string;
  /** The caller's own key, to which the token is bound. */
  readonly possession: KeyObject;
}

/** The token service's own words, for whoever asked. */
export class TokenRefused extends Error {
  readonly status: number;

  constructor(status: number, error: string, description: string | undefined) {
    super(description === undefined ? error : `${error}: ${description}`);
    this.status = status;
  }
}

const tokenAnswer = z.object({ access_token: z.string(), expires_in: z.number() });
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

interface Held {
  readonly token: string;
  /** Milliseconds. */
  readonly until: number;
}

const held = new Map<string, Held>();
const nonces = new Map<string, string>();
const RENEW_BEFORE = 30_000;

/** One that is held and lasts, else a new one. */
export async function accessTokenFor(request: TokenRequest): Promise<string> {
  const { persona, issuer, resource, purpose, caseId } = request;
  const name = [persona.name, issuer, resource, purpose, caseId, thumbprintOf(request.possession)].join(" ");
  const known = held.get(name);
  if (known && known.until > Date.now()) return known.token;
  const { access_token: token, expires_in: seconds } = await exchange(request);
  held.set(name, { token, until: Date.now() + seconds * 1000 - RENEW_BEFORE });
  return token;
}

async function exchange(request: TokenRequest): Promise<z.infer<typeof tokenAnswer>> {
  const url = `${request.issuer}/${request.persona.org.slice("org:".length)}/token`;
  const first = await post(url, request);
  // The service says which nonce a proof must hold; whoever has one need not ask twice.
  const answer = first.status === 400 && first.headers.has("dpop-nonce") ? await post(url, request) : first;
  const body: unknown = await answer.json();
  if (answer.ok) return tokenAnswer.parse(body);
  const { error, error_description: description } = refusal.parse(body);
  throw new TokenRefused(answer.status, error, description);
}

async function post(url: string, request: TokenRequest): Promise<Response> {
  const nonce = nonces.get(url);
  const proof = { method: "POST", url, ...(nonce !== undefined && { nonce }) };
  const response = await fetch(url, {
    method: "POST",
    headers: { dpop: signDpop(proof, request.possession, new Date()) },
    body: new URLSearchParams(formOf(request, new Date())),
    signal: AbortSignal.timeout(10_000),
  });
  const next = response.headers.get("dpop-nonce");
  if (next !== null) nonces.set(url, next);
  return response;
}

/** RFC 8693, with the officer as subject; the client shows itself by an assertion of its own (RFC 7523). */
function formOf({ persona, resource, purpose, caseId }: TokenRequest, now: Date): Record<string, string> {
  const { client, clientKey, officer, role, issuer, directory } = persona;
  const signerOf = (kid: string) => ({ kid, key: sandboxKey(kid).privateKey });
  const assertion = signOfficerAssertion(
    {
      iss: directory.iss,
      aud: issuer.iss,
      sub: parsePartyId(officer),
      client_id: parsePartyId(client),
      roles: [role],
      acr: SIGNED_IN_BY,
      auth_time: Math.floor(now.getTime() / 1000),
    },
    signerOf(directory.kid),
    now,
  );
  return {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: signClientAssertion(parsePartyId(client), issuer.iss, signerOf(clientKey), now),
    subject_token: assertion,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    resource,
    authorization_details: JSON.stringify([{ type: "registry_access", purpose, case: caseId }]),
  };
}
