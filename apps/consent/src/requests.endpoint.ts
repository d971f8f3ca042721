import { Body, Controller, Header, HttpCode, Inject, Param, Post, Req, Res } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AskBody, recipientOf } from "#libs/consent";
import { WeftError } from "#libs/terms";
import { askingOf } from "./asking.js";
import { HeardAgainBody, readBody } from "./bodies.js";
import { consumerOf } from "./callers.js";
import { CONSENT, type Consent } from "./consent.js";
import { personOf } from "./drafts.js";
import { languageOf } from "./page/language.js";
import { printPaper } from "./page/paper.js";
import { wordsOf } from "./page/request-words.js";

const code = z.string().min(1).max(64);
const CodeBody = z.strictObject({ code });
const PaperBody = z.strictObject({ withdrawal_code: code, language: z.string().max(8).default("en") });

/**
 * What an officer's system says of codes: it asks for a consent and is told the code that the officer hands over, or it takes one back by
 * the person's printed code. Nothing here tells what became of a request, or what was agreed.
 */
@Controller()
export class RequestsEndpoint {
  readonly #consent: Consent;

  constructor(@Inject(CONSENT) consent: Consent) {
    this.#consent = consent;
  }

  @Post("consent-requests")
  @HttpCode(202)
  @Header("cache-control", "no-store")
  async ask(@Req() request: FastifyRequest, @Body() body: unknown): Promise<{ readonly code: string }> {
    const caller = await consumerOf(request, this.#consent);
    const now = this.#consent.now();
    const asking = askingOf(readBody(AskBody, body), caller, this.#consent.world(), now);
    return { code: await this.#consent.desk.ask(asking, now) };
  }

  /** At the counter of any organisation. The same answer where the consent had ended before. */
  @Post("withdrawals")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async withdraw(@Req() request: FastifyRequest, @Body() body: unknown): Promise<{ readonly state: "ended" }> {
    const { consumer: organisation, officer } = await consumerOf(request, this.#consent);
    const { code: typed } = readBody(CodeBody, body);
    const ended = await this.#consent.desk.takeBack(typed, { organisation, officer }, this.#consent.now());
    if (!ended) throw new WeftError("NOT_FOUND");
    if (ended === "ended") this.#consent.onChange("consent", "withdrawn", 1);
    await this.#consent.changed();
    return { state: "ended" };
  }

  /** At any other counter than that of the silenced organisation. It does not learn whether there was a silence. */
  @Post("silences/ended")
  @HttpCode(204)
  async hearAgain(@Req() request: FastifyRequest, @Body() body: unknown): Promise<void> {
    const { consumer: organisation, officer } = await consumerOf(request, this.#consent);
    const { person: key, organisation: whom, evidence } = readBody(HeardAgainBody, body);
    const world = this.#consent.world();
    if (!(whom in world.contracts.registry.organisations))
      throw new WeftError("REQUEST_MALFORMED", { message: "An organisation is not in the country's registry." });
    const heard = { person: personOf(key, organisation, world), whom, evidence };
    await this.#consent.desk.hearAgainAt({ organisation, officer }, heard, this.#consent.now());
  }

  /** The half page for a consent that was just given at the caller's own office: it had the code a moment ago. */
  @Post("consents/:record/paper")
  @HttpCode(200)
  async paper(
    @Req() request: FastifyRequest,
    @Param("record") id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const { consumer } = await consumerOf(request, this.#consent);
    const { withdrawal_code: typed, language } = readBody(PaperBody, body);
    const record = await this.#consent.desk.recordOf(typed);
    if (record?.record_id !== id || recipientOf(record) !== consumer) throw new WeftError("NOT_FOUND");
    const lang = languageOf(language);
    const pdf = await printPaper(wordsOf(record, this.#consent.world(), lang), typed, this.#consent.publicUrl, lang);
    reply.header("cache-control", "no-store").type("application/pdf");
    return pdf;
  }
}
