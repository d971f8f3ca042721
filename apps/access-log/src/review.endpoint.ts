import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post } from "@nestjs/common";
import { answerReview, claimReview, type ReviewAnswer, ReviewCall, type ShownRecord } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/**
 * The private side: who asked about whom. `POST` is for consoles and answers nothing that is not first in the log itself; the record says
 * what is asked and for whom, and each is answered once. `GET` is for the sandbox only, where anyone may read anything.
 */
@Controller("review")
export class ReviewEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async review(@Body() body: unknown): Promise<ReviewAnswer> {
    const call = ReviewCall.safeParse(body);
    if (!call.success) throw new WeftError("REQUEST_MALFORMED");
    return answerReview(await claimReview(call.data, this.#log, this.#log.storage, this.#log.now()), this.#log);
  }

  @Get("record/:index")
  @Header("cache-control", "no-store")
  async record(@Param("index") text: string): Promise<ShownRecord> {
    const index = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    const found = this.#log.openReview && index >= 0 ? await this.#log.storage.record(index) : undefined;
    if (!found) throw new WeftError("NOT_FOUND");
    return { index, jwt: found.jwt, disclosures: found.disclosures ?? null };
  }
}
