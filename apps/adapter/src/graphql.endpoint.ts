import { Body, Controller, Header, HttpCode, Inject, Param, Post, Res } from "@nestjs/common";
import type { FastifyReply } from "fastify";
import type { FetchReply } from "#libs/subgraph";
import { ADAPTER, type Adapter } from "./adapter.js";

/** Takes a gateway's fetches. All that happens to one is in `serveFetch`; there is no guard, pipe or interceptor on the way. */
@Controller()
export class GraphqlEndpoint {
  readonly #adapter: Adapter;

  constructor(@Inject(ADAPTER) adapter: Adapter) {
    this.#adapter = adapter;
  }

  @Post(":ministry/graphql")
  @HttpCode(200)
  @Header("cache-control", "no-store")
  answer(
    @Param("ministry") ministry: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FetchReply> {
    return this.#adapter.serve(ministry, body, untilGone(reply));
  }
}

/** Aborts when the gateway goes away before it was answered: a read for nobody is stopped. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
