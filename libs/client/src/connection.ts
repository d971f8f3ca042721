import * as oauth from "oauth4webapi";
import { fetch as undiciFetch } from "undici";
import { type ClientOptions, isLoopback, signingKey } from "./options.js";

/** What requests to the token service and to resources have in common: who asks, and what binds its tokens. */
export interface Connection {
  readonly options: ClientOptions;
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  /** Undefined where tokens are bound to the TLS certificate. */
  readonly dpop: oauth.DPoPHandle | undefined;
  readonly fetch: typeof fetch;
}

export async function connect(options: ClientOptions): Promise<Connection> {
  const { client: client_id, key, issuer, mutualTls } = options;
  const client: oauth.Client = { client_id };
  return {
    options,
    server: { issuer: issuer.iss, token_endpoint: issuer.tokenEndpoint },
    client,
    authentication: oauth.PrivateKeyJwt({ key: signingKey(key.key), kid: key.kid }, namedEdDsa),
    dpop: mutualTls ? undefined : oauth.DPoP(client, await oauth.generateKeyPair("Ed25519"), namedEdDsa),
    fetch: mutualTls ? throughAgent(mutualTls) : fetch,
  };
}

/** Ed25519 signatures are called EdDSA by token services and by gateways. */
const namedEdDsa: oauth.ModifyAssertionOptions = {
  [oauth.modifyAssertion]: (header) => {
    if (header["alg"] === "Ed25519") header["alg"] = "EdDSA";
  },
};

function throughAgent(dispatcher: NonNullable<ClientOptions["mutualTls"]>): typeof fetch {
  const through = (input: string, init: object) => undiciFetch(input, { ...init, dispatcher });
  return through as unknown as typeof fetch;
}

/** What oauth4webapi is told with each request. */
export function transport({ fetch, dpop }: Connection, address: string) {
  return {
    [oauth.customFetch]: (url: string, init: object) => fetch(url, init),
    [oauth.allowInsecureRequests]: isLoopback(new URL(address)),
    ...(dpop && { DPoP: dpop }),
  };
}
