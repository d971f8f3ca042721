import { Body, Controller, Get, Header, HttpCode, Inject, Post } from "@nestjs/common";
import { claimReview, ReviewCall, type SuspensionNotice } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** Agreements that their providers stopped at once. Told to everybody who asks: there is nothing of a person in it. */
@Controller("suspensions")
export class SuspensionEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  /** The record says what is suspended and by whom, as for every look; there is nothing beside it. */
  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async suspend(@Body() body: unknown): Promise<{ readonly index: number }> {
    const call = ReviewCall.safeParse(body);
    if (!call.success) throw new WeftError("REQUEST_MALFORMED");
    const { look, index } = await claimReview(call.data, this.#log, this.#log.storage, this.#log.now());
    if (look.kind !== "suspend")
      throw new WeftError("RECORD_REJECTED", { detail: "suspension: the record suspends nothing" });
    await this.#log.storage.keep({ index, ...call.data });
    return { index };
  }

  @Get()
  @Header("cache-control", "no-store")
  async all(): Promise<{ readonly suspensions: readonly SuspensionNotice[] }> {
    return { suspensions: await this.#log.storage.all() };
  }
}
