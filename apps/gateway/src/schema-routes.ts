import type { FastifyInstance } from "fastify";
import { WeftError } from "#libs/terms";
import type { Gateway } from "./gateway.js";

/** What a developer or an auditor reads beside the graph: the public schema, and the proof of a record. Neither is personal. */
export function schemaRoutes(fastify: FastifyInstance, gateway: Gateway): void {
  fastify.get("/schema.graphql", (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send(gateway.world().contracts.publicSdl),
  );
  fastify.get<{ Params: { index: string } }>("/log/proof/:index", async ({ params }, reply) => {
    if (!/^(0|[1-9]\d{0,14})$/.test(params.index)) throw new WeftError("NOT_FOUND");
    return reply.type("text/plain; charset=utf-8").send(await gateway.log.proofText(Number(params.index)));
  });
}
