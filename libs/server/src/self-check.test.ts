import { expect, test } from "vitest";
import { isLoopback, processFacts, refuseIfUnsafe, selfCheck, type SelfCheckFacts } from "./self-check.js";

const safe: SelfCheckFacts = { production: true, host: "0.0.0.0", tls: true, calls: ["https://log.orvanda.example"] };

test("a safe setting has no problem", () => {
  expect(selfCheck(safe)).toEqual([]);
  expect(selfCheck({ production: false, host: "127.0.0.1", tls: false, sandboxKeys: true, graphiql: true })).toEqual(
    [],
  );
});

test.each<Partial<SelfCheckFacts>>([
  { debug: true },
  { sandboxKeys: true },
  { introspection: true },
  { graphiql: true },
  { inspector: true },
  { callersUnchecked: true },
])("%o is refused in production only", (change) => {
  expect(selfCheck({ ...safe, ...change })).toHaveLength(1);
  expect(selfCheck({ ...safe, ...change, production: false })).toEqual([]);
});

test.each<Partial<SelfCheckFacts>>([
  { telemetry: true },
  { certificatesUnchecked: true },
  { tls: false },
  { tls: false, host: "::" },
  { calls: ["http://10.0.0.1:80/graphql"] },
  { calls: ["https://a.example", "http://a.example"] },
])("%o is refused everywhere", (change) => {
  expect(selfCheck({ ...safe, ...change })).toHaveLength(1);
  expect(selfCheck({ ...safe, ...change, production: false })).toHaveLength(1);
  expect(() => refuseIfUnsafe({ ...safe, ...change })).toThrow();
});

test.each(["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])("%s is loopback", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "localhost.example", ""])("%s is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});

test("the process tells what it runs with", () => {
  expect(processFacts({ NODE_ENV: "production", APOLLO_TELEMETRY_DISABLED: "1" })).toMatchObject({
    production: true,
    debug: false,
    telemetry: false,
    certificatesUnchecked: false,
  });
  expect(processFacts({ DEBUG: "*", NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toMatchObject({
    production: false,
    debug: true,
    telemetry: true,
    certificatesUnchecked: true,
  });
});
