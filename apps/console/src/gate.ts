import type { FastifyRequest } from "fastify";
import { isCsrfToken, type Reviewer, sessionId, type Session, type SessionStore } from "#libs/review";
import { RateLimit } from "#libs/server";
import { WeftError } from "#libs/terms";
import { cookieOf, SESSION_COOKIE } from "./cookies.js";

/** Somebody who is signed in, and the secret of their session. */
export interface Entered {
  readonly reviewer: Reviewer;
  readonly session: Session;
  readonly secret: string;
}

/** What one officer may do in a second: pages ask for several things at once, nobody works through a country by hand. */
const ACTS_A_SECOND = 20;

export interface GateOptions {
  readonly sessions: SessionStore;
  /** The page's own origin. */
  readonly origin: string;
  /** Milliseconds without a request after which a session is over. */
  readonly idle: number;
  readonly now: () => Date;
}

/** The one way to a `Reviewer`. */
export class Gate {
  readonly #options: GateOptions;
  readonly #rate = new RateLimit(ACTS_A_SECOND);

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** To read what is no look-up. Throws SESSION_MISSING; ORIGIN_REJECTED where another site's page asks. */
  async enter(request: FastifyRequest): Promise<Entered> {
    const site = request.headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin" && site !== "none") throw new WeftError("ORIGIN_REJECTED");
    const { sessions, idle, now } = this.#options;
    const secret = cookieOf(request.headers.cookie, SESSION_COOKIE);
    const id = sessionId(secret);
    const at = now();
    const session = id && (await sessions.use(id, at, new Date(at.getTime() - idle)));
    if (!session || secret === undefined) throw new WeftError("SESSION_MISSING");
    const { organisation, officer, roles } = session;
    return { reviewer: { organisation, officer, roles } as Reviewer, session, secret };
  }

  /** To do something. The request must come from our own page, which alone knows the token. */
  async act(request: FastifyRequest): Promise<Entered> {
    const { origin, "sec-fetch-site": site } = request.headers;
    // Browsers send the one or the other with every POST; what sends neither is no browser of a reviewer.
    const isOwn = origin === undefined ? site === "same-origin" : origin === this.#options.origin;
    if (!isOwn) throw new WeftError("ORIGIN_REJECTED");
    const entered = await this.enter(request);
    if (!isCsrfToken(request.headers["weft-csrf"], entered.secret)) throw new WeftError("ORIGIN_REJECTED");
    const { organisation, officer } = entered.reviewer;
    if (!this.#rate.admit(`${organisation} ${officer}`, this.#options.now())) throw new WeftError("RATE_EXCEEDED");
    return entered;
  }

  /** Ends whatever session the browser has. */
  async leave(request: FastifyRequest): Promise<void> {
    const id = sessionId(cookieOf(request.headers.cookie, SESSION_COOKIE));
    if (id) await this.#options.sessions.end(id);
  }
}
