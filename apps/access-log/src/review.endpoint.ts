import { Controller, Get, Header, Inject, Param } from "@nestjs/common";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** What a record's JWT and its disclosures say, as they were appended. */
export interface ReviewedRecord {
  readonly index: number;
  readonly jwt: string;
  /** Null once they are erased; the proofs hold all the same. */
  readonly disclosures: readonly string[] | null;
}

/**
 * The private side, for the sandbox only: whoever can reach it reads who asked about whom. Reviewing with sign-in, purpose and a
 * record of its own is another API; until it is there, a production log has no way to read records over HTTP.
 */
@Controller("review")
export class ReviewEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Get("record/:index")
  @Header("cache-control", "no-store")
  async record(@Param("index") text: string): Promise<ReviewedRecord> {
    const index = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    const found = this.#log.openReview && index >= 0 ? await this.#log.storage.record(index) : undefined;
    if (!found) throw new WeftError("NOT_FOUND");
    return { index, jwt: found.jwt, disclosures: found.disclosures ?? null };
  }
}
