import { Controller, Get, Header, Inject, Param, Query, Req, Res } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { FeedPage } from "#libs/consent";
import { WeftError } from "#libs/terms";
import { providerOf } from "./callers.js";
import { CONSENT, type Consent } from "./consent.js";

const FeedQuery = z.strictObject({
  after: z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/)
    .default("0")
    .transform(Number),
  /** Seconds to wait where there is nothing new. */
  wait: z
    .string()
    .regex(/^\d{1,2}$/)
    .default("0")
    .transform(Number)
    .refine((seconds) => seconds <= 25),
});

/** Receipts in one answer. */
const PAGE = 500;

/** What adapters ask for: each ministry its own receipts, and the list that says which of them have ended. Nobody is named. */
@Controller()
export class FeedEndpoint {
  readonly #consent: Consent;

  constructor(@Inject(CONSENT) consent: Consent) {
    this.#consent = consent;
  }

  @Get("feed")
  @Header("cache-control", "no-store")
  async feed(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedPage> {
    const provider = providerOf(request, "GET /feed", this.#consent);
    const asked = FeedQuery.safeParse(query);
    if (!asked.success) throw new WeftError("REQUEST_MALFORMED");
    const { after, wait } = asked.data;
    await this.#consent.newcomers.beforeFeed(provider);
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const until = performance.now() + wait * 1000;
    for (;;) {
      const page = await this.#consent.storage.feed(provider, after, PAGE);
      const left = until - performance.now();
      // A provider that has read more than there is learns it at once.
      if (page.receipts.length > 0 || page.total < after || left <= 0 || gone.signal.aborted) return page;
      await this.#consent.untilChange(left, gone.signal);
    }
  }

  /** Open to all: it names no person, no receipt and no reader. */
  @Get("status/:list")
  async status(@Param("list") list: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const found = /^[1-9]\d{0,8}$/.test(list) ? this.#consent.lists.find(Number(list)) : undefined;
    if (found === undefined) throw new WeftError("NOT_FOUND");
    reply.header("cache-control", "no-store").type("application/statuslist+jwt");
    return found;
  }
}
