import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Answer, narrowedTo, type OpenRequest } from "#libs/consent";
import { withCarriers } from "#libs/policy";
import { errorAnswer, isOurFault, type Logger } from "#libs/server";
import { WeftError } from "#libs/terms";
import { stillAsked } from "../asking.js";
import type { Consent } from "../consent.js";
import { groupedByController, purposeEntry } from "../drafts.js";
import { type Form, formOf, ownNumber, type PersonGate } from "./gate.js";
import { languageOf, say } from "./language.js";
import { printPaper } from "./paper.js";
import { noticeOf, type RequestWords, wardOf, wordsOf, wordsOfAsked } from "./request-words.js";
import { style } from "./style.js";
import { COOKIE, drawCookie, findTicket, printTicket, type TicketUse } from "./ticket.js";
import * as views from "./views.js";

/**
 * The person's way: enter a code, read, answer, keep the paper; and take a consent back. No script, nothing of another site, nothing about
 * the person in an address, nothing kept in a browser but a random cookie.
 *
 *     GET /answer → POST /answer → POST /answer/decision → POST /answer/paper
 *     GET /take-back → POST /take-back
 *     GET /hear-again → POST /hear-again        a silenced organisation may ask again
 */
const FORM_LIMIT = 16 * 1024;
const CONTENT_POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface Pages {
  readonly consent: Consent;
  readonly logger: Logger;
  readonly gate?: PersonGate;
}

export async function servePages(
  instance: FastifyInstance,
  { consent, logger, gate = ownNumber }: Pages,
): Promise<void> {
  await instance.register(async (pages) => {
    const visit = (request: FastifyRequest, reply: FastifyReply) => new Visit(request, reply, consent, gate);
    acceptForms(pages);
    // What goes wrong is told to a person, in their language, and to the operator, in full.
    pages.setErrorHandler((error, request, reply) => {
      if (isMeanwhile(error)) return visit(request, reply).over();
      const answer = errorAnswer(error);
      if (isOurFault(answer)) logger.error({ err: error, event: "request-failed" }, "A page failed.");
      return visit(request, reply.headers(answer.headers)).failed(answer.status);
    });
    const step = (take: (visit: Visit) => FastifyReply | Promise<FastifyReply>) => {
      return async (request: FastifyRequest, reply: FastifyReply) => take(visit(request, reply));
    };
    pages.get("/", (_request, reply) => reply.redirect("/answer", 303));
    pages.get("/answer/page.css", (_request, reply) => reply.type("text/css; charset=utf-8").send(style));
    for (const { method, path, take } of steps) pages.route({ method, url: path, handler: step(take) });
  });
}

const steps: readonly {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly take: (visit: Visit) => FastifyReply | Promise<FastifyReply>;
}[] = [
  { method: "GET", path: "/answer", take: (visit) => visit.enter() },
  { method: "POST", path: "/answer", take: (visit) => visit.open() },
  { method: "POST", path: "/answer/decision", take: (visit) => visit.decide() },
  { method: "POST", path: "/answer/paper", take: (visit) => visit.print() },
  { method: "GET", path: "/take-back", take: (visit) => visit.askWhatToTakeBack() },
  { method: "POST", path: "/take-back", take: (visit) => visit.takeBack() },
  { method: "GET", path: "/hear-again", take: (visit) => visit.askWhomToHear() },
  { method: "POST", path: "/hear-again", take: (visit) => visit.hearAgain() },
];

function acceptForms(pages: FastifyInstance): void {
  pages.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: FORM_LIMIT },
    (_request, body, done) => done(null, formOf(body as string)),
  );
  pages.addHook("onSend", async (_request, reply) => {
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": CONTENT_POLICY,
      "referrer-policy": "no-referrer",
    });
  });
}

