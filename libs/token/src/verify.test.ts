import { createHmac, sign } from "node:crypto";
import { WeftError, digestOf, sha256, toB64u } from "#libs/terms";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Code } from "#libs/terms";
import {
  bankKey,
  callerKey,
  claims,
  config,
  decoded,
  ecKey,
  edKey,
  encoded,
  gateway,
  issuerKey,
  jwkOf,
  now,
  proof,
  request,
  seconds,
  token,
} from "./parties.fixture.js";
import { type TokenRequest, verifyAccessToken } from "./verify.js";

const at = (offset: number) => new Date(now.getTime() + offset * 1000);

async function refusal(it: TokenRequest, when = now, given = config()): Promise<WeftError> {
  const outcome = await verifyAccessToken(it, given, when).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(WeftError);
  return outcome as WeftError;
}

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

test("an issuer may sign with ES256, and so may a caller", async () => {
  const jkt = toB64u(sha256(JSON.stringify(sorted(jwkOf(ecKey)))));
  const accessToken = token({ header: { alg: "ES256", kid: "welfare-ec" }, claims: { cnf: { jkt } }, key: ecKey });
  const dpop = proof(accessToken, { header: { alg: "ES256", jwk: jwkOf(ecKey) }, key: ecKey });
  expect((await verifyAccessToken(request(accessToken, { dpop }), config(), now)).consumer).toBe("org:welfare");
});

