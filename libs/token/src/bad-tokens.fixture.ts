import { createHmac, sign } from "node:crypto";
import { type Code, toB64u } from "#libs/terms";
import {
  bankKey,
  callerKey,
  claims,
  edKey,
  encoded,
  gateway,
  issuerKey,
  jwkOf,
  proof,
  seconds,
  token,
} from "./parties.fixture.js";

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
const secondMember = (name: string, value: string) =>
  resigned(head, encoded(JSON.stringify(claims()).replace("{", `{"${name}":${value},`)));

/** What is wrong with the token, the code that answers it, the token. */
export const badTokens: readonly (readonly [string, Code, string])[] = [
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
  ["brings its own key (jwk)", "TOKEN_MALFORMED", token({ header: { jwk: jwkOf(callerKey) } })],
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
  ["is bound to a whole key", "TOKEN_MALFORMED", token({ claims: { cnf: { jwk: jwkOf(callerKey) } } })],
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

/** The bits that base64url's last character does not use, set. */
function respelt(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
}
