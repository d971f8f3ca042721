import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What the sandbox's two REST systems have in common: a port on loopback, a log of calls (counts, never values), and a switch that makes the
 * service busy or slow, for the journeys. Everything that a caller of the API sees is each service's own.
 */
export interface RestService {
  readonly name: string;
  authorised(headers: IncomingMessage["headers"]): boolean;
  /** `POST /v2/cases/search` -> handler. */
  readonly routes: Readonly<Record<string, Handler>>;
  /** The answer to a call without a valid secret, and to one that the service cannot use. */
  readonly refusal: (status: 400 | 401 | 404 | 503) => unknown;
}

export interface Call {
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Reply {
  readonly json: unknown;
  readonly rows: number;
}

export type Handler = (call: Call) => Reply | undefined;

export interface CallCount {
  calls: number;
  rows: number;
}

export type Behaviour = "ok" | "busy" | "slow";

export function isBehaviour(wanted: string | null): wanted is Behaviour {
  return wanted === "ok" || wanted === "busy" || wanted === "slow";
}

const MAX_BODY = 1_000_000;

export function serveRest(service: RestService, port: number): Promise<{ readonly port: number; close: () => void }> {
  const calls = new Map<string, CallCount>();
  const state: { behaviour: Behaviour } = { behaviour: "ok" };
  const server = createServer((request, response) => {
    answer(service, calls, state, request, response).catch(() => send(response, 400, service.refusal(400)));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve({ port: typeof address === "object" && address ? address.port : port, close: () => server.close() });
    });
  });
}

async function answer(
  service: RestService,
  calls: Map<string, CallCount>,
  state: { behaviour: Behaviour },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://mis");
  const route = `${request.method} ${url.pathname}`;
  if (route === "GET /health") return send(response, 200, { up: true });
  if (url.pathname.startsWith("/__")) return control(route, url, calls, state, response);
  const handler = service.routes[route];
  if (!handler) return send(response, 404, service.refusal(404));
  if (!service.authorised(request.headers)) return send(response, 401, service.refusal(401));
  const count = calls.get(route) ?? { calls: 0, rows: 0 };
  calls.set(route, count);
  count.calls += 1;
  if (state.behaviour === "busy") return send(response, 503, service.refusal(503), { "retry-after": "30" });
  if (state.behaviour === "slow") await sleep(30_000, undefined, { ref: false });
  const reply = handler({
    query: url.searchParams,
    body: request.method === "POST" ? await readJson(request) : undefined,
  });
  if (!reply) return send(response, 400, service.refusal(400));
  count.rows += reply.rows;
  send(response, 200, reply.json);
}

/** `GET /__calls`, `DELETE /__calls`, `POST /__behaviour?is=busy`: for tests and journeys of the sandbox only. */
function control(
  route: string,
  url: URL,
  calls: Map<string, CallCount>,
  state: { behaviour: Behaviour },
  response: ServerResponse,
): void {
  if (route === "GET /__calls") return send(response, 200, Object.fromEntries(calls));
  if (route === "DELETE /__calls") calls.clear();
  const wanted = url.searchParams.get("is");
  if (route === "POST /__behaviour" && isBehaviour(wanted)) state.behaviour = wanted;
  send(response, 200, { behaviour: state.behaviour });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    if ((size += part.length) > MAX_BODY) throw new Error("too large");
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

function send(response: ServerResponse, status: number, json: unknown, headers: Record<string, string> = {}): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
}

/** Same time for a right and a wrong secret. */
export function sameSecret(given: string | string[] | undefined, expected: string): boolean {
  const a = Buffer.from(typeof given === "string" ? given : "");
  const b = Buffer.from(expected);
  return a.length === b.length && b.length > 0 && timingSafeEqual(a, b);
}
