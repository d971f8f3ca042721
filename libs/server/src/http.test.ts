import { once } from "node:events";
import { connect } from "node:net";
import { Body, Controller, Get, Module, Param, Post } from "@nestjs/common";
import supertest from "supertest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WeftError } from "#libs/terms";
import { createHealth } from "./health.js";
import { bootHttp, type HttpServer } from "./http.js";
import { createLogger } from "./log.js";

const lines: string[] = [];
const logger = createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } });
let release: () => void = () => {};

@Controller()
class EchoEndpoint {
  @Post("echo")
  echo(@Body() body: unknown): unknown {
    return { body };
  }

  @Get("fail/:how")
  fail(@Param("how") how: string): never {
    if (how === "busy") throw new WeftError("SOURCE_UNAVAILABLE", { retryAfter: 2.5 });
    if (how === "who") throw new WeftError("TOKEN_MISSING", { detail: "for the operator" });
    throw new Error("the secret is 1234567890");
  }

  @Get("slow")
  async slow(): Promise<unknown> {
    await new Promise<void>((done) => (release = done));
    return { finished: true };
  }
}

@Module({ controllers: [EchoEndpoint] })
class EchoModule {}

const health = createHealth();
let server: HttpServer;
beforeAll(async () => {
  server = await bootHttp({
    module: EchoModule,
    host: "127.0.0.1",
    port: 0,
    logger,
    health,
    bodyLimit: 1000,
    routes: (fastify) => {
      fastify.get("/beside-nest", () => {
        throw new WeftError("NOT_FOUND");
      });
    },
  });
});
afterAll(() => server.close());

const ask = () => supertest(server.url);

test("an endpoint of the module answers, with security headers", async () => {
  const answer = await ask().post("/echo").send({ a: 1 });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({ body: { a: 1 } });
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  expect(answer.headers).not.toHaveProperty("x-powered-by");
});

const json = "application/json";
test.each([
  ["malformed JSON", json, '{"a":', 400, "REQUEST_MALFORMED"],
  ["an empty body", json, "", 400, "REQUEST_MALFORMED"],
  ["a member given twice", json, '{"a":1,"a":2}', 400, "REQUEST_MALFORMED"],
  ["bytes that are not UTF-8", json, Buffer.from([0x22, 0xff, 0x22]), 400, "REQUEST_MALFORMED"],
  ["a body beyond the limit", json, JSON.stringify("x".repeat(2000)), 413, "REQUEST_TOO_LARGE"],
  ["another media type", "text/plain", "{}", 415, "MEDIA_TYPE_NOT_SUPPORTED"],
  ["a form", "application/x-www-form-urlencoded", "a=1", 415, "MEDIA_TYPE_NOT_SUPPORTED"],
  ["a media type that is none", ";;", "{}", 415, "MEDIA_TYPE_NOT_SUPPORTED"],
])("%s gives a short error with a code", async (_name, type, body, status, code) => {
  const response = await fetch(`${server.url}/echo`, { method: "POST", headers: { "content-type": type }, body });
  const text = await response.text();
  expect(response.status).toBe(status);
  expect(JSON.parse(text)).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
  expectNoInsides(text);
});

test("whoever sends far too much, and goes on sending, still hears why it was refused", async () => {
  const body = "x".repeat(10_000_000);
  for (let times = 0; times < 5; times++) {
    const response = await fetch(`${server.url}/echo`, { method: "POST", headers: { "content-type": json }, body });
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining("REQUEST_TOO_LARGE")]);
  }
});

test.each([
  ["/nothing/here", 404, "NOT_FOUND"],
  ["/%zz", 400, "REQUEST_MALFORMED"],
  ["/fail/who", 401, "TOKEN_MISSING"],
  ["/fail/other", 500, "INTERNAL"],
])("GET %s gives a short error with a code", async (path, status, code) => {
  const answer = await ask().get(path);
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
  expectNoInsides(answer.text);
});

test("a route that stands outside Nest fails in the same words", async () => {
  const answer = await ask().get("/beside-nest");
  expect(answer.status).toBe(404);
  expect(answer.body).toEqual({
    errors: [{ message: "There is nothing here.", extensions: { code: "NOT_FOUND" } }],
  });
});

test("a source that is busy says when to come back", async () => {
  const answer = await ask().get("/fail/busy");
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe("3");
  expect(answer.body).toMatchObject({ errors: [{ extensions: { code: "SOURCE_UNAVAILABLE", retryAfter: 2.5 } }] });
});

test("what is not even HTTP gives a short error too", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GARBAGE\r\n\r\n");
  const [data] = (await once(socket, "data")) as [Buffer];
  expect(data.toString()).toMatch(/^HTTP\/1\.1 400 [^]*"REQUEST_MALFORMED"/);
  expectNoInsides(data.toString());
  socket.destroy();
});

test("our own failure is in the log, with its place and without its words; the caller's mistakes are not", async () => {
  lines.length = 0;
  await ask().get("/fail/other");
  await ask().get("/fail/who");
  await ask().post("/echo").type("text/plain").send("1234567890");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("http.test");
  expect(lines[0]).not.toContain("1234567890");
});

test("liveness, readiness by named checks, and facts", async () => {
  expect((await ask().get("/health/live")).body).toEqual({ status: "live" });
  health.fact("policy", () => "sha-256:abc");
  health.check("database", () => {});
  expect((await ask().get("/health/ready")).body).toEqual({
    status: "ready",
    checks: { database: "ok" },
    facts: { policy: "sha-256:abc" },
  });
  health.check("database", () => Promise.reject(Object.assign(new Error("secret words"), { code: "ECONNREFUSED" })));
  const unready = await ask().get("/health/ready");
  expect(unready.status).toBe(503);
  expect(unready.body).toMatchObject({ status: "not-ready", checks: { database: "ECONNREFUSED" } });
  health.check("database", () => new Promise(() => {}));
  expect((await ask().get("/health/ready")).body).toMatchObject({ checks: { database: "late" } });
  health.check("database", () => {});
});

test("metrics count by route pattern, never by what was asked for", async () => {
  await ask().get("/fail/1234567890");
  const { text } = await ask().get("/metrics");
  expect(text).toContain('weft_http_request_seconds_count{route="/fail/:how",status="5xx"}');
  expect(text).not.toContain("1234567890");
});

test("health and metrics may have an address of their own", async () => {
  const own = await bootHttp({
    module: EchoModule,
    host: "127.0.0.1",
    port: 0,
    logger,
    operations: { host: "127.0.0.1", port: 0 },
  });
  expect((await supertest(own.operationsUrl).get("/health/live")).status).toBe(200);
  expect((await supertest(own.url).get("/metrics")).status).toBe(404);
  await own.close();
});

test("closing lets a request in flight finish, and turns new ones away", async () => {
  const own = await bootHttp({ module: EchoModule, host: "127.0.0.1", port: 0, logger });
  const slow = fetch(`${own.url}/slow`);
  await new Promise((done) => setTimeout(done, 50));
  const closed = own.close();
  await new Promise((done) => setTimeout(done, 50));
  await expect(fetch(`${own.url}/health/live`)).rejects.toThrow();
  release();
  expect(await (await slow).json()).toEqual({ finished: true });
  await closed;
});

function expectNoInsides(text: string): void {
  expect(text).not.toMatch(/fastify|nest|FST_|node:|\bat \/|\.ts|stack|secret|1234567890|Unexpected token|Cannot GET/i);
}
