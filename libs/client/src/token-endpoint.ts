import * as oauth from "oauth4webapi";
import { type Connection, transport } from "./connection.js";
import type { Access } from "./options.js";
import { TokenRefused } from "./refused.js";

export interface Issued {
  readonly token: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** An access token for one resource. Asks a second time where the token service wants its nonce in the proof; nothing else is repeated. */
export async function obtainToken(connection: Connection, access: Access, resource: string): Promise<Issued> {
  try {
    return await request(connection, access, resource).catch((error: unknown) => {
      if (oauth.isDPoPNonceError(error)) return request(connection, access, resource);
      throw error;
    });
  } catch (error) {
    throw await asRefusal(error);
  }
}

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const TIMEOUT = 10_000;
/** Of a token whose service does not say. */
const USUAL_LIFETIME = 60;

async function request(connection: Connection, access: Access, resource: string): Promise<Issued> {
  const { server, client, authentication, options } = connection;
  const form = { resource, authorization_details: JSON.stringify([registryAccess(access)]) };
  const sent = {
    ...transport(connection, options.issuer.tokenEndpoint),
    signal: AbortSignal.timeout(options.tokenTimeout ?? TIMEOUT),
  };
  const response = access.officer
    ? await oauth.genericTokenEndpointRequest(
        server,
        client,
        authentication,
        GRANT,
        { ...form, subject_token: await access.officer(), subject_token_type: JWT_TYPE },
        sent,
      )
    : await oauth.clientCredentialsGrantRequest(server, client, authentication, form, sent);
  const issued = await oauth.processGenericTokenEndpointResponse(server, client, response);
  return { token: issued.access_token, lifetime: issued.expires_in ?? USUAL_LIFETIME };
}

function registryAccess({ purpose, case: caseId, agreements, consentReceipts, reason }: Access): object {
  return {
    type: "registry_access",
    purpose,
    ...(agreements && { agreements }),
    ...(caseId !== undefined && { case: caseId }),
    ...(consentReceipts && { consent_receipts: consentReceipts }),
    ...(reason !== undefined && { reason }),
  };
}

/** The token service's own words, for whoever runs this system. What is no refusal stays what it was. */
async function asRefusal(error: unknown): Promise<unknown> {
  if (error instanceof oauth.ResponseBodyError)
    return new TokenRefused(error.status, error.error, error.error_description);
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    const said = error.cause[0]?.parameters;
    return new TokenRefused(error.status, said?.error ?? "invalid_client", said?.error_description);
  }
  return error;
}
