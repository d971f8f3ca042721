import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { parsePartyId } from "#libs/terms";
import { signClientAssertion, signDpop, signOfficerAssertion } from "#libs/token";
import { SIGNED_IN_BY } from "../../apps/sandbox/src/issuer-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { type PersonaName, personas } from "../../apps/sandbox/src/personas.js";

/** Somebody who shows a token service whatever they like: each part of the form may be replaced, undefined leaves one out. */
export type Form = Readonly<Record<string, string | undefined>>;

export interface TokenAnswer {
  readonly status: number;
  readonly body: { readonly access_token?: string; readonly error?: string; readonly error_description?: string };
}

export const holderKey: KeyObject = generateKeyPairSync("ed25519").privateKey;
const signer = (kid: string) => ({ kid, key: sandboxKey(kid).privateKey });

export function clientAssertionOf(persona: PersonaName, audience = personas[persona].issuer.iss): string {
  const { client, clientKey } = personas[persona];
  return signClientAssertion(parsePartyId(client), audience, signer(clientKey), new Date());
}

export function officerAssertionOf(persona: PersonaName, change: object = {}): string {
  const { client, directory, issuer, officer, role } = personas[persona];
  const said = {
    iss: directory.iss,
    aud: issuer.iss,
    sub: parsePartyId(officer),
    client_id: parsePartyId(client),
    roles: [role],
    acr: SIGNED_IN_BY,
    auth_time: Math.floor(Date.now() / 1000),
    ...change,
  };
  return signOfficerAssertion(said, signer(directory.kid), new Date());
}

export function exchangeOf(subjectToken: string): Form {
  return {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: subjectToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  };
}

export interface Target {
  readonly issuer: string;
  readonly gateway: string;
}

let nonce: string | undefined;

/** As a well-behaved client of the persona's organisation would ask, but for what `form` replaces; `at`: another organisation's issuer. */
export async function askToken(
  { issuer, gateway }: Target,
  persona: PersonaName,
  form: Form = {},
  at = personas[persona].org,
): Promise<TokenAnswer> {
  const { purpose, caseId } = personas[persona];
  const whole: Form = {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: clientAssertionOf(persona),
    resource: gateway,
    authorization_details: JSON.stringify([{ type: "registry_access", purpose, case: caseId }]),
    ...form,
  };
  const url = `${issuer}/${at.slice("org:".length)}/token`;
  // A nonce is asked for once the assertion was taken, and so used up: it must be there at the first asking.
  nonce ??= await fetchNonce(url, whole, persona);
  const response = await post(url, whole);
  return { status: response.status, body: (await response.json()) as TokenAnswer["body"] };
}

async function fetchNonce(url: string, form: Form, persona: PersonaName): Promise<string | undefined> {
  const own = `${new URL(url).origin}/${personas[persona].org.slice("org:".length)}/token`;
  const response = await post(own, {
    ...form,
    client_assertion: clientAssertionOf(persona),
    grant_type: "client_credentials",
  });
  await response.arrayBuffer();
  return response.headers.get("dpop-nonce") ?? undefined;
}

async function post(url: string, form: Form): Promise<Response> {
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const dpop = signDpop({ method: "POST", url, ...(nonce !== undefined && { nonce }) }, holderKey, new Date());
  const response = await fetch(url, { method: "POST", headers: { dpop }, body: new URLSearchParams(given) });
  nonce = response.headers.get("dpop-nonce") ?? nonce;
  return response;
}
