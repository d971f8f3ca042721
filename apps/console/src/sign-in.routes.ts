import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { beginSignIn, drawSecret, finishSignIn, sessionId, type SessionStore, TICKET_LIFE } from "#libs/review";
import { RateLimit } from "#libs/server";
import { parseOrgId, WeftError } from "#libs/terms";
import type { ConsoleApp } from "./console.js";
import { cookieOf, forgetCookie, printCookie, SESSION_COOKIE, TICKET_COOKIE } from "./cookies.js";

/** Each begins with a call to an identity provider. */
const BEGUN_A_SECOND = 10;

/**
 *     GET /sign-in?organisation=org:welfare  → the organisation's own page → GET /sign-in/return → /
 *
 * The session's secret is drawn when the provider has answered, and a session that the browser had before is over: nobody can have
 * prepared it.
 */
export function signInRoutes(scope: FastifyInstance, app: ConsoleApp, sessions: SessionStore): void {
  const rate = new RateLimit(BEGUN_A_SECOND);
  scope.addHook("onSend", async (_request, reply) => {
    reply.headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
  });
  scope.get("/sign-in", async (request: FastifyRequest, reply: FastifyReply) => {
    const organisation = parseOrgId((request.query as Record<string, unknown>)["organisation"]);
    if (!rate.admit(organisation, app.now())) throw new WeftError("RATE_EXCEEDED");
    const { url, ticket } = await beginSignIn(organisation, app.signIn, app.now());
    reply.header("set-cookie", printCookie(TICKET_COOKIE, ticket, "Lax", TICKET_LIFE / 1000));
    return reply.redirect(url, 303);
  });
  scope.get("/sign-in/return", async (request: FastifyRequest, reply: FastifyReply) => {
    const answer = new URL(request.url, "http://localhost").searchParams;
    const ticket = cookieOf(request.headers.cookie, TICKET_COOKIE);
    const now = app.now();
    try {
      const identity = await finishSignIn(answer, ticket, app.signIn, now);
      await app.gate.leave(request);
      const secret = drawSecret();
      await sessions.open(sessionId(secret)!, { ...identity, until: new Date(now.getTime() + app.sessionLife) }, now);
      const life = app.sessionLife / 1000;
      reply.header("set-cookie", [printCookie(SESSION_COOKIE, secret, "Strict", life), forgetCookie(TICKET_COOKIE)]);
      return reply.redirect("/", 303);
    } catch (error) {
      if (!(error instanceof WeftError) || error.status >= 500) throw error;
      reply.header("set-cookie", forgetCookie(TICKET_COOKIE));
      return reply.redirect(`/?refused=${error.code}`, 303);
    }
  });
}
