import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { createServer } from "node:https";
import * as x509 from "@peculiar/x509";
import { Agent } from "undici";
import { afterEach, expect, test } from "vitest";
import { createClient } from "./client.js";
import type { ClientOptions } from "./options.js";
import { clientKey, ISS, type StandIn, startStandIn } from "./stand-in.fixture.js";

const running: StandIn[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function standIn(...options: Parameters<typeof startStandIn>): Promise<StandIn> {
  const started = await startStandIn(...options);
  running.push(started);
  return started;
}

function optionsFor(url: string): ClientOptions {
  return {
    client: "client:welfare-casework",
    key: { kid: "casework-1", key: clientKey },
    issuer: { iss: ISS, tokenEndpoint: `${url}/token` },
    gateway: url,
  };
}

const access = { purpose: "eligibility-assessment", case: "c-2026-0042" };
const post = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });

test("a nonce is taken up once at the token service and once at the gateway, and kept for the next question", async () => {
  const there = await standIn();
  there.nonce = true;
  const { fetch } = createClient(optionsFor(there.url)).for(access);
  expect((await fetch(`${there.url}/graphql`, post(`{"n":1}`))).status).toBe(200);
  expect([there.tokenRequests.length, there.questions.length]).toEqual([2, 2]);
  expect((await fetch(`${there.url}/graphql`, post(`{"n":2}`))).status).toBe(200);
  expect([there.tokenRequests.length, there.questions.length]).toEqual([2, 3]);
  expect(there.questions.map(({ body }) => body)).toEqual([`{"n":1}`, `{"n":1}`, `{"n":2}`]);
});

test("each question has a proof of its own, and the officer's assertion is fetched anew for each token request", async () => {
  const there = await standIn();
  there.nonce = true;
  let n = 0;
  const { fetch } = createClient(optionsFor(there.url)).for({ ...access, officer: () => `assertion ${++n}` });
  await Promise.all([1, 2, 3].map(() => fetch(`${there.url}/graphql`, post("{}"))));
  expect(new Set(there.questions.map(({ headers }) => headers["dpop"])).size).toBe(there.questions.length);
  const forms = there.tokenRequests.map(({ body }) => new URLSearchParams(body));
  expect(forms.map((form) => form.get("subject_token"))).toEqual(["assertion 1", "assertion 2"]);
  expect(new Set(forms.map((form) => form.get("client_assertion"))).size).toBe(2);
  expect(JSON.parse(forms[0]!.get("authorization_details")!)).toEqual([
    { type: "registry_access", purpose: "eligibility-assessment", case: "c-2026-0042" },
  ]);
});

test("a token that the gateway calls expired is renewed and the question sent once more; then the refusal is the answer", async () => {
  const there = await standIn();
  const { fetch } = createClient(optionsFor(there.url)).for(access);
  there.says.push("TOKEN_EXPIRED");
  expect((await fetch(`${there.url}/graphql`, post("{}"))).status).toBe(200);
  expect([there.tokenRequests.length, there.questions.length]).toEqual([2, 2]);
  there.says.push("TOKEN_EXPIRED", "TOKEN_EXPIRED");
  const refused = await fetch(`${there.url}/graphql`, post("{}"));
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "TOKEN_EXPIRED" } }] });
  expect(there.questions).toHaveLength(4);
});

test.each(["TOKEN_REJECTED", "RECORD_UNAVAILABLE", "drop"] as const)(
  "a question that ended in %s is never sent again by itself",
  async (what) => {
    const there = await standIn();
    const { fetch } = createClient(optionsFor(there.url)).for(access);
    there.says.push(what);
    const sent = fetch(`${there.url}/graphql`, post("{}"));
    if (what === "drop") await expect(sent).rejects.toThrow();
    else expect((await sent).ok).toBe(false);
    expect(there.questions).toHaveLength(1);
  },
);

test("a token never leaves for another address, nor over plain HTTP", async () => {
  const [there, elsewhere] = [await standIn(), await standIn()];
  const { fetch } = createClient(optionsFor(there.url)).for(access);
  await expect(fetch(`${elsewhere.url}/graphql`, post("{}"))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  const { fetch: under } = createClient({ ...optionsFor(there.url), gateway: `${there.url}/weft` }).for(access);
  await expect(under(`${there.url}/weft-not/graphql`, post("{}"))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect([elsewhere.questions.length, there.tokenRequests.length]).toEqual([0, 0]);
  for (const gateway of ["http://gateway.example", "ftp://127.0.0.1", "gateway"])
    expect(() => createClient({ ...optionsFor(there.url), gateway })).toThrow(/configuration/);
});

test("with a certificate the token is bound to it, and each request has a name by which a repetition is known", async () => {
  const { server, agent } = await mutualTls();
  const there = await standIn({ server: (listener) => createServer(server, listener) as never, scheme: "https" });
  const options = { ...optionsFor(there.url), mutualTls: agent };
  const { fetch } = createClient(options).for(access);
  there.says.push("TOKEN_EXPIRED");
  expect((await fetch(`${there.url}/graphql`, post("{}"))).status).toBe(200);
  const [first, second] = there.questions;
  expect(first!.headers.authorization).toMatch(/^Bearer /);
  expect(first!.headers["dpop"]).toBeUndefined();
  expect(first!.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(second!.headers["x-request-id"]).toBe(first!.headers["x-request-id"]);
  await agent.close();
});

async function mutualTls() {
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=both",
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const [cert, key] = [certificate.toString("pem"), x509.PemConverter.encode(pkcs8, "PRIVATE KEY")];
  return {
    server: { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    agent: new Agent({ connect: { cert, key, ca: cert } }),
  };
}
