import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { HttpServer } from "#libs/server";
import { parseOrgId, parsePartyId } from "#libs/terms";
import { signClientAssertion, signDpop, tokenConfig, verifyAccessToken } from "#libs/token";
import { serviceOfficerOf } from "../../../apps/sandbox/src/issuer-files.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { personas } from "../../../apps/sandbox/src/personas.js";
import type { AppProcess } from "../../../apps/sandbox/src/app-process.js";
import { type PostgresServer, startPostgres } from "../../../apps/sandbox/src/postgres.js";
import {
  type Answered,
  askToken,
  clientAssertion,
  details,
  exchange,
  GATEWAY,
  iss,
  officerAssertion,
  possession,
  proof,
  PUBLIC,
  spawnWith,
  startWith,
  TOKEN_URL,
  writeFiles,
} from "./issuer.fixture.js";
import { openUsedOnce } from "../../../apps/issuer/src/postgres/used-once.js";

/**
 * To whoever believes our tokens: each is for one gateway, for one agreed purpose, bound to its holder, five minutes at most, and is what
 * libs/token takes, no member more.
 */
const folder = mkdtempSync(path.join(tmpdir(), "weft issuer "));
let postgres: PostgresServer;
let server: HttpServer;
/** Two processes of their own, as replicas are. */
let replicas: readonly [AppProcess, AppProcess];
let database: string;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: path.join(folder, "postgres") });
  await postgres.createDatabase("issuer");
  database = postgres.superuserUrl("issuer");
  const env = { ...writeFiles(folder), DATABASE_URL: database, WEFT_CLIENT_RATE: "1000" };
  server = await startWith(env);
  replicas = [await spawnWith(folder, env), await spawnWith(folder, env)];
  await Promise.all(replicas.map((replica) => replica.start()));
});
afterAll(async () => {
  await server?.close();
  await Promise.all((replicas ?? []).map((replica) => replica.stop()));
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const tokenIn = ({ body }: Answered): string => String(body["access_token"]);

/** As a gateway does with what the registry pins. */
function verified(token: string) {
  const { kty, crv, x } = sandboxKey("welfare-issuer-1").publicJwk;
  const period = { from: "2025-12-01T00:00:00Z", until: "2028-12-31T23:59:59Z" };
  const config = tokenConfig({
    audience: GATEWAY,
    issuers: [
      { iss, org: parseOrgId("org:welfare"), keys: [{ kid: "welfare-issuer-1", jwk: { kty, crv, x }, ...period }] },
    ],
  });
  const url = `${GATEWAY}/graphql`;
  const dpop = signDpop({ method: "POST", url, token }, possession, new Date());
  return verifyAccessToken({ authorization: `DPoP ${token}`, dpop, method: "POST", url }, config, new Date());
}

test("a system alone gets a token in its service officer's name, which a gateway takes", async () => {
  const answer = await askToken(server.url);
  expect(answer).toMatchObject({ status: 200, body: { token_type: "DPoP", expires_in: 300 } });
  expect(await verified(tokenIn(answer))).toMatchObject({
    consumer: "org:welfare",
    client: "client:welfare-casework",
    officer: serviceOfficerOf("org:welfare"),
    purpose: "eligibility-assessment",
    caseId: "c-1",
  });
});

test("with the directory's word the token is the officer's, and the system acts", async () => {
  const answer = await askToken(server.url, exchange());
  expect(answer).toMatchObject({ status: 200, body: { issued_token_type: expect.stringContaining("access_token") } });
  expect(await verified(tokenIn(answer))).toMatchObject({ officer: "officer:8c1", client: "client:welfare-casework" });
});

test("a token is these members and no others", async () => {
  const token = tokenIn(await askToken(server.url));
  expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(["alg", "kid", "typ"]);
  const members = ["act", "aud", "authorization_details", "client_id", "cnf", "exp", "iat", "iss", "jti", "org", "sub"];
  expect(Object.keys(decodeJwt(token)).sort()).toEqual(members);
});

test.each([
  ["no proof of possession", {}, {}, 400, "invalid_grant"],
  ["no resource", { resource: undefined }, undefined, 400, "invalid_target"],
  ["another resource", { resource: "https://elsewhere.example" }, undefined, 400, "invalid_target"],
  ["no details", { authorization_details: undefined }, undefined, 400, "invalid_authorization_details"],
  [
    "two details",
    { authorization_details: `[${details().slice(1, -1)},${details().slice(1, -1)}]` },
    undefined,
    400,
    "invalid_authorization_details",
  ],
  [
    "a member too many",
    { authorization_details: details({ fields: ["x"] }) },
    undefined,
    400,
    "invalid_authorization_details",
  ],
  [
    "a purpose that is not agreed",
    { authorization_details: details({ purpose: "fraud-prevention" }) },
    undefined,
    400,
    "invalid_authorization_details",
  ],
  ["another grant", { grant_type: "authorization_code" }, undefined, 400, "unsupported_grant_type"],
  [
    "a secret instead of a key",
    {
      client_assertion: undefined,
      client_assertion_type: undefined,
      client_id: "client:welfare-casework",
      client_secret: "x",
    },
    undefined,
    401,
    "invalid_client",
  ],
] as const)("%s gives no token", async (_says, form, headers, status, error) => {
  expect(await askToken(server.url, form, headers)).toMatchObject({ status, body: { error } });
});

test("an agreement beyond those in force is cut, and the token says so", async () => {
  const asked = details({ agreements: ["dsa-civil-welfare-2026", "dsa-civil-bank-2026"] });
  const answer = await askToken(server.url, { authorization_details: asked });
  const [granted] = decodeJwt(tokenIn(answer))["authorization_details"] as { agreements: string[] }[];
  expect(granted!.agreements).toEqual(["dsa-civil-welfare-2026"]);
});

test("neither an answer nor what it costs says whether a client exists, or has such a key", async () => {
  const key = generateKeyPairSync("ed25519").privateKey;
  const { client, clientKey } = personas.caseworker;
  const verify = vi.spyOn(crypto.subtle, "verify");
  const seen = [];
  for (const id of [client, "client:nobody"])
    for (const kid of [clientKey, "no-such-key"]) {
      verify.mockClear();
      const assertion = signClientAssertion(parsePartyId(id), iss, { kid, key }, new Date());
      const answer = await askToken(server.url, { client_assertion: assertion });
      seen.push({ ...answer, verified: verify.mock.calls.length });
    }
  verify.mockRestore();
  expect(seen[0]).toMatchObject({ status: 401, body: { error: "invalid_client" }, verified: 1 });
  expect(seen).toEqual([seen[0], seen[0], seen[0], seen[0]]);
});

test("an assertion for the token endpoint's address, or for another issuer, is not for us", async () => {
  for (const audience of [TOKEN_URL, PUBLIC, "https://issuer.bank.orvanda.example"]) {
    const answer = await askToken(server.url, { client_assertion: clientAssertion(audience) });
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  }
});

test("what was used at one process is used at the other", async () => {
  const [one, other] = replicas.map(({ url }) => url) as [string, string];
  expect(new Set([process.pid, ...replicas.map(({ pid }) => pid)]).size).toBe(3);
  const form = { client_assertion: clientAssertion() };
  expect((await askToken(one, form)).status).toBe(200);
  expect(await askToken(other, form)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  const officer = exchange();
  expect((await askToken(other, officer)).status).toBe(200);
  expect(await askToken(one, officer)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  const dpop = proof();
  expect((await askToken(one, {}, { dpop })).status).toBe(200);
  expect(await askToken(other, {}, { dpop })).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
});

test("of many who use one assertion, or one proof, at the same moment, at both processes, one is served", async () => {
  const once = { form: { client_assertion: clientAssertion() }, dpop: proof() };
  const used: readonly ((at: string) => Promise<Answered>)[] = [
    (at) => askToken(at, once.form),
    (at) => askToken(at, {}, { dpop: once.dpop }),
  ];
  for (const use of used) {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => use(replicas[n % 2]!.url)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  }
});

const now = () => Math.floor(Date.now() / 1000);
test.each([
  ["of another directory", () => officerAssertion({ iss: "https://directory.bank.orvanda.example" })],
  ["with a stranger's key", () => officerAssertion({}, generateKeyPairSync("ed25519").privateKey)],
  ["for another issuer", () => officerAssertion({ aud: "https://issuer.bank.orvanda.example" })],
  ["for another client", () => officerAssertion({ client_id: "client:welfare-other" })],
  ["by a weaker sign-in", () => officerAssertion({ acr: "urn:orvanda:acr:password" })],
  ["after a sign-in of yesterday", () => officerAssertion({ auth_time: now() - 50_000 })],
  ["of five minutes ago", () => officerAssertion({}, undefined, new Date(Date.now() - 300_000))],
  ["that is the client's own assertion", () => clientAssertion()],
] as const)("an officer assertion %s is refused", async (_says, assertion) => {
  expect(await askToken(server.url, exchange(assertion()))).toMatchObject({
    status: 400,
    body: { error: "invalid_grant" },
  });
});

test("an officer gets what their roles allow, not what their system may", async () => {
  const answer = await askToken(server.url, exchange(officerAssertion({ roles: ["porter"] })));
  expect(answer).toMatchObject({ status: 400, body: { error: "invalid_authorization_details" } });
});

test.each(["auth", "userinfo", "me", "reg", "introspection", "revocation", "session/end", "request"])(
  "there is no %s",
  async (name) => {
    for (const method of ["GET", "POST"])
      expect((await fetch(`${server.url}/welfare/${name}`, { method })).status).toBe(404);
  },
);

test("what is over is swept", async () => {
  const used = await openUsedOnce(database);
  expect(await used.use("test", "past", new Date(Date.now() - 1000))).toBe(true);
  expect(await used.use("test", "future", new Date(Date.now() + 60_000))).toBe(true);
  await used.sweep();
  expect([await used.isUsed("test", "past"), await used.isUsed("test", "future")]).toEqual([false, true]);
  await used.close();
});

test("a client has its rate", async () => {
  const slow = await startWith({ ...writeFiles(folder), DATABASE_URL: database, WEFT_CLIENT_RATE: "1" });
  const answers = await Promise.all([askToken(slow.url), askToken(slow.url), askToken(slow.url)]);
  await slow.close();
  expect(answers.map(({ status }) => status)).toContain(429);
});
