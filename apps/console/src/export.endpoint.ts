import { Body, Controller, HttpCode, Inject, Post, Req, Res } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import { csvOf, ExportRequest, hitOf, lookUp, queryOf, refsOf } from "#libs/review";
import { CONSOLE, type ConsoleApp } from "./console.js";
import { parsed } from "./parsed.js";

/** Lists leave as files, with a reason that stands in the record of who took them. */
@Controller("api")
export class ExportEndpoint {
  readonly #app: ConsoleApp;

  constructor(@Inject(CONSOLE) app: ConsoleApp) {
    this.#app = app;
  }

  @Post("export")
  @HttpCode(200)
  async export(
    @Req() request: FastifyRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { reviewer } = await this.#app.gate.act(request);
    const { occasion, terms, format, reason, limit } = parsed(ExportRequest, body);
    const { contracts, seals } = this.#app.world();
    const query = queryOf(terms, terms.persons && refsOf(terms.persons, contracts, seals));
    this.#app.onLook("export");
    const look = { kind: "export" as const, query, limit, format, reason };
    const { record, answer } = await lookUp(reviewer, occasion, look, this.#app.reviewing);
    const hits = (answer.page?.hits ?? []).map(hitOf);
    const next = answer.page?.next;
    reply.headers({
      "cache-control": "no-store",
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8",
      "content-disposition": `attachment; filename="weft-export-${record}.${format}"`,
      "weft-record": String(record),
      // Present where the list goes on beyond the limit: the index before which it does.
      ...(next !== undefined && { "weft-next": String(next) }),
    });
    return format === "csv"
      ? csvOf(hits)
      : JSON.stringify({ record, reason, occasion, hits, ...(next !== undefined && { next }) });
  }
}
