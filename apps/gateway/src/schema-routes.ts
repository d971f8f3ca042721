import type { FastifyInstance } from "fastify";
import { sha256, toB64u, WeftError } from "#libs/terms";
import type { Gateway } from "./gateway.js";

/** What a developer or an auditor reads beside the graph: the public schema, and the proof of a record. Neither is personal. */
export function schemaRoutes(fastify: FastifyInstance, gateway: Gateway): void {
  fastify.get("/schema.graphql", (request, reply) => {
    const { publicSdl } = gateway.world().contracts;
    const etag = `"${toB64u(sha256(publicSdl))}"`;
    reply.headers({ etag, "cache-control": "no-cache" });
    if (isKnown(request.headers["if-none-match"], etag)) return reply.code(304).send();
    return reply.type("text/plain; charset=utf-8").send(publicSdl);
  });
  fastify.get<{ Params: { index: string } }>("/log/proof/:index", async ({ params }, reply) => {
    if (!/^(0|[1-9]\d{0,14})$/.test(params.index)) throw new WeftError("NOT_FOUND");
    return reply.type("text/plain; charset=utf-8").send(await gateway.log.proofText(Number(params.index)));
  });
}

/** RFC 9110 section 13.1.2: compared weakly, as what is only compressed is still the same. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = new Set((ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, "")));
  return known.has(etag) || known.has("*");
}
