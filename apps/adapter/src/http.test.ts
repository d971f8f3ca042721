import { type DynamicModule, Module } from "@nestjs/common";
import { bootHttp, createLogger, createMetrics, type HttpServer } from "#libs/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADAPTER, openAdapter } from "./adapter.js";
import { GraphqlEndpoint } from "./graphql.endpoint.js";

/** What is refused before any ministry is asked needs none. */
const logger = createLogger({ name: "adapter", level: "silent" });
const metrics = createMetrics({ process: false });

@Module({ controllers: [GraphqlEndpoint] })
class EmptyModule {}

let server: HttpServer;
beforeAll(async () => {
  const adapter = openAdapter(new Map(), metrics, logger);
  const module: DynamicModule = { module: EmptyModule, providers: [{ provide: ADAPTER, useValue: adapter }] };
  server = await bootHttp({ module, host: "127.0.0.1", port: 0, logger, metrics });
});
afterAll(() => server.close());

const post = (path: string, body: string, type = "application/json") =>
  fetch(server.url + path, { method: "POST", headers: { "content-type": type }, body });

const refused: [name: string, answer: () => Promise<Response>, status: number, code: string][] = [
  ["a ministry that is not served", () => post("/civil/graphql", "{}"), 404, "NOT_FOUND"],
  ["a body that is no JSON", () => post("/civil/graphql", "{"), 400, "REQUEST_MALFORMED"],
  ["a member given twice", () => post("/civil/graphql", '{"query":"a","query":"b"}'), 400, "REQUEST_MALFORMED"],
  ["another media type", () => post("/civil/graphql", "{}", "text/plain"), 415, "MEDIA_TYPE_NOT_SUPPORTED"],
  ["a body that is too large", () => post("/civil/graphql", `"${"x".repeat(1_100_000)}"`), 413, "REQUEST_TOO_LARGE"],
  ["another path", () => post("/", "{}"), 404, "NOT_FOUND"],
];

test.each(refused)("%s gets a short error with a code", async (_name, answer, status, code) => {
  const response = await answer();
  const body = (await response.json()) as { errors: { message: string; extensions: object }[] };
  expect(response.status).toBe(status);
  expect(body).toEqual({ errors: [{ message: expect.any(String) as string, extensions: { code } }] });
});
