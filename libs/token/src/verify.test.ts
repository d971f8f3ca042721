import { type Code, digestOf, sha256, toB64u } from "#libs/terms";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { badTokens } from "./bad-tokens.fixture.js";
import {
  callerKey,
  claims,
  config,
  decoded,
  ecKey,
  edKey,
  encoded,
  gateway,
  jwkOf,
  leaksOf,
  now,
  proof,
  refusal,
  request,
  seconds,
  token,
} from "./parties.fixture.js";
import { signDpop } from "./issue.js";
import { type TokenRequest, verifyAccessToken } from "./verify.js";

const at = (offset: number) => new Date(now.getTime() + offset * 1000);

test("a caller is who the issuer says, for the one purpose that the token names", async () => {
  const accessToken = token({
    claims: {
      authorization_details: [
        {
          type: "registry_access",
          purpose: "referral",
          agreements: ["dsa-disability-welfare-2026"],
          case: "c-2026-0042",
          consent_receipts: ["r-1"],
        },
      ],
    },
  });
  const it = request(accessToken);
  const { jti } = decoded(it.dpop?.split(".")[1] ?? "");
  const tokenId = decoded(accessToken.split(".")[1] ?? "")["jti"];
  expect(await verifyAccessToken(it, config(), now)).toEqual({
    consumer: "org:welfare",
    client: "client:welfare-casework",
    officer: "officer:8c1",
    purpose: "referral",
    caseId: "c-2026-0042",
    narrowedTo: ["dsa-disability-welfare-2026"],
    consentReceipts: ["r-1"],
    tokenId,
    requestKey: digestOf(`${String(tokenId)}\0${String(jti)}`),
    expires: seconds + 300,
  });
});

test("a proof may carry a nonce that another server of the same origin asked for", async () => {
  const accessToken = token({});
  const target = { method: "POST", url: gateway, token: accessToken, nonce: "for the token service" };
  const it = { ...request(accessToken), dpop: signDpop(target, callerKey, now) };
  expect((await verifyAccessToken(it, config(), now)).consumer).toBe("org:welfare");
});

test("an issuer may sign with ES256, and so may a caller", async () => {
  const jkt = toB64u(sha256(JSON.stringify(sorted(jwkOf(ecKey)))));
  const accessToken = token({ header: { alg: "ES256", kid: "welfare-ec" }, claims: { cnf: { jkt } }, key: ecKey });
  const dpop = proof(accessToken, { header: { alg: "ES256", jwk: jwkOf(ecKey) }, key: ecKey });
  expect((await verifyAccessToken(request(accessToken, { dpop }), config(), now)).consumer).toBe("org:welfare");
});

