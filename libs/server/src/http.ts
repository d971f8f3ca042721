import "reflect-metadata";
import type { Server as HttpsServer } from "node:https";
import helmet from "@fastify/helmet";
import { type ArgumentsHost, Catch, type DynamicModule, type ExceptionFilter, type Type } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { parseStrictJson, WeftError } from "#libs/terms";
import { z } from "zod";
import { portNumber } from "./config.js";
import { type ErrorAnswer, errorAnswer, isOurFault } from "./error-answer.js";
import { createHealth, type Health } from "./health.js";
import type { Logger } from "./log.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { readTls, reloadTls, type TlsFiles } from "./tls.js";

/**
 * Boots a Nest module on Fastify as Weft's servers are: strict JSON bodies of a limited size, short errors, security headers,
 * health and metrics, and an end that lets requests in flight finish.
 */
export interface HttpOptions {
  readonly module: Type<unknown> | DynamicModule;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly logger: Logger;
  readonly tls?: TlsFiles | undefined;
  /** Bytes; 1 MiB unless told. */
  readonly bodyLimit?: number;
  readonly health?: Health;
  readonly metrics?: Metrics;
  /** Where health and metrics are served, by plain HTTP and without client certificates; on the main port unless told. */
  readonly operations?: { readonly host: string; readonly port: number } | undefined;
  /** For routes of one's own on Fastify, before it listens. */
  readonly routes?: (instance: FastifyInstance, app: NestFastifyApplication) => void | Promise<void>;
}

/** The variables of that address; spread them into an app's own schema. */
export const operationsVariables = {
  WEFT_OPERATIONS_HOST: z.string().default("127.0.0.1").describe("the address that health and metrics are served on"),
  WEFT_OPERATIONS_PORT: portNumber
    .optional()
    .describe("their port, for plain HTTP without client certificates; without it they are on the main port"),
} as const;

export function operationsAddress(
  config: z.output<z.ZodObject<typeof operationsVariables>>,
): { readonly host: string; readonly port: number } | undefined {
  const { WEFT_OPERATIONS_HOST: host, WEFT_OPERATIONS_PORT: port } = config;
  return port === undefined ? undefined : { host, port };
}

export interface HttpServer {
  readonly app: NestFastifyApplication;
  /** Without a slash at its end. */
  readonly url: string;
  readonly operationsUrl: string;
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for at most 10 s, then ends. */
  close(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;
const CLOSE_LIMIT = 10_000;
const READ_ON = 5_000;

export async function bootHttp(options: HttpOptions): Promise<HttpServer> {
  const { module, host, port, logger, tls, health = createHealth(), metrics = createMetrics() } = options;
  const adapter = new FastifyAdapter({ ...serverOptions(options.bodyLimit), ...(tls ? { https: readTls(tls) } : {}) });
  const instance = adapter.getInstance() as FastifyInstance;
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new ErrorFilter(logger));
  await instance.register(helmet);
  acceptStrictJson(instance);
  readOnWhenTooLarge(instance);
  const turnAway = observe(instance, logger, metrics);
  const operations = options.operations ? fastify(serverOptions()) : instance;
  serveOperations(operations, health, metrics);
  // A scope of their own: Nest's filter does not reach routes that are not Nest's.
  await instance.register(async (scope) => {
    scope.setErrorHandler(answerError(logger));
    await options.routes?.(scope, app);
  });
  await app.listen(port, host);
  if (options.operations) await operations.listen(options.operations);
  const stopReloading = tls ? reloadTls(instance.server as unknown as HttpsServer, tls, logger) : () => {};
  return {
    app,
    url: addressOf(instance, tls !== undefined),
    operationsUrl: addressOf(operations, tls !== undefined && operations === instance),
    port: portOf(instance),
    async close() {
      health.leave();
      turnAway();
      stopReloading();
      await closeWithin(CLOSE_LIMIT, instance, () => app.close());
      if (operations !== instance) await operations.close();
    },
  };
}

/** A connection that falls idle is closed soon after; one that is still answering, at the limit. */
async function closeWithin(limit: number, { server }: FastifyInstance, close: () => Promise<void>): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), limit);
  try {
    await close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

/** The framework's own answers to what it cannot parse are replaced: they name the framework. */
function serverOptions(bodyLimit = BODY_LIMIT) {
  return {
    bodyLimit,
    logger: false,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      void send(reply, errorAnswer(error)),
    clientErrorHandler: (_error: Error, socket: { writable: boolean; end(text: string): void; destroy(): void }) => {
      const body = JSON.stringify(errorAnswer(new WeftError("REQUEST_MALFORMED")).body);
      const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
      if (socket.writable) socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
      else socket.destroy();
    },
  } as const;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** One media type, valid UTF-8, no member twice. */
function acceptStrictJson(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseStrictJson(utf8.decode(body as Buffer)));
    } catch (error) {
      done(error instanceof WeftError ? error : new WeftError("REQUEST_MALFORMED"), undefined);
    }
  });
}

