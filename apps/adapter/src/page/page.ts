import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { type Pause, pauseForm, type PauseScope } from "#libs/subgraph";
import type { Logger } from "#libs/server";
import type { RunningMinistry } from "../running-ministry.js";
import { drawKey, isKey, writePageFile } from "./page-key.js";
import { statusOf } from "./status.js";
import { lockedView, pageView, style } from "./view.js";

/**
 * The page of who runs the adapter, on the machine's own loopback, and the ministry's switch. The key is in the address: whoever does not
 * have it, a page of another site among them, gets nothing and moves nothing. No script, no cookie.
 *
 *     GET  /KEY             how each ministry is; JSON for `accept: application/json`
 *     POST /KEY/pause       { ministry, scope, from?, until? }
 *     POST /KEY/resume      { ministry, scope }
 */
export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

interface Options {
  readonly ministries: ReadonlyMap<string, RunningMinistry>;
  /** 0: any free one. */
  readonly port: number;
  readonly stateDir: string;
  readonly logger: Logger;
  readonly now?: () => Date;
}

const FORM_LIMIT = 4 * 1024;
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export async function servePage({
  ministries,
  port,
  stateDir,
  logger,
  now = () => new Date(),
}: Options): Promise<Page> {
  const key = drawKey();
  const server = fastify({ bodyLimit: FORM_LIMIT, routerOptions: { maxParamLength: 128 } });
  const desk = new Desk(ministries, logger, now);
  server.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  server.addHook("onSend", async (_request, reply) => void reply.headers(HEADERS));
  server.setErrorHandler((_error, _request, reply) => reply.status(400).send({ problem: "It cannot be read." }));
  server.get("/page.css", (_request, reply) => reply.type("text/css; charset=utf-8").send(style));
  server.setNotFoundHandler((_request, reply) => locked(reply));
  await server.register(
    async (own) => {
      own.addHook("preHandler", async (request, reply) => {
        if (!isKey((request.params as { key: string }).key, key)) await locked(reply);
      });
      own.get("/", (request, reply) => desk.show(request, reply));
      own.post("/pause", (request, reply) => desk.pause(request, reply));
      own.post("/resume", (request, reply) => desk.resume(request, reply));
    },
    { prefix: "/:key" },
  );
  await server.listen({ host: "127.0.0.1", port });
  const url = `http://127.0.0.1:${portOf(server)}/${key}`;
  const removeFile = writePageFile(stateDir, url);
  return {
    url,
    async close() {
      removeFile();
      await server.close();
    },
  };
}

function locked(reply: FastifyReply): FastifyReply {
  return reply.status(404).type("text/html; charset=utf-8").send(lockedView());
}

function portOf({ server }: FastifyInstance): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** What is typed, or sent by a command. An empty text is none. */
interface Typed {
  readonly ministry?: unknown;
  readonly scope?: unknown;
  readonly from?: unknown;
  readonly until?: unknown;
}

class Desk {
  readonly #ministries: ReadonlyMap<string, RunningMinistry>;
  readonly #logger: Logger;
  readonly #now: () => Date;

  constructor(ministries: ReadonlyMap<string, RunningMinistry>, logger: Logger, now: () => Date) {
    this.#ministries = ministries;
    this.#logger = logger;
    this.#now = now;
  }

  async show(request: FastifyRequest, reply: FastifyReply, wrong?: string): Promise<FastifyReply> {
    await Promise.allSettled([...this.#ministries.values()].map((one) => one.lookAtSource()));
    const now = this.#now();
    const ministries = [...this.#ministries.values()].map((one) => statusOf(one, now));
    if (wrong !== undefined) reply.status(400);
    if (wantsJson(request)) return reply.send(wrong === undefined ? { ministries } : { problem: wrong });
    const base = `/${(request.params as { key: string }).key}`;
    return reply
      .type("text/html; charset=utf-8")
      .send(pageView({ ministries, base, now, ...(wrong !== undefined && { wrong }) }));
  }

  async pause(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const typed = (request.body ?? {}) as Typed;
    const ministry = this.#ministries.get(String(typed.ministry));
    if (!ministry) return this.show(request, reply, "There is no such ministry here.");
    const pause = readPause(typed, this.#now());
    if (typeof pause === "string") return this.show(request, reply, pause);
    if (!isKnown(pause.scope, ministry)) return this.show(request, reply, "No agreement or consumer has that name.");
    await ministry.served().pauses.set(pause, this.#now());
    this.#logger.warn({ event: "paused", provider: ministry.provider, ...pause }, "The ministry paused.");
    return this.#done(request, reply);
  }

  async resume(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { ministry: name, scope } = (request.body ?? {}) as Typed;
    const ministry = this.#ministries.get(String(name));
    if (!ministry) return this.show(request, reply, "There is no such ministry here.");
    const ended = await ministry.served().pauses.end(String(scope), this.#now());
    if (!ended) return this.show(request, reply, "Nothing of that name is paused.");
    this.#logger.warn({ event: "resumed", provider: ministry.provider, scope }, "The ministry went on.");
    return this.#done(request, reply);
  }

  async #done(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (wantsJson(request)) return this.show(request, reply);
    return reply.redirect(`/${(request.params as { key: string }).key}`, 303);
  }
}

function wantsJson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes("application/json") ?? false;
}

/** A pause, or what is wrong with what was typed. Times are UTC; `datetime-local` sends them without seconds and zone. */
export function readPause({ scope, from, until }: Typed, now: Date): Pause | string {
  const [begins, ends] = [instantOf(from) ?? now.toISOString(), instantOf(until)];
  const read = pauseForm.safeParse({ scope, from: begins, ...(ends !== undefined && { until: ends }) });
  if (!read.success) return "A time is written 2026-11-21T22:00, and the end is after the beginning.";
  if (ends !== undefined && Date.parse(ends) <= now.getTime()) return "It would be over already.";
  return read.data;
}

function instantOf(typed: unknown): string | undefined {
  if (typed === undefined || typed === "") return undefined;
  const text = typeof typed === "string" ? typed : "?";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?$/.test(text)) return "?";
  const at = new Date(text.endsWith("Z") ? text : `${text}Z`);
  return Number.isNaN(at.getTime()) ? "?" : at.toISOString();
}

function isKnown(scope: PauseScope, ministry: RunningMinistry): boolean {
  if (scope === "all") return true;
  return ministry
    .pausable()
    .some(({ id, consumer }) => scope === `agreement ${id}` || scope === `consumer ${consumer}`);
}