function sorted(jwk: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const details = (change: Record<string, unknown>) => ({
  authorization_details: [{ type: "registry_access", purpose: "referral", ...change }],
});
const [head, body, signature] = token().split(".") as [string, string, string];
const resigned = (header: string, payload: string) => {
  const input = `${header}.${payload}`;
  return `${input}.${toB64u(sign(null, Buffer.from(input), issuerKey))}`;
};
const hs256 = () => {
  const input = `${encoded('{"alg":"HS256","kid":"welfare-1","typ":"at+jwt"}')}.${body}`;
  const secret = Buffer.from(String(jwkOf(issuerKey)["x"]), "base64url");
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
};
const unsigned = () => `${encoded('{"alg":"none","kid":"welfare-1","typ":"at+jwt"}')}.${body}.`;
const jwkEd = jwkOf(callerKey);
const secondMember = (name: string, value: string) =>
  resigned(head, encoded(JSON.stringify(claims()).replace("{", `{"${name}":${value},`)));

const badTokens: readonly (readonly [string, Code, string])[] = [
  ["is empty text", "TOKEN_MALFORMED", "."],
  ["is not a JWS", "TOKEN_MALFORMED", "abc"],
  ["has two parts", "TOKEN_MALFORMED", `${head}.${body}`],
  ["has four parts", "TOKEN_MALFORMED", `${head}.${body}.${signature}.${signature}`],
  ["has five parts, as a JWE", "TOKEN_MALFORMED", `${head}.${body}.${signature}.x.y`],
  ["has no signature", "TOKEN_MALFORMED", `${head}.${body}.`],
  ["has half a signature", "TOKEN_MALFORMED", `${head}.${body}.${signature.slice(0, 42)}`],
  ["has padding", "TOKEN_MALFORMED", `${head}.${body}.${signature}==`],
  ["has a second spelling of its last character", "TOKEN_MALFORMED", `${head}.${body}.${respelt(signature)}`],
  ["is spelt in base64 with + and /", "TOKEN_MALFORMED", resigned(head, body.slice(0, -2) + "+/")],
  ["has a header that is a list", "TOKEN_MALFORMED", resigned(encoded("[]"), body)],
  ["has a payload that is null", "TOKEN_MALFORMED", resigned(head, encoded("null"))],
  [
    "has a payload with a byte order mark",
    "TOKEN_MALFORMED",
    resigned(head, encoded(`\uFEFF${JSON.stringify(claims())}`)),
  ],
  [
    "has bytes that are not UTF-8",
    "TOKEN_MALFORMED",
    resigned(head, Buffer.from('{"iss":"\xff"}', "latin1").toString("base64url")),
  ],
  ["names its organisation twice", "TOKEN_MALFORMED", secondMember("org", '"org:bank"')],
  ["names its organisation twice, once escaped", "TOKEN_MALFORMED", secondMember(String.raw`\u006frg`, '"org:bank"')],
  [
    "names its algorithm twice",
    "TOKEN_MALFORMED",
    resigned(encoded('{"alg":"none","alg":"EdDSA","kid":"welfare-1","typ":"at+jwt"}'), body),
  ],
  ["has algorithm none", "TOKEN_MALFORMED", unsigned()],
  ["has algorithm none and a signature", "TOKEN_REJECTED", `${unsigned()}${signature}`],
  ["is signed by HMAC with the public key", "TOKEN_MALFORMED", hs256()],
  ["says HS256 over 64 bytes", "TOKEN_REJECTED", token({ header: { alg: "HS256" } })],
  ["says ES256 with an Ed25519 key", "TOKEN_REJECTED", token({ header: { alg: "ES256" } })],
  ["says Ed25519 where EdDSA is meant", "TOKEN_REJECTED", token({ header: { alg: "Ed25519" } })],
  ["is a plain JWT", "TOKEN_MALFORMED", token({ header: { typ: "JWT" } })],
  ["spells its type as media type", "TOKEN_MALFORMED", token({ header: { typ: "application/at+jwt" } })],
  ["is a DPoP proof", "TOKEN_MALFORMED", proof(token())],
  ["has no type", "TOKEN_MALFORMED", token({ header: { typ: undefined } })],
  ["has no kid", "TOKEN_MALFORMED", token({ header: { kid: undefined } })],
  ["has a kid that is a number", "TOKEN_REJECTED", token({ header: { kid: 1 } })],
  ["has a kid of the prototype", "TOKEN_REJECTED", token({ header: { kid: "__proto__" } })],
  ["has crit", "TOKEN_MALFORMED", token({ header: { crit: ["b64"], b64: false } })],
  ["has b64", "TOKEN_MALFORMED", token({ header: { b64: false } })],
  ["points at keys of its own (jku)", "TOKEN_MALFORMED", token({ header: { jku: "https://evil.example/jwks" } })],
  ["brings its own key (jwk)", "TOKEN_MALFORMED", token({ header: { jwk: jwkEd } })],
  ["points at a certificate (x5u)", "TOKEN_MALFORMED", token({ header: { x5u: "https://evil.example" } })],
  ["has a content type", "TOKEN_MALFORMED", token({ header: { cty: "JWT" } })],
  ["has an unknown kid", "TOKEN_REJECTED", token({ header: { kid: "welfare-9" } })],
  ["is signed by a key that has ended", "TOKEN_REJECTED", token({ header: { kid: "welfare-old" }, key: edKey("old") })],
  ["is signed by another key", "TOKEN_REJECTED", token({ key: edKey("somebody") })],
  ["is signed by the caller itself", "TOKEN_REJECTED", token({ key: callerKey })],
  [
    "has another payload than was signed",
    "TOKEN_REJECTED",
    `${head}.${encoded(JSON.stringify({ ...claims(), org: "org:bank" }))}.${signature}`,
  ],
  ["comes from an unknown issuer", "TOKEN_REJECTED", token({ claims: { iss: "https://issuer.evil.example" } })],
  ["comes from the prototype", "TOKEN_REJECTED", token({ claims: { iss: "__proto__" } })],
  [
    "names its issuer with a slash more",
    "TOKEN_REJECTED",
    token({ claims: { iss: "https://issuer.welfare.example/" } }),
  ],
  ["has no issuer", "TOKEN_REJECTED", token({ claims: { iss: undefined } })],
  ["has issuers", "TOKEN_REJECTED", token({ claims: { iss: ["https://issuer.welfare.example", "x"] } })],
  ["is signed by one issuer in another's name", "TOKEN_REJECTED", token({ header: { kid: "bank-1" }, key: bankKey })],
  ["asserts an organisation that is not its issuer's", "TOKEN_REJECTED", token({ claims: { org: "org:bank" } })],
  [
    "comes from a bank and says welfare",
    "TOKEN_REJECTED",
    token({ header: { kid: "bank-1" }, key: bankKey, claims: { iss: "https://issuer.bank.example" } }),
  ],
  ["is for another audience", "TOKEN_REJECTED", token({ claims: { aud: "https://other.example/graphql" } })],
  ["is for this audience with a slash more", "TOKEN_REJECTED", token({ claims: { aud: `${gateway}/` } })],
  ["is for several audiences", "TOKEN_MALFORMED", token({ claims: { aud: [gateway, "https://other.example"] } })],
  ["is for a list of one audience", "TOKEN_MALFORMED", token({ claims: { aud: [gateway] } })],
  ["has no audience", "TOKEN_REJECTED", token({ claims: { aud: undefined } })],
  ["expired a second too long ago", "TOKEN_EXPIRED", token({ claims: { iat: seconds - 200, exp: seconds - 5 } })],
  ["is used before nbf", "TOKEN_EXPIRED", token({ claims: { nbf: seconds + 6 } })],
  ["was issued in the future", "TOKEN_EXPIRED", token({ claims: { iat: seconds + 6, exp: seconds + 200 } })],
  ["was issued too long ago", "TOKEN_EXPIRED", token({ claims: { iat: seconds - 306, exp: seconds + 60 } })],
  ["lives 301 seconds", "TOKEN_REJECTED", token({ claims: { exp: seconds + 301 } })],
  ["ends before it begins", "TOKEN_REJECTED", token({ claims: { iat: seconds + 3, exp: seconds + 2 } })],
  ["never expires", "TOKEN_REJECTED", token({ claims: { exp: undefined } })],
  ["has no iat", "TOKEN_REJECTED", token({ claims: { iat: undefined } })],
  ["has a time that is text", "TOKEN_REJECTED", token({ claims: { exp: String(seconds + 300) } })],
  ["has a time with a fraction", "TOKEN_MALFORMED", token({ claims: { iat: seconds - 0.5, exp: seconds + 60 } })],
  ["has no jti", "TOKEN_REJECTED", token({ claims: { jti: undefined } })],
  ["has a jti of one character", "TOKEN_MALFORMED", token({ claims: { jti: "1" } })],
  ["has no officer", "TOKEN_REJECTED", token({ claims: { sub: undefined } })],
  ["has a client for an officer", "TOKEN_MALFORMED", token({ claims: { sub: "client:welfare-casework" } })],
  ["has no client", "TOKEN_REJECTED", token({ claims: { client_id: undefined } })],
  ["acts for another client", "TOKEN_REJECTED", token({ claims: { act: { sub: "client:other" } } })],
  [
    "has a chain of actors",
    "TOKEN_MALFORMED",
    token({ claims: { act: { sub: "client:welfare-casework", act: { sub: "client:x" } } } }),
  ],
  ["is bound to nothing", "TOKEN_REJECTED", token({ claims: { cnf: undefined } })],
  ["is bound to an empty object", "TOKEN_MALFORMED", token({ claims: { cnf: {} } })],
  [
    "is bound to a key and a certificate",
    "TOKEN_MALFORMED",
    token({ claims: { cnf: { ...claims().cnf, "x5t#S256": "A".repeat(43) } } }),
  ],
  ["is bound to a whole key", "TOKEN_MALFORMED", token({ claims: { cnf: { jwk: jwkEd } } })],
  ["has a member that we do not know", "TOKEN_MALFORMED", token({ claims: { scope: "everything" } })],
  ["has no authorization details", "TOKEN_REJECTED", token({ claims: { authorization_details: undefined } })],
  ["has empty authorization details", "TOKEN_MALFORMED", token({ claims: { authorization_details: [] } })],
  [
    "has two authorization details",
    "TOKEN_MALFORMED",
    token({
      claims: { authorization_details: [...details({}).authorization_details, ...details({}).authorization_details] },
    }),
  ],
  ["has details of another type", "TOKEN_MALFORMED", token({ claims: details({ type: "payment_initiation" }) })],
  ["has details without a purpose", "TOKEN_MALFORMED", token({ claims: details({ purpose: undefined }) })],
  ["has two purposes", "TOKEN_MALFORMED", token({ claims: details({ purpose: ["referral", "audit"] }) })],
  ["has details with fields", "TOKEN_MALFORMED", token({ claims: details({ fields: ["Identity.fullName"] }) })],
  [
    "has nine consent receipts",
    "TOKEN_MALFORMED",
    token({ claims: details({ consent_receipts: Array.from("123456789") }) }),
  ],
  ["narrows to no agreement", "TOKEN_MALFORMED", token({ claims: details({ agreements: [] }) })],
  ["has a case with a newline", "TOKEN_MALFORMED", token({ claims: details({ case: "c-1\nc-2" }) })],
];

function respelt(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}

describe("a token is refused that", () => {
  test.each(badTokens)("%s", async (_, code, bad) => {
    const error = await refusal(request(bad));
    expect({ code: error.code, detail: error.detail }).toMatchObject({ code });
    expectNoLeak(error, bad);
  });
});

function expectNoLeak(error: WeftError, sent: string): void {
  const said = `${error.message} ${error.detail}`;
  for (const secret of ["welfare", "8c1", "0042", "orvanda", ...sent.split(".").filter((it) => it.length > 20)]) {
    expect(said).not.toContain(secret);
  }
}

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
    expectNoLeak(error, good);
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
