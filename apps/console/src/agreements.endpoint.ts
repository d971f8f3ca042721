import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { FACET_SIZE } from "#libs/access-log";
import {
  type AgreementAnswer,
  type AgreementsAnswer,
  type AgreementUseAnswer,
  AgreementUseRequest,
  type Circumstances,
  lookUp,
  mayStop,
  namesOf,
  recordLook,
  type Reviewer,
  summaryOf,
  SuspendRequest,
  termsOf,
  useOf,
} from "#libs/review";
import { type AgreementId, WeftError } from "#libs/terms";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

/** What was agreed: every reviewer may read all of it, as every ministry that holds the contracts may. Its use is a look at the log. */
@Controller("api/agreements")
export class AgreementsEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Get()
  @Header("cache-control", "no-store")
  async list(@Req() request: FastifyRequest, @Query("language") language: unknown): Promise<AgreementsAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    const around = await this.#circumstances(reviewer, language);
    return { agreements: around.contracts.agreements.map((signed) => summaryOf(signed, around)) };
  }

  @Get(":id")
  @Header("cache-control", "no-store")
  async terms(
    @Req() request: FastifyRequest,
    @Param("id") id: string,
    @Query("language") language: unknown,
  ): Promise<AgreementAnswer> {
    const { reviewer } = await this.#app.gate.enter(request);
    return termsOf(this.#find(id), await this.#circumstances(reviewer, language));
  }

  @Post(":id/use")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async use(
    @Req() request: FastifyRequest,
    @Param("id") id: string,
    @Body() body: unknown,
    @Query("language") language: unknown,
  ): Promise<AgreementUseAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, from, until } = parsed(AgreementUseRequest, body);
    const signed = this.#find(id);
    this.#app.onLook("use");
    const query = { agreement: id as AgreementId, kinds: ["intent" as const], from, until };
    const look = { kind: "search" as const, query, limit: 1, facets: ["coordinate" as const] };
    const { record, answer } = await lookUp(reviewer, occasion, look, this.#app.reviewing);
    const { total = 0, complete = false, facets = {} } = answer.counts ?? {};
    const counted = facets.coordinate ?? [];
    const names = namesOf(this.#app.world().contracts, languageOf(language));
    return {
      record,
      status: answer.status,
      accesses: total,
      complete: complete && counted.length < FACET_SIZE,
      fields: useOf(signed, counted, (coordinate) => names.field(coordinate)),
    };
  }

  /** In the log first; then the log tells every gateway and every adapter, which ask it each second. */
  @Post(":id/suspension")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async suspend(
    @Req() request: FastifyRequest,
    @Param("id") id: string,
    @Body() body: unknown,
    @Query("language") language: unknown,
  ): Promise<AgreementAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, reason } = parsed(SuspendRequest, body);
    const signed = this.#find(id);
    if (!mayStop(signed.agreement, reviewer)) throw new WeftError("ROLE_REQUIRED");
    const before = summaryOf(signed, await this.#circumstances(reviewer, language));
    if (!before.mayStop) throw new WeftError("REVIEW_CHANGED");
    this.#app.onLook("suspend");
    const { agreement, version } = signed.agreement;
    const look = { kind: "suspend" as const, agreement, version, digest: signed.digest, reason };
    const recorded = await recordLook(reviewer, occasion, { scope: "own", look }, this.#app.reviewing);
    await this.#app.log.suspend(recorded.record, recorded.inclusion);
    return termsOf(signed, await this.#circumstances(reviewer, language));
  }

  #find(id: string): Circumstances["contracts"]["agreements"][number] {
    const found = this.#app.world().contracts.agreements.find(({ agreement }) => agreement.agreement === id);
    if (!found) throw new WeftError("NOT_FOUND");
    return found;
  }

  async #circumstances(reviewer: Reviewer, language: unknown): Promise<Circumstances> {
    const suspensions = await this.#app.log.suspensions();
    const { contracts } = this.#app.world();
    return { contracts, suspensions, reviewer, language: languageOf(language), now: this.#app.now() };
  }
}

function languageOf(asked: unknown): string {
  return typeof asked === "string" && /^[a-z]{2,3}$/.test(asked) ? asked : "en";
}
