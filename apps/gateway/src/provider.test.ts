import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { parseOrgId } from "#libs/terms";
import { Provider, type ProviderLimits } from "./provider.js";

const limits: ProviderLimits = { deadline: 300, bulkhead: 4, breakerRest: 200, maxReplyBytes: 10_000 };
const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function ministry(
  reply: (response: ServerResponse) => void,
): Promise<{ provider: Provider; calls: () => number }> {
  let calls = 0;
  const server: Server = createServer((request, response) => {
    calls += 1;
    request.resume().on("end", () => reply(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const provider = new Provider(
    parseOrgId("org:civil"),
    new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/civil`),
    limits,
    undefined,
  );
  open.push({ close: () => provider.close() }, { close: () => server.closeAllConnections() }, server);
  return { provider, calls: () => calls };
}

const answered = (response: ServerResponse, body: object, status = 200, headers = {}) =>
  void response.writeHead(status, headers).end(JSON.stringify(body));

const maintenance = { from: "2026-12-01T22:00:00Z", until: "2026-12-02T02:00:00Z" };

test("an answer comes back with its facts, and an error with our words for its code", async () => {
  const { provider } = await ministry((response) =>
    answered(response, {
      data: { _entities: [{ identity: null }] },
      errors: [
        {
          message: "row 17 of PASIEN_MST",
          path: ["_entities", 0, "identity"],
          extensions: { code: "NOT_AVAILABLE", row: 17 },
        },
      ],
      extensions: { weft: { asOf: "2026-11-21", withheld: 1, aliases: ["p1.x"], rowsProof: null, maintenance } },
    }),
  );
  expect(await provider.ask("{}", 1000)).toEqual({
    data: { _entities: [{ identity: null }] },
    errors: [{ path: ["_entities", 0, "identity"], code: "NOT_AVAILABLE" }],
    facts: { asOf: "2026-11-21", withheld: 1, aliases: ["p1.x"], rowsProof: null, maintenance },
  });
});

test("a code that an adapter may not use is not passed on", async () => {
  const { provider } = await ministry((response) =>
    answered(response, { data: {}, errors: [{ extensions: { code: "TOKEN_REJECTED" } }] }),
  );
  expect((await provider.ask("{}", 1000)).errors).toEqual([{ path: undefined, code: "SOURCE_INVALID" }]);
});

test.each([
  { reply: { errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }] }, status: 403, code: "LIMIT_EXCEEDED" },
  { reply: { errors: [{ extensions: { code: "VARIABLES_INVALID" } }] }, status: 400, code: "VARIABLES_INVALID" },
  { reply: { errors: [{ extensions: { code: "PROOF_REJECTED" } }] }, status: 403, code: "SOURCE_REFUSED" },
  { reply: { errors: [{ extensions: { code: "RECORD_UNAVAILABLE" } }] }, status: 503, code: "RECORD_UNAVAILABLE" },
  { reply: { errors: [{ extensions: { code: "NOT_READY" } }] }, status: 503, code: "SOURCE_UNAVAILABLE" },
  { reply: { secret: 1 }, status: 404, code: "SOURCE_REFUSED" },
  { reply: { data: "no object" }, status: 200, code: "SOURCE_INVALID" },
  { reply: { pad: "x".repeat(20_000) }, status: 200, code: "SOURCE_UNAVAILABLE" },
  { reply: {}, status: 500, code: "SOURCE_UNAVAILABLE" },
])("a reply of status $status becomes $code", async ({ reply, status, code }) => {
  const { provider } = await ministry((response) => answered(response, reply, status));
  await expect(provider.ask("{}", 1000)).rejects.toMatchObject({ code });
});

test("a ministry that says when to come back is believed", async () => {
  const { provider } = await ministry((response) => answered(response, {}, 503, { "retry-after": "30" }));
  await expect(provider.ask("{}", 1000)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE", retryAfter: 30 });
});

test("a ministry that does not answer is given up at the deadline, and its breaker opens and closes again", async () => {
  let slow = true;
  const { provider, calls } = await ministry((response) => (slow ? undefined : answered(response, { data: {} })));
  const started = performance.now();
  for (let round = 0; round < 3; round++) {
    await Promise.allSettled(Array.from({ length: 4 }, () => provider.ask("{}", 50)));
  }
  expect(performance.now() - started).toBeLessThan(limits.deadline * 3);
  expect(provider.breaker.opened).toBe(true);
  const before = calls();
  await expect(provider.ask("{}", 1000)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  expect(calls()).toBe(before);
  slow = false;
  await new Promise((resolve) => setTimeout(resolve, limits.breakerRest + 50));
  await provider.ask("{}", 1000);
  expect(provider.breaker.opened).toBe(false);
});

test("a ministry whose system is down opens its breaker too, though its adapter says so in order", async () => {
  const { provider } = await ministry((response) =>
    answered(response, { errors: [{ extensions: { code: "SOURCE_REFUSED" } }] }, 503),
  );
  for (let i = 0; i < 12; i++)
    await expect(provider.ask("{}", 1000)).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      retryAfter: i < 10 ? 5 : 1,
    });
  expect(provider.breaker.opened).toBe(true);
});

test("a caller that asks more than a ministry's machine may give opens no breaker for the others", async () => {
  const { provider } = await ministry((response) =>
    answered(response, { errors: [{ extensions: { code: "SOURCE_UNAVAILABLE" } }] }, 429, { "retry-after": "7" }),
  );
  for (let i = 0; i < 30; i++)
    await expect(provider.ask("{}", 1000)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE", retryAfter: 7 });
  expect(provider.breaker.opened).toBe(false);
});

test("what a ministry refuses does not open its breaker", async () => {
  const { provider } = await ministry((response) =>
    answered(response, { errors: [{ extensions: { code: "NOT_RECORDED" } }] }, 403),
  );
  for (let i = 0; i < 30; i++) await expect(provider.ask("{}", 1000)).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
  expect(provider.breaker.opened).toBe(false);
});

test("more calls than the bulkhead allows are refused at once", async () => {
  const { provider } = await ministry(() => undefined);
  const asked = Array.from({ length: 6 }, () => provider.ask("{}", 100));
  const refusedFirst = await Promise.race(asked.map((one, i) => one.catch(() => i)));
  expect(refusedFirst).toBeGreaterThanOrEqual(4);
  await Promise.allSettled(asked);
});
