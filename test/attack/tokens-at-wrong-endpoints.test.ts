import { createHmac, createPublicKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { signAssertion } from "#libs/consent";
import { type CanonicalPerson, parsePartyId, random16 } from "#libs/terms";
import { signDpop } from "#libs/token";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { type PersonaName, personas } from "../../apps/sandbox/src/personas.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { compact, proofOf, seconds, send } from "./caller.js";
import { captureGateway, type CapturedGateway } from "./captured-gateway.js";
import {
  askToken,
  clientAssertionOf,
  exchangeOf,
  holderKey,
  officerAssertionOf,
  type TokenAnswer,
} from "./token-service.js";

/**
 * To whoever signs anything in Orvanda: it is believed where it was meant, and nowhere else. Each kind of signed thing is shown at each
 * door; only the one that the door is for is let in.
 */
let orvanda: Orvanda;
let gateway: CapturedGateway;

beforeAll(async () => {
  orvanda = await startOrvanda();
  gateway = await captureGateway(orvanda.urls);
});
afterAll(async () => {
  await gateway?.close();
  await orvanda?.stop();
});

const death =
  "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{vitalStatus{finding}}}}";

function attempt() {
  return {
    ministry: "civil",
    query: death,
    persons: [`nid:${orvanda.who("Amara Tessel").value}` as CanonicalPerson],
    coordinates: ["Person.vitalStatus", "VitalStatus.finding"],
    agreement: "dsa-civil-welfare-2026",
  };
}

async function accessToken(resource: "gateway" | "consent"): Promise<string> {
  const answer = await askToken(orvanda.urls, "caseworker", { resource: orvanda.urls[resource] });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.access_token!;
}

function contractSignature(): string {
  const folder = path.join(defaultContracts, "agreements/dsa-civil-welfare-2026/signatures");
  return readFileSync(path.join(folder, readdirSync(folder)[0]!), "utf8").trim();
}

/** As an adapter proves to the consent register whose it is. */
function adapterAssertion(): string {
  const { privateKey: key, kid } = sandboxKey("disability-adapter-1");
  const call = { audience: orvanda.urls.consent, call: "GET /feed" } as const;
  return signAssertion({ id: parsePartyId("adapter:disability"), signer: { kid, key } }, call, new Date());
}

function feed(shown: string): Promise<Response> {
  return fetch(`${orvanda.urls.consent}/feed?after=0&wait=0`, { headers: { authorization: `Bearer ${shown}` } });
}

async function consentReceipt(): Promise<string> {
  const { receipts } = (await (await feed(adapterAssertion())).json()) as { receipts: string[] };
  return receipts[0]!;
}

async function statusList(): Promise<string> {
  return (await (await fetch(`${orvanda.urls.consent}/status/1`)).text()).trim();
}

/** Each made anew, as what is used once must not be refused for that. */
const kinds: Readonly<Record<string, () => string | Promise<string>>> = {
  "access token for the gateway": () => accessToken("gateway"),
  "access token for the consent register": () => accessToken("consent"),
  "DPoP proof": () => signDpop({ method: "POST", url: `${orvanda.urls.gateway}/graphql` }, holderKey, new Date()),
  "client assertion": () => clientAssertionOf("caseworker"),
  "officer assertion": () => officerAssertionOf("caseworker"),
  "adapter assertion": adapterAssertion,
  "consent receipt": consentReceipt,
  record: () => gateway.issue(attempt()).jwt,
  "contract signature": contractSignature,
  "status list": statusList,
};

/** True where it was let in. */
const doors: Readonly<Record<string, (shown: string) => Promise<boolean>>> = {
  async gateway(shown) {
    const body = JSON.stringify({ query: "{ __typename }" });
    const url = `${orvanda.urls.gateway}/graphql`;
    const headers = { authorization: `DPoP ${shown}`, dpop: proofOf(shown, url, { key: holderKey }) };
    return (await send(orvanda.urls.gateway, "caseworker", { body, headers })).status !== 401;
  },
  async "consent register"(shown) {
    const url = `${orvanda.urls.consent}/consents/search`;
    const body = JSON.stringify({ person: orvanda.who("Amara Tessel") });
    const headers = { authorization: `DPoP ${shown}`, dpop: proofOf(shown, url, { key: holderKey }) };
    const type = { "content-type": "application/json" };
    return (await fetch(url, { method: "POST", body, headers: { ...type, ...headers } })).status !== 401;
  },
  "consent register's feed": async (shown) => (await feed(shown)).status === 200,
  "token endpoint, as client assertion": async (shown) =>
    (await askToken(orvanda.urls, "caseworker", { client_assertion: shown })).status === 200,
  "token endpoint, as subject token": async (shown) =>
    (await askToken(orvanda.urls, "caseworker", exchangeOf(shown))).status === 200,
  async log(shown) {
    const { disclosures } = gateway.issue(attempt());
    return appended(shown, disclosures);
  },
  async adapter(shown) {
    const record = gateway.issue(attempt());
    const call = gateway.callWith(attempt(), record, await gateway.log.append(record, digest()));
    const { weft } = call.extensions;
    const presented = weft.record.replace(/^[^~]*/, shown);
    return (
      (await gateway.send("civil", { ...call, extensions: { weft: { ...weft, record: presented } } })).code ===
      "answered"
    );
  },
};

const digest = () =>
  `sha-256:${Buffer.from(random16() + random16())
    .subarray(0, 32)
    .toString("base64url")}` as never;

async function appended(jwt: string, disclosures: readonly string[]): Promise<boolean> {
  const response = await fetch(`${orvanda.urls.log}/append`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ records: [{ jwt, disclosures, requestKey: digest() }] }),
  });
  const { proofs } = (await response.json()) as { proofs?: (string | null)[] };
  return typeof proofs?.[0] === "string";
}

