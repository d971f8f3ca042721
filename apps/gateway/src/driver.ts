import { AbstractGraphQLDriver, type GqlModuleOptions } from "@nestjs/graphql";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLSchema } from "graphql";
import { clientCertificateOf, errorAnswer } from "#libs/server";
import { answer } from "./answer.js";
import type { Gateway } from "./gateway.js";
import type { Answer, AnswerMode, HttpQuestion } from "./http.js";
import { refusalBody } from "./refuse.js";
import { WeftError } from "#libs/terms";
import { tokenRequestOf } from "#libs/token";

export interface WeftDriverOptions extends GqlModuleOptions {
  readonly gateway: Gateway;
  /** Origin that callers know us by; their proof of possession names it. */
  readonly publicUrl: string;
  readonly bodyLimit: number;
}

/**
 * Nest's door to the path: a GraphQL driver that hands the raw request to `answer` and nothing else. No guard, pipe or interceptor
 * stands between, and the body is parsed only after the caller is known.
 */
export class WeftDriver extends AbstractGraphQLDriver<WeftDriverOptions> {
  override generateSchema(options: WeftDriverOptions): Promise<GraphQLSchema> {
    return Promise.resolve(options.gateway.world().supergraph.schema);
  }

  async start(options: WeftDriverOptions): Promise<void> {
    const fastify = this.httpAdapterHost.httpAdapter.getInstance<FastifyInstance>();
    const path = options.path ?? "/graphql";
    await fastify.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      // Too large, or no JSON at all: without this, Fastify answers in its own words.
      scope.setErrorHandler((error, _request, reply) => {
        const { code } = errorAnswer(error).body.errors[0].extensions;
        return send(reply, refusalBody(new WeftError(code, { cause: error })), json);
      });
      scope.addContentTypeParser(
        "application/json",
        { parseAs: "buffer", bodyLimit: options.bodyLimit },
        (_request, body, done) => done(null, body),
      );
      scope.post(path, (request, reply) => this.#ask(request, reply, options));
      scope.route({
        method: ["GET", "PUT", "PATCH", "DELETE"],
        url: path,
        handler: (_request, reply) =>
          send(
            reply,
            { ...refusalBody(new WeftError("METHOD_NOT_ALLOWED")), headers: { allow: "POST" } },
            graphqlResponse,
          ),
      });
    });
  }

  async stop(): Promise<void> {}

  async #ask(
    request: FastifyRequest,
    reply: FastifyReply,
    { gateway, publicUrl, path }: WeftDriverOptions,
  ): Promise<FastifyReply> {
    const type = acceptedType(request.headers.accept);
    if (type === undefined) return send(reply, refusalBody(new WeftError("NOT_ACCEPTABLE")), json);
    const started = performance.now();
    const given = await answer(questionOf(request, `${publicUrl}${path}`), gateway);
    gateway.metrics.answered(outcomeOf(given), performance.now() - started);
    return send(reply, given, type);
  }
}

const graphqlResponse = "application/graphql-response+json; charset=utf-8";
const json = "application/json; charset=utf-8";

function send(reply: FastifyReply, { status, headers, body }: Answer, type: string): FastifyReply {
  return reply.code(status).headers(headers).header("cache-control", "no-store").type(type).send(JSON.stringify(body));
}

/** GraphQL over HTTP: the newer media type where the caller takes it, plain JSON else. */
function acceptedType(accept: string | undefined): string | undefined {
  if (accept === undefined || accept.includes("application/graphql-response+json")) return graphqlResponse;
  if (/(^|,|\s)(\*\/\*|application\/\*|application\/json)/.test(accept)) return json;
  return undefined;
}

function questionOf(request: FastifyRequest, url: string): HttpQuestion {
  const requestId = single(request.headers["x-request-id"]);
  return {
    ...tokenRequestOf(request.raw, url, clientCertificateOf(request.raw)?.der),
    ...(requestId !== undefined && { requestId }),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    mode: modeOf(single(request.headers["prefer"])),
  };
}

/** A header that is sent twice is no header: which of the two counts must never be a question. */
function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

function modeOf(prefer: string | undefined): AnswerMode {
  const mode = /(?:^|[,;\s])weft=(reject|explain)(?:$|[,;\s])/.exec(prefer ?? "")?.[1];
  return mode === "reject" || mode === "explain" ? mode : "filter";
}

function outcomeOf({ body }: Answer): Parameters<Gateway["metrics"]["answered"]>[0] {
  const { errors, data } = body as { errors?: readonly { extensions: { code: string } }[]; data?: unknown };
  if (!errors || errors.length === 0) return "ok";
  return data === undefined ? (errors[0]!.extensions.code as "INTERNAL") : "partial";
}