/**
 * Whoever still sends when the connection is closed finds a broken pipe and no answer. The rest of what is too large is read and thrown
 * away, for a while.
 */
function readOnWhenTooLarge(instance: FastifyInstance): void {
  instance.addHook("onSend", async ({ raw }, reply) => {
    if (reply.statusCode !== 413) return;
    reply.removeHeader("connection");
    setTimeout(() => {
      if (!raw.complete) raw.socket.destroy();
    }, READ_ON).unref();
  });
}

/** Counts and times requests by route pattern; the returned function makes the server turn away what comes from now on. */
function observe(instance: FastifyInstance, logger: Logger, metrics: Metrics): () => void {
  const seconds = metrics.histogram("weft_http_request_seconds", "Time to answer a request.", ["route", "status"]);
  let leaving = false;
  instance.addHook("onRequest", async (_request, reply) => {
    if (!leaving) return;
    reply.header("connection", "close");
    throw new WeftError("NOT_READY");
  });
  instance.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    const status = reply.statusCode;
    seconds.observe({ route, status: `${Math.floor(status / 100)}xx` }, reply.elapsedTime / 1000);
    if (logger.level === "debug")
      logger.debug({ event: "request", method: request.method, route, status, ms: reply.elapsedTime }, "Answered.");
  });
  return () => (leaving = true);
}

function serveOperations(instance: FastifyInstance, health: Health, metrics: Metrics): void {
  instance.get("/health/live", async () => ({ status: "live" }));
  instance.get("/health/ready", async (_request, reply) => {
    const readiness = await health.ready();
    return reply.status(readiness.status === "ready" ? 200 : 503).send(readiness);
  });
  instance.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

@Catch()
class ErrorFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    refuse(error, host.switchToHttp().getResponse<FastifyReply>(), this.#logger);
  }
}

/** The same answer for routes that stand outside Nest: without it, Fastify answers in its own words. */
export function answerError(logger: Logger): (error: unknown, request: unknown, reply: FastifyReply) => void {
  return (error, _request, reply) => refuse(error, reply, logger);
}

function refuse(error: unknown, reply: FastifyReply, logger: Logger): void {
  const answer = errorAnswer(error);
  if (isOurFault(answer)) logger.error({ err: error, event: "request-failed" }, "A request failed.");
  void send(reply, answer);
}

function send(reply: FastifyReply, { status, headers, body }: ErrorAnswer): FastifyReply {
  return reply.status(status).headers(headers).type("application/json; charset=utf-8").send(body);
}

function portOf(instance: FastifyInstance): number {
  const address = instance.server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function addressOf(instance: FastifyInstance, tls: boolean): string {
  const address = instance.server.address();
  const host = typeof address === "object" && address ? address.address : "127.0.0.1";
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${portOf(instance)}`;
}