function sorted(jwk: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe("a token is refused that", () => {
  test.each(badTokens)("%s", async (_, code, bad) => {
    const error = await refusal(request(bad));
    expect(error.code).toBe(code);
    expect(leaksOf(error, bad)).toEqual([]);
  });
});

const jwkEd = jwkOf(callerKey);
const good = token();
const jti = "a-proof-that-is-used";
const badRequests: readonly (readonly [string, Code, Partial<TokenRequest>])[] = [
  ["has no token", "TOKEN_MISSING", { authorization: undefined }],
  ["has an empty header", "TOKEN_MISSING", { authorization: "" }],
  ["has another scheme", "TOKEN_MALFORMED", { authorization: "Basic d2VmdDp3ZWZ0" }],
  ["has two tokens", "TOKEN_MALFORMED", { authorization: `DPoP ${good}, DPoP ${good}` }],
  ["has a token of 10 kB", "TOKEN_MALFORMED", { authorization: `DPoP ${"a".repeat(10_000)}` }],
  ["shows a bound token as bearer", "POSSESSION_NOT_PROVEN", { authorization: `Bearer ${good}` }],
  ["has no proof", "POSSESSION_NOT_PROVEN", { dpop: undefined }],
  ["has an empty proof", "POSSESSION_NOT_PROVEN", { dpop: "" }],
  ["has two proofs", "POSSESSION_NOT_PROVEN", { dpop: `${proof(good)}, ${proof(good)}` }],
  ["has a proof of 5 kB", "POSSESSION_NOT_PROVEN", { dpop: "a".repeat(5000) }],
  ["has its token for a proof", "POSSESSION_NOT_PROVEN", { dpop: good }],
  ["is another method", "POSSESSION_NOT_PROVEN", { method: "GET" }],
  ["is another path", "POSSESSION_NOT_PROVEN", { url: `${gateway}/other` }],
  ["is another host", "POSSESSION_NOT_PROVEN", { url: "https://evil.example/graphql" }],
  ["is plain HTTP", "POSSESSION_NOT_PROVEN", { url: "http://gateway.orvanda.example/graphql" }],
];
const badProofs: readonly (readonly [string, Parameters<typeof proof>[1]])[] = [
  ["is of another type", { header: { typ: "JWT" } }],
  ["has algorithm none", { header: { alg: "none" } }],
  ["says ES256 with an Ed25519 key", { header: { alg: "ES256" } }],
  ["has a kid", { header: { kid: "caller" } }],
  ["has crit", { header: { crit: ["exp"] } }],
  ["has no key", { header: { jwk: undefined } }],
  ["has a key that is text", { header: { jwk: "key" } }],
  ["shows its private key", { header: { jwk: callerKey.export({ format: "jwk" }) } }],
  ["has a key with further members", { header: { jwk: { ...jwkEd, kid: "x" } } }],
  ["has a symmetric key", { header: { jwk: { kty: "oct", k: "c2VjcmV0" } } }],
  ["has another key than the token's", { header: { jwk: jwkOf(edKey("thief")) }, key: edKey("thief") }],
  ["shows the token's key and is signed by another", { key: edKey("thief") }],
  ["is for another token", { claims: { ath: toB64u(sha256("another token")) } }],
  ["names no token", { claims: { ath: undefined } }],
  ["has a target with a query", { claims: { htu: `${gateway}?a=1` } }],
  ["has a target with a fragment", { claims: { htu: `${gateway}#a` } }],
  ["has a target with a user", { claims: { htu: gateway.replace("https://", "https://user@") } }],
  ["has a target that is no URL", { claims: { htu: "/graphql" } }],
  ["has no target", { claims: { htu: undefined } }],
  ["spells its method in lower case", { claims: { htm: "post" } }],
  ["is older than a minute", { claims: { iat: seconds - 61 } }],
  ["is from the future", { claims: { iat: seconds + 6 } }],
  ["has no time", { claims: { iat: undefined } }],
  ["has no jti", { claims: { jti: undefined } }],
  ["has an empty jti", { claims: { jti: "" } }],
  ["has a member that we do not know", { claims: { admin: true } }],
];

describe("a request is refused that", () => {
  test.each(badRequests)("%s", async (_, code, change) => {
    expect((await refusal(request(good, change))).code).toBe(code);
  });
});

describe("a proof is refused that", () => {
  test.each(badProofs)("%s", async (_, change) => {
    const error = await refusal(request(good, { dpop: proof(good, change) }));
    expect(error.code).toBe("POSSESSION_NOT_PROVEN");
    expect(leaksOf(error, good)).toEqual([]);
  });

  test("was used before, also with another token of the same key", async () => {
    const given = config();
    const once = request(good, { dpop: proof(good, { claims: { jti } }) });
    await verifyAccessToken(once, given, now);
    expect((await refusal(once, at(30), given)).detail).toBe("used before");
    const other = token();
    const again = request(other, { dpop: proof(other, { claims: { jti } }) });
    expect((await refusal(again, at(60), given)).detail).toBe("used before");
  });
});

test("query and fragment of the request, letter case of the host and the usual port do not count", async () => {
  for (const url of [`${gateway}?x=1`, "https://GATEWAY.orvanda.example:443/graphql"]) {
    expect((await verifyAccessToken(request(good, { url }), config(), now)).consumer).toBe("org:welfare");
  }
});

test("a token is accepted up to five seconds beyond its time, and from the cache no longer", async () => {
  const given = config();
  const ending = token({ claims: { iat: seconds - 100, exp: seconds + 100 } });
  const fresh = (when: Date) => request(ending, { dpop: proof(ending, { claims: { iat: when.getTime() / 1000 } }) });
  await verifyAccessToken(fresh(now), given, now);
  await verifyAccessToken(fresh(at(104)), given, at(104));
  expect((await refusal(fresh(at(105)), at(105), given)).code).toBe("TOKEN_EXPIRED");
});

test("verified claims are remembered, and a key that has ended is noticed all the same", async () => {
  const given = config();
  await verifyAccessToken(request(good), given, now);
  expect(given.verified.size).toBe(1);
  await verifyAccessToken(request(good), given, now);
  expect(given.verified.size).toBe(1);
  const remembered = [...given.verified.entries()];
  for (const [hash, { claims: known, key }] of remembered) {
    given.verified.set(hash, { claims: known, key: { ...key, until: now.getTime() - 1 } });
  }
  expect((await refusal(request(good), now, given)).code).toBe("TOKEN_REJECTED");
});

test("what is refused is not remembered", async () => {
  const given = config();
  for (const [, , bad] of badTokens) await refusal(request(bad), now, given);
  expect(given.verified.size).toBe(0);
  expect(given.replay.size()).toBe(0);
});

describe("a token bound to a certificate", () => {
  const clientCertificate = Buffer.from("the DER of a client certificate");
  const bound = token({ claims: { cnf: { "x5t#S256": toB64u(sha256(clientCertificate)) } } });
  const usual: TokenRequest = {
    authorization: `Bearer ${bound}`,
    dpop: undefined,
    method: "POST",
    url: gateway,
    clientCertificate,
  };

  test("is accepted over that certificate's connection, one request key per request id", async () => {
    const one = await verifyAccessToken({ ...usual, requestId: "r-1" }, config(), now);
    expect(one.requestKey).toBe(digestOf(`${one.tokenId}\0r-1`));
    const [first, second] = [
      await verifyAccessToken(usual, config(), now),
      await verifyAccessToken(usual, config(), now),
    ];
    expect(first.requestKey).not.toBe(second.requestKey);
  });

  test.each([
    ["over a connection without a certificate", { clientCertificate: undefined }],
    ["over another certificate's connection", { clientCertificate: Buffer.from("another") }],
    ["with a DPoP proof instead", { authorization: `DPoP ${bound}`, dpop: proof(bound), clientCertificate: undefined }],
    ["with a DPoP proof beside it", { dpop: proof(bound) }],
  ])("is refused %s", async (_, change) => {
    const { clientCertificate: der, ...rest } = { ...usual, ...change };
    expect((await refusal(der === undefined ? rest : { ...rest, clientCertificate: der })).code).toBe(
      "POSSESSION_NOT_PROVEN",
    );
  });

  test("is refused with a request id that is not printable", async () => {
    expect((await refusal({ ...usual, requestId: "a\nb" })).code).toBe("REQUEST_MALFORMED");
  });
});

test("whatever is sent, the answer is a refusal with a code", async () => {
  const part = fc.oneof(
    fc.base64String().map((it) => it.replaceAll("=", "")),
    fc.json().map(encoded),
    fc.string(),
  );
  const text = fc.array(part, { maxLength: 5 }).map((parts) => parts.join("."));
  await fc.assert(
    fc.asyncProperty(text, text, async (authorization, dpop) => {
      const codes: Code[] = ["TOKEN_MISSING", "TOKEN_MALFORMED", "TOKEN_REJECTED"];
      expect(codes).toContain((await refusal(request("x", { authorization: `DPoP ${authorization}`, dpop }))).code);
      expect((await refusal(request(good, { dpop: `${dpop}x` }))).code).toBe("POSSESSION_NOT_PROVEN");
    }),
  );
});

test("a token or proof with one character changed is refused", async () => {
  const character = fc.constantFrom(...Array.from("ABCxyz019-_."));
  await fc.assert(
    fc.asyncProperty(fc.nat(), character, fc.boolean(), async (pick, other, inProof) => {
      const it = request(good);
      const text = inProof ? (it.dpop ?? "") : good;
      const place = pick % text.length;
      fc.pre(text.charAt(place) !== other);
      const changed = text.slice(0, place) + other + text.slice(place + 1);
      await refusal(inProof ? { ...it, dpop: changed } : { ...it, authorization: `DPoP ${changed}` });
    }),
  );
});

test("a header or a proof's key of any other shape is refused", async () => {
  const jwk = fc.oneof(
    fc.jsonValue(),
    fc.record({ kty: fc.jsonValue(), crv: fc.jsonValue(), x: fc.jsonValue(), y: fc.jsonValue() }, { requiredKeys: [] }),
    fc.jsonValue().map((x) => ({ ...jwkEd, x })),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("alg", "kid", "typ", "other"), fc.jsonValue(), jwk, async (name, value, key) => {
      await refusal(request(token({ header: { [name]: value } })));
      await refusal(request(good, { dpop: proof(good, { header: { [name]: value } }) }));
      await refusal(request(good, { dpop: proof(good, { header: { jwk: key } }) }));
    }),
  );
});

test("a claim of any other shape is refused", async () => {
  const names = Object.keys(claims()).filter((name) => name !== "nbf");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.jsonValue(), async (name, value) => {
      await refusal(request(token({ claims: { [name]: value } })));
    }),
  );
});
