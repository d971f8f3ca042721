import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WeftError } from "#libs/terms";
import type { RunningIssuer } from "./issuers.js";

/** The organisation's name in an address: `welfare` of `org:welfare`. */
export type FindIssuer = (name: string) => RunningIssuer | undefined;

/**
 * The library's token endpoint and keys, under the organisation's name; whatever else it has is not mounted. It reads the body itself, so
 * Fastify must not.
 */
export function issuerRoutes(scope: FastifyInstance, find: FindIssuer): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _body, done) => done(null));
  const pass = (inside: string) => (request: Named, reply: FastifyReply) => {
    handOver(issuerOf(request), inside, request, reply);
  };
  scope.post<Params>("/:organisation/token", pass("/token"));
  scope.get<Params>("/:organisation/jwks", pass("/jwks"));
  scope.get<Params>("/:organisation/.well-known/oauth-authorization-server", async (request) =>
    metadataOf(issuerOf(request)),
  );

  function issuerOf(request: Named): RunningIssuer {
    const issuer = find(request.params.organisation);
    if (issuer === undefined) throw new WeftError("NOT_FOUND");
    return issuer;
  }
}

interface Params {
  readonly Params: { readonly organisation: string };
}
type Named = FastifyRequest<Params>;

function handOver({ answer }: RunningIssuer, inside: string, { raw }: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  raw.url = inside;
  void answer(raw, reply.raw);
}

export type AnswerRaw = (request: IncomingMessage, response: ServerResponse) => unknown;

/** RFC 8414, of what is there. `issuer` is the name in tokens; a client is told the address beside it. */
function metadataOf({ issuer: { iss, url } }: RunningIssuer): object {
  const algorithms = ["EdDSA", "ES256"];
  return {
    issuer: iss,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: [],
    grant_types_supported: ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    dpop_signing_alg_values_supported: algorithms,
    authorization_details_types_supported: ["registry_access"],
    tls_client_certificate_bound_access_tokens: true,
  };
}
