import { proofOf, seconds, type Sent, strangerKey, tokenOf, type TokenChange } from "./caller.js";

/** Everything that can be wrong with a caller's token and proof; the code that answers it. */
type BadToken = readonly [
  what: string,
  code: string,
  change: TokenChange | ((gateway: string) => NonNullable<Sent["headers"]>),
];

/** Each as the caseworker sends it, but for one thing. */
export const badTokens: readonly BadToken[] = [
  ["no token", "TOKEN_MISSING", () => ({ authorization: undefined })],
  ["two tokens", "TOKEN_MISSING", (it) => ({ authorization: [`DPoP ${tokenOf("caseworker", it)}`, "DPoP x"] })],
  ["a password", "TOKEN_MALFORMED", () => ({ authorization: "Basic YWRtaW46YWRtaW4=" })],
  ["something else", "TOKEN_MALFORMED", () => ({ authorization: "DPoP ../../../etc/passwd" })],
  ["100 kB", "TOKEN_MALFORMED", () => ({ authorization: `DPoP ${"x".repeat(12_000)}` })],
  ["a token of no algorithm", "TOKEN_REJECTED", { header: { alg: "none" } }],
  ["a token of another algorithm", "TOKEN_REJECTED", { header: { alg: "HS256" } }],
  ["a token of another type", "TOKEN_MALFORMED", { header: { typ: "JWT" } }],
  ["a token that brings its key", "TOKEN_MALFORMED", { header: { jwk: {} } }],
  ["a token with an unknown key", "TOKEN_REJECTED", { header: { kid: "welfare-issuer-9" } }],
  ["a token that a stranger signed", "TOKEN_REJECTED", { key: strangerKey }],
  ["a token by an unknown issuer", "TOKEN_REJECTED", { claims: { iss: "https://issuer.evil.example" } }],
  ["a token by another issuer's name", "TOKEN_REJECTED", { claims: { iss: "https://issuer.bank.orvanda.example" } }],
  ["a token that names another organisation", "TOKEN_REJECTED", { claims: { org: "org:cash" } }],
  ["a token for another gateway", "TOKEN_REJECTED", { claims: { aud: "https://gateway.elsewhere.example" } }],
  ["a token that has expired", "TOKEN_EXPIRED", { claims: { iat: seconds() - 300, exp: seconds() - 30 } }],
  ["a token of tomorrow", "TOKEN_EXPIRED", { claims: { iat: seconds() + 86_400, exp: seconds() + 86_500 } }],
  ["a token for a day", "TOKEN_REJECTED", { claims: { exp: seconds() + 86_400 } }],
  ["a token without an officer", "TOKEN_REJECTED", { claims: { sub: undefined } }],
  ["a token with a scope", "TOKEN_MALFORMED", { claims: { scope: "everything" } }],
  ["a token without a purpose", "TOKEN_MALFORMED", detailed([{ type: "registry_access" }])],
  [
    "a token of two purposes",
    "TOKEN_MALFORMED",
    detailed(["referral", "enrolment"].map((purpose) => ({ type: "registry_access", purpose }))),
  ],
  ["a token for payments", "TOKEN_MALFORMED", detailed([{ type: "payment_initiation", purpose: "referral" }])],
  [
    "a token that grants fields",
    "TOKEN_MALFORMED",
    detailed([{ type: "registry_access", purpose: "referral", fields: ["*"] }]),
  ],
  ["a token that signed in by two ways", "TOKEN_MALFORMED", { claims: { acr: ["urn:orvanda:acr:smart-card"] } }],
  ["a token that ends the challenge", "TOKEN_MALFORMED", { claims: { acr: 'urn:a", max_age="9999' } }],
  ["a token that signed in some time", "TOKEN_MALFORMED", { claims: { auth_time: "now" } }],
  ["a token that signs in by its details", "TOKEN_MALFORMED", reasoned({ acr: "urn:orvanda:acr:smart-card" })],
  ["a token whose reason is none", "TOKEN_MALFORMED", reasoned({ reason: "emergency" })],
  ["a token whose reason is a novel", "TOKEN_MALFORMED", reasoned({ reason: "Unconscious. ".repeat(40) })],
  [
    "a token whose reason draws on a screen",
    "TOKEN_MALFORMED",
    reasoned({ reason: "Unconscious \u001b[2J after a fall" }),
  ],
  ["a token whose reason has two lines", "TOKEN_MALFORMED", reasoned({ reason: "Unconscious\nafter a fall." })],
  [
    "a token whose reason is written backwards",
    "TOKEN_MALFORMED",
    reasoned({ reason: "Unconscious \u202e after a fall." }),
  ],
  ["a token whose reason is a list", "TOKEN_MALFORMED", reasoned({ reason: ["Unconscious after a fall."] })],
  ["a token whose reason numbers a person", "TOKEN_REJECTED", reasoned({ reason: "Unconscious: 3141592653, no kin." })],
  ["a token that nobody must hold", "TOKEN_MALFORMED", { claims: { cnf: {} } }],
  ["a token that another caller holds", "POSSESSION_NOT_PROVEN", { boundTo: { key: strangerKey } }],
  ["the token alone", "POSSESSION_NOT_PROVEN", () => ({ dpop: undefined })],
  [
    "the token as if it were a bearer's",
    "POSSESSION_NOT_PROVEN",
    (it) => ({ authorization: `Bearer ${tokenOf("caseworker", it)}` }),
  ],
  proof("a proof by another key", { key: strangerKey }),
  proof("a proof for another method", { claims: { htm: "GET" } }),
  proof("a proof for another address", { claims: { htu: "https://gateway.elsewhere.example/graphql" } }),
  proof("a proof for another path", { claims: { htu: "http://127.0.0.1/other" } }),
  proof("a proof for another token", { claims: { ath: "A".repeat(43) } }),
  proof("a proof without its token", { claims: { ath: undefined } }),
  proof("an old proof", { claims: { iat: seconds() - 600 } }),
  proof("a proof of tomorrow", { claims: { iat: seconds() + 86_400 } }),
  proof("a proof without a name", { claims: { jti: undefined } }),
  proof("a proof of another type", { header: { typ: "JWT" } }),
  proof("a proof without a key", { header: { jwk: undefined } }),
  [
    "two proofs",
    "POSSESSION_NOT_PROVEN",
    (it) => {
      const token = tokenOf("caseworker", it);
      const one = () => proofOf(token, `${it}/graphql`);
      return { authorization: `DPoP ${token}`, dpop: [one(), one()] };
    },
  ],
];

function detailed(details: readonly object[]): TokenChange {
  return { claims: { authorization_details: details } };
}

function reasoned(more: object): TokenChange {
  return detailed([{ type: "registry_access", purpose: "eligibility-assessment", ...more }]);
}

function proof(what: string, change: Parameters<typeof proofOf>[2]): BadToken {
  return [
    what,
    "POSSESSION_NOT_PROVEN",
    (it) => {
      const token = tokenOf("caseworker", it);
      return { authorization: `DPoP ${token}`, dpop: proofOf(token, `${it}/graphql`, change) };
    },
  ];
}

/** What a caller with this token sends. */
export function authorised(gateway: string, change: TokenChange): NonNullable<Sent["headers"]> {
  const token = tokenOf("caseworker", gateway, change);
  return { authorization: `DPoP ${token}`, dpop: proofOf(token, `${gateway}/graphql`) };
}