const diagonal = new Map([
  ["gateway", "access token for the gateway"],
  ["consent register", "access token for the consent register"],
  ["consent register's feed", "adapter assertion"],
  ["token endpoint, as client assertion", "client assertion"],
  ["token endpoint, as subject token", "officer assertion"],
]);

describe.each(Object.keys(doors))("at the %s", (door) => {
  test.each(Object.keys(kinds))("a %s", async (kind) => {
    // A record's own door needs its own disclosures: those two are shown below.
    if (kind === "record" && (door === "log" || door === "adapter")) return;
    expect(await doors[door]!(await kinds[kind]!())).toBe(diagonal.get(door) === kind);
  });
});

test("a record is let in at the log and, with its proof, at the adapter", async () => {
  const record = gateway.issue(attempt());
  const call = gateway.callWith(attempt(), record, await gateway.log.append(record, digest()));
  expect((await gateway.send("civil", call)).code).toBe("answered");
});

const names = Object.keys(personas) as PersonaName[];
const pairs = names.flatMap((one) => names.filter((other) => other !== one).map((other) => [one, other] as const));
test.each(pairs)("the client of the %s gets nothing at the issuer of the %s", async (one, other) => {
  const { org, issuer } = personas[other];
  const form = { client_assertion: clientAssertionOf(one, issuer.iss) };
  expect(await askToken(orvanda.urls, one, form, org)).toMatchObject(invalidClient);
  const officer = {
    ...exchangeOf(officerAssertionOf(one, { aud: issuer.iss })),
    client_assertion: clientAssertionOf(other),
  };
  expect(await askToken(orvanda.urls, other, officer)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
});

const invalidClient = { status: 401, body: { error: "invalid_client" } };
const { client, clientKey, issuer } = personas.caseworker;

function forged(header: object, change: object = {}): string {
  const claims = { iss: client, sub: client, aud: issuer.iss, iat: seconds(), exp: seconds() + 60, jti: random16() };
  const whole = { alg: "EdDSA", kid: clientKey, typ: "client-authentication+jwt", ...header };
  return compact(whole, { ...claims, ...change }, sandboxKey(clientKey).privateKey);
}

test("the same assertion, rightly signed, is taken: what follows fails for its one change", async () => {
  expect(await askToken(orvanda.urls, "caseworker", { client_assertion: forged({}) })).toMatchObject({ status: 200 });
});

test.each([
  ["signed by nobody", () => `${forged({ alg: "none" }).split(".").slice(0, 2).join(".")}.`],
  ["signed with the public key as a secret", () => hs256()],
  ["for another audience", () => forged({}, { aud: "https://issuer.bank.orvanda.example" })],
  ["for several audiences", () => forged({}, { aud: [issuer.iss, "https://elsewhere.example"] })],
  ["that is over", () => forged({}, { iat: seconds() - 120, exp: seconds() - 60 })],
  ["that lives too long", () => forged({}, { exp: seconds() + 3600 })],
  ["without an id", () => forged({}, { jti: undefined })],
  ["that brings its own key", () => forged({ jwk: sandboxKey(clientKey).publicJwk })],
  ["typed as an access token", () => forged({ typ: "at+jwt" })],
] as const)("an assertion %s is refused", async (_says, assertion) => {
  expect(await askToken(orvanda.urls, "caseworker", { client_assertion: assertion() })).toMatchObject(invalidClient);
});

test("an assertion is used once", async () => {
  const form = { client_assertion: clientAssertionOf("caseworker") };
  expect((await askToken(orvanda.urls, "caseworker", form)).status).toBe(200);
  expect(await askToken(orvanda.urls, "caseworker", form)).toMatchObject(invalidClient);
});

test("what is asked beyond the agreements is cut, and refused where nothing is left", async () => {
  const asking = (change: object): Promise<TokenAnswer> => {
    const detail = { type: "registry_access", purpose: "eligibility-assessment", ...change };
    return askToken(orvanda.urls, "caseworker", { authorization_details: JSON.stringify([detail]) });
  };
  const cut = await asking({ agreements: ["dsa-civil-welfare-2026", "dsa-pay-bank-2026", "dsa-pay-welfare-2026"] });
  expect(decodeJwt(cut.body.access_token!)["authorization_details"]).toEqual([
    { type: "registry_access", purpose: "eligibility-assessment", agreements: ["dsa-civil-welfare-2026"] },
  ]);
  for (const beyond of [{ agreements: ["dsa-pay-bank-2026"] }, { purpose: "identity-verification" }])
    expect(await asking(beyond)).toMatchObject({ status: 400, body: { error: "invalid_authorization_details" } });
});

function hs256(): string {
  const secret = createPublicKey(sandboxKey(clientKey).privateKey).export({ type: "spki", format: "pem" });
  const input = forged({ alg: "HS256" }).split(".").slice(0, 2).join(".");
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
