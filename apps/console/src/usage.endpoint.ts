import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import {
  type FoundAccess,
  foundIn,
  type HeartbeatAnswer,
  lookForPerson,
  refsOf,
  toldNow,
  type UsageAnswer,
  usageOf,
  type UsagePeriodAnswer,
  UsageRequest,
} from "#libs/review";
import { WeftError } from "#libs/terms";
import { dayAfter, proven } from "./accesses-of.js";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

/** What one call looks through. */
const MOST = 500;

interface LookedThrough {
  readonly told: readonly Omit<FoundAccess, "proof">[];
  readonly withheld: number;
  readonly complete: boolean;
  readonly record: number;
}

/** For a citizen portal: who looked at the data of the person that signed in there. Each call is a record. */
@Controller("usage")
export class UsageEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get("heartbeat")
  @Header("cache-control", "no-store")
  async heartbeat(): Promise<HeartbeatAnswer> {
    await this.#app.log.checkpoint();
    return { heartbeat: "OK", time: this.#app.now().toISOString() };
  }

  @Post("findUsage")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async findUsage(@Req() request: FastifyRequest, @Body() body: unknown): Promise<UsageAnswer> {
    const { asked, told, ...rest } = await this.#look(request, body);
    const page = await proven(told.slice(asked.offset - 1, asked.offset - 1 + asked.limit), this.#app);
    const { contracts } = this.#app.world();
    return { usage: page.map((found) => usageOf(found, contracts, asked.language)), ...rest };
  }

  @Post("usagePeriod")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async usagePeriod(@Req() request: FastifyRequest, @Body() body: unknown): Promise<UsagePeriodAnswer> {
    const { told, record } = await this.#look(request, body);
    return { from: told.at(-1)?.at ?? null, until: told[0]?.at ?? null, record };
  }

  async #look(request: FastifyRequest, body: unknown) {
    const portal = await this.#app.portals.admit(request);
    const asked = parsed(UsageRequest, body);
    const { contracts, seals } = this.#app.world();
    const subjects = refsOf([asked.userId], contracts, seals);
    const query = {
      subjects,
      kinds: ["intent" as const, "rows" as const],
      ...(asked.from !== undefined && { from: `${asked.from}T00:00:00Z` }),
      ...(asked.until !== undefined && { until: dayAfter(asked.until) }),
    };
    this.#app.onLook("portal");
    const look = { kind: "accesses" as const, use: "portal" as const, query, limit: MOST };
    const { record, answer } = await lookForPerson(portal, look, this.#app.reviewing);
    const { page, records = [] } = answer;
    if (!page) throw new WeftError("RECORD_UNAVAILABLE");
    const found = page.hits.flatMap((hit, at) => foundIn(hit, records[at]!, subjects) ?? []);
    const looked: LookedThrough = {
      ...toldNow(found, contracts, this.#app.now()),
      complete: page.next === undefined,
      record,
    };
    return { asked, ...looked };
  }
}
