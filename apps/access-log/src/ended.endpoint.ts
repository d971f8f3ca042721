import { Body, Controller, Header, HttpCode, Inject, Post } from "@nestjs/common";
import { type AfterEnd, claimReview, EndedCall, readEnded } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** For the consent register, on behalf of a look at consents: what it asks with, it signed, and what comes back are counts. */
@Controller("ended-consents")
export class EndedEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async count(@Body() body: unknown): Promise<{ readonly counts: readonly AfterEnd[] }> {
    const call = EndedCall.safeParse(body);
    if (!call.success) throw new WeftError("REQUEST_MALFORMED");
    const { record, proof, question } = call.data;
    const now = this.#log.now();
    const { look, jti } = await claimReview({ record, proof }, this.#log, this.#log.storage, now);
    if (look.kind !== "consents") throw new WeftError("RECORD_REJECTED", { detail: "ended consents: another look" });
    return { counts: await this.#log.afterEnd(readEnded(question, jti, this.#log.registry(), now)) };
  }
}
