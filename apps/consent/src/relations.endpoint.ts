import { Body, Controller, HttpCode, Inject, Post, Req } from "@nestjs/common";
import type { FastifyRequest } from "fastify";
import { WeftError } from "#libs/terms";
import { EndedRelationBody, readBody } from "./bodies.js";
import { providerOf } from "./callers.js";
import { CONSENT, type Consent } from "./consent.js";

/**
 * A register that keeps guardianships tells when one has ended. What that guardian gave for that ward ends at once, and what they were
 * asked is not to be answered any more. It does not learn whether there was anything.
 */
@Controller("relations")
export class RelationsEndpoint {
  readonly #consent: Consent;

  constructor(@Inject(CONSENT) consent: Consent) {
    this.#consent = consent;
  }

  @Post("ended")
  @HttpCode(204)
  async ended(@Req() request: FastifyRequest, @Body() body: unknown): Promise<void> {
    const provider = providerOf(request, "POST /relations/ended", this.#consent);
    if (!this.#consent.relationsFrom.has(provider)) throw new WeftError("AUTHORITY_REQUIRED");
    const { register, desk, now, onChange } = this.#consent;
    const ended = readBody(EndedRelationBody, body);
    // First what is still to be answered: nothing is given between the two.
    await desk.endRelation(provider, ended, now());
    onChange("consent", "voided", await register.endRelation(provider, ended, now()));
    await this.#consent.changed();
  }
}