/** One request of one browser. */
class Visit {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #consent: Consent;
  readonly #gate: PersonGate;
  readonly #form: Form;
  readonly #language: ReturnType<typeof languageOf>;
  readonly #now: Date;
  #cookie: string | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, consent: Consent, gate: PersonGate) {
    this.#request = request;
    this.#reply = reply;
    this.#consent = consent;
    this.#gate = gate;
    this.#form = request.body instanceof Map ? (request.body as Form) : new Map();
    const asked = request.method === "GET" ? (request.query as Record<string, unknown>)["lang"] : this.#said("lang");
    this.#language = languageOf(asked, request.headers["accept-language"]);
    this.#now = consent.now();
    this.#cookie = cookieOf(request);
  }

  enter(wrong = false): FastifyReply {
    const frame = this.#frame("enter", "", "/answer");
    const words = {
      schemes: this.#schemes(),
      typedCode: this.#said("code")?.slice(0, 32) ?? "",
      chosen: this.#said("scheme"),
      wrong,
    };
    return this.#show(views.enterView(frame, words), wrong ? 422 : 200);
  }

  async open(): Promise<FastifyReply> {
    if (this.#ticket("enter") === undefined) return this.over();
    const person = await this.#gate.identify(this.#request, this.#form, this.#consent.world());
    const opened = await this.#consent.desk.open(this.#said("code") ?? "", person, this.#now);
    const words = opened && this.#wordsOf(opened);
    if (!opened || !words) return this.enter(true);
    await this.#consent.desk.viewed(opened, { digest: noticeOf(words), language: this.#language }, this.#now);
    const frame = this.#frame("answer", opened.asked.thread);
    return this.#show(views.requestView(frame, words, this.#wardOf(opened), false));
  }

  async decide(): Promise<FastifyReply> {
    const ticket = this.#ticket("answer");
    const opened = ticket && (await this.#consent.desk.find(ticket.thread, this.#now));
    const words = opened && this.#wordsOf(opened);
    if (!opened || !words) return this.over();
    const decision = this.#said("decision");
    if (decision === "give") return this.#give(opened, words);
    if (decision !== "refuse" && decision !== "silence") throw new WeftError("REQUEST_MALFORMED");
    const { desk } = this.#consent;
    const code = await (decision === "silence" ? desk.silence(opened, this.#now) : desk.refuse(opened, this.#now));
    return this.#show(views.refusedView(this.#frame("enter", ""), code ?? undefined));
  }

  async #give(opened: OpenRequest, shown: RequestWords): Promise<FastifyReply> {
    const { asked } = opened;
    const shownFields = shown.fields.map(({ coordinate }) => coordinate);
    const fields = narrowedTo(shownFields, this.#form.get("field") ?? []);
    if (fields === undefined)
      return this.#show(views.requestView(this.#frame("answer", asked.thread), shown, this.#wardOf(opened), true), 422);
    const world = this.#consent.world();
    const who = { consumer: asked.organisation, purpose: asked.purpose };
    const all = withCarriers(who, fields, world.contracts.policy, this.#now);
    const answer: Answer = {
      fields,
      terms: { purposes: [purposeEntry(asked.purpose, world)], information: groupedByController(all, world) },
      notice: { digest: noticeOf(shown), language: this.#language },
    };
    const { record, code } = await this.#consent.desk.give(opened, answer, this.#now);
    this.#consent.onChange("consent", "given", 1);
    await this.#consent.changed();
    const frame = this.#frame("paper", asked.thread);
    return this.#show(views.givenView(frame, wordsOf(record, world, this.#language), this.#wardOf(opened), code));
  }

  async print(): Promise<FastifyReply> {
    const ticket = this.#ticket("paper");
    const code = this.#said("code") ?? "";
    const record = ticket && (await this.#consent.desk.recordOf(code));
    if (!record || record.record_id !== ticket.thread) return this.over();
    const { world, publicUrl } = this.#consent;
    const pdf = await printPaper(wordsOf(record, world(), this.#language), code, publicUrl, this.#language);
    return this.#reply
      .header("content-disposition", 'attachment; filename="consent.pdf"')
      .type("application/pdf")
      .send(pdf);
  }

  askWhatToTakeBack(wrong = false): FastifyReply {
    return this.#show(views.takeBackView(this.#frame("take-back", "", "/take-back"), wrong), wrong ? 422 : 200);
  }

  async takeBack(): Promise<FastifyReply> {
    if (this.#ticket("take-back") === undefined) return this.over();
    const ended = await this.#consent.desk.takeBack(this.#said("code") ?? "", undefined, this.#now);
    if (ended === undefined) return this.askWhatToTakeBack(true);
    if (ended === "ended") this.#consent.onChange("consent", "withdrawn", 1);
    await this.#consent.changed();
    return this.#show(views.takenBackView(this.#frame("enter", "")));
  }

  askWhomToHear(wrong = false): FastifyReply {
    const frame = this.#frame("hear-again", "", "/hear-again");
    const words = { schemes: this.#schemes(), chosen: this.#said("scheme"), wrong };
    return this.#show(views.hearAgainView(frame, words), wrong ? 422 : 200);
  }

  async hearAgain(): Promise<FastifyReply> {
    if (this.#ticket("hear-again") === undefined) return this.over();
    const person = await this.#gate.identify(this.#request, this.#form, this.#consent.world());
    const heard = await this.#consent.desk.hearAgain(this.#said("code") ?? "", person, this.#now);
    return heard ? this.#show(views.heardAgainView(this.#frame("enter", ""))) : this.askWhomToHear(true);
  }

  #wardOf({ asked }: OpenRequest): string | undefined {
    return wardOf(asked, this.#consent.world(), this.#consent.keeper);
  }

  /** Undefined where nothing that was asked rests on consent any more. */
  #wordsOf({ asked }: OpenRequest): RequestWords | undefined {
    const world = this.#consent.world();
    const fields = stillAsked(asked, world, this.#now);
    return fields.length === 0 ? undefined : wordsOfAsked(asked, fields, world, this.#language);
  }

  over(): FastifyReply {
    return this.#show(views.overView(this.#frame("enter", "")), 409);
  }

  failed(status: number): FastifyReply {
    return this.#show(views.failedView(this.#frame("enter", "")), status);
  }

  /** A ticket of this browser, in a form that this site sent. */
  #ticket(use: TicketUse) {
    const site = this.#request.headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin") return undefined;
    return findTicket(this.#said("ticket"), use, this.#cookie, this.#consent.pageKey(), this.#now);
  }

  #frame(use: TicketUse, thread: string, path?: views.Page): views.Frame {
    const { registry } = this.#consent.world().contracts;
    this.#cookie ??= drawCookie();
    return {
      language: this.#language,
      keeper: say(registry.organisations[this.#consent.keeper]?.name, this.#language, this.#consent.keeper),
      ticket: printTicket({ use, thread }, this.#cookie, this.#consent.pageKey(), this.#now),
      ...(path && { path }),
    };
  }

  #schemes(): readonly views.SchemeWords[] | undefined {
    if (!this.#gate.asksNumber) return undefined;
    const { schemes, registry } = this.#consent.world().contracts;
    return [...schemes.values()].map((one) => ({
      value: one.enum,
      name: say(registry.schemes[one.name]?.name, this.#language, one.enum),
    }));
  }

  #show(html: string, status = 200): FastifyReply {
    const { publicUrl } = this.#consent;
    const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
    const cookie = `weft-page=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict${secure}`;
    return this.#reply.status(status).header("set-cookie", cookie).type("text/html; charset=utf-8").send(html);
  }

  #said(name: string): string | undefined {
    return this.#form.get(name)?.[0];
  }
}

function cookieOf({ headers }: FastifyRequest): string | undefined {
  const found = /(?:^|;\s*)weft-page=([^;]*)/.exec(headers.cookie ?? "")?.[1];
  return found !== undefined && COOKIE.test(found) ? found : undefined;
}

/** Pressed twice, or two tries at one moment: one of them is to be made again. */
function isMeanwhile(error: unknown): boolean {
  return error instanceof WeftError && (error.code === "CONSENT_CHANGED" || error.code === "CONSENT_ENDED");
}
