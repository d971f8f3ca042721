import { Body, Controller, Header, HttpCode, Inject, Param, Post } from "@nestjs/common";
import type { ExplainReply, OfficesReply, RelateReply } from "#libs/subgraph";
import { type ExplainingHouses, EXPLAINING } from "./explaining-houses.js";

/** A house's own registers, asked by a console. It is shown a record and its proof; there is no question beside them. */
@Controller()
export class ExplainEndpoint {
  readonly #houses: ExplainingHouses;

  constructor(@Inject(EXPLAINING) houses: ExplainingHouses) {
    this.#houses = houses;
  }

  @Post(":house/explain")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  answer(@Param("house") house: string, @Body() body: unknown): Promise<ExplainReply> {
    return this.#houses.explain(house, body);
  }

  @Post(":house/offices")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  offices(@Param("house") house: string, @Body() body: unknown): Promise<OfficesReply> {
    return this.#houses.offices(house, body);
  }

  @Post(":house/relate")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  relate(@Param("house") house: string, @Body() body: unknown): Promise<RelateReply> {
    return this.#houses.relate(house, body);
  }
}
