import { Body, Controller, Header, HttpCode, Inject, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { type ConsentsAnswer, consentsOf, ConsentsRequest, recordLook, scopeOf } from "#libs/review";
import { WeftError } from "#libs/terms";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

/** How people consented and took it back: figures of the register, in the scope that the look's record has. */
@Controller("api/consents")
export class ConsentsEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Post()
  @HttpCode(200)
  @Header("cache-control", "no-store")
  async count(@Req() request: FastifyRequest, @Body() body: unknown): Promise<ConsentsAnswer> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, from, until } = parsed(ConsentsRequest, body);
    const { consents, world, reviewing } = this.#app;
    const scope = scopeOf(reviewer, world().isSupervisory(reviewer.organisation));
    if (scope === undefined) throw new WeftError("ROLE_REQUIRED");
    if (!consents) throw new WeftError("NOT_FOUND");
    this.#app.onLook("consents");
    const look = { kind: "consents" as const, from, until };
    const { record, inclusion } = await recordLook(reviewer, occasion, { scope, look }, reviewing);
    return consentsOf(inclusion.index, await consents.count(record, inclusion), world().contracts.agreements);
  }
}
