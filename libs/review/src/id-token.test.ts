import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import { parseOrgId } from "#libs/terms";
import { type IdentityProvider, verifyIdToken } from "./id-token.js";

const now = new Date("2026-11-22T10:00:00Z");
const seconds = now.getTime() / 1000;
const own = generateKeyPairSync("ed25519").privateKey;
const others = generateKeyPairSync("ed25519").privateKey;
const period = { from: "2026-01-01T00:00:00Z", until: "2027-01-01T00:00:00Z" };
const jwkOf = (key: KeyObject) => createPublicKey(key).export({ format: "jwk" }) as Record<string, unknown>;

function providerOf(change: Partial<IdentityProvider> = {}): IdentityProvider {
  return {
    organisation: parseOrgId("org:civil"),
    iss: "https://issuer.civil.example",
    address: "https://issuer.civil.example",
    isSupervisory: false,
    keys: [{ kid: "civil-1", jwk: jwkOf(own), ...period }],
    ...change,
  };
}

const claims = {
  iss: "https://issuer.civil.example",
  aud: "review:main",
  sub: "officer:civil-dpo",
  nonce: "n",
  iat: seconds,
  exp: seconds + 120,
  auth_time: seconds,
  roles: ["dpo"],
};

type Members = Readonly<Record<string, unknown>>;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function tokenOf(change: Members = {}, header: Members = {}, key: KeyObject = own): string {
  const input = `${part({ alg: "EdDSA", kid: "civil-1", ...header })}.${part({ ...claims, ...change })}`;
  return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
}

const verify = (token: string, provider = providerOf()) =>
  verifyIdToken(token, { provider, clientId: "review:main", nonce: "n", now, maxAge: 300 });

test("an officer is who their own organisation's provider says, with the roles that are ours", async () => {
  const roles = ["dpo", "second-reviewer", "administrator"];
  expect(await verify(tokenOf({ roles }))).toEqual({
    organisation: "org:civil",
    officer: "officer:civil-dpo",
    roles: ["dpo", "second-reviewer"],
  });
});

test("only an organisation that supervises all gives the authority's role", async () => {
  await expect(verify(tokenOf({ roles: ["authority"] }))).rejects.toMatchObject({ code: "ROLE_REQUIRED" });
  expect((await verify(tokenOf({ roles: ["authority", "dpo"] }))).roles).toEqual(["dpo"]);
  const supervisory = providerOf({ isSupervisory: true });
  expect((await verify(tokenOf({ roles: ["authority"] }), supervisory)).roles).toEqual(["authority"]);
});

function unsigned(alg: string, signature = ""): string {
  return `${part({ alg, kid: "civil-1" })}.${part(claims)}.${signature}`;
}

/** The public key taken for a shared secret. */
function confused(): string {
  const input = unsigned("HS256").slice(0, -1);
  const secret = createPublicKey(own).export({ format: "der", type: "spki" });
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

test.each<[string, string]>([
  ["another organisation's key", tokenOf({}, {}, others)],
  ["a key that is not listed", tokenOf({}, { kid: "civil-2" })],
  ["no kid", tokenOf({}, { kid: undefined })],
  ["a key that it brings along", tokenOf({}, { kid: undefined, jwk: jwkOf(others) }, others)],
  ["no signature", unsigned("none")],
  ["a public key as a shared secret", confused()],
  ["another algorithm than the key's", tokenOf({}, { alg: "ES256" })],
  ["another issuer's name", tokenOf({ iss: "https://issuer.welfare.example" })],
  ["another console", tokenOf({ aud: "review:other" })],
  ["several consoles", tokenOf({ aud: ["review:main", "review:other"] })],
  ["another party's use", tokenOf({ azp: "review:other" })],
  ["another sign-in", tokenOf({ nonce: "m" })],
  ["another organisation", tokenOf({ org: "org:welfare" })],
  ["no officer", tokenOf({ sub: "org:civil" })],
  ["a name", tokenOf({ sub: "Amara Tessel" })],
  ["a token that is over", tokenOf({ exp: seconds - 6 })],
  ["a sign-in of long ago", tokenOf({ auth_time: seconds - 400 })],
  ["no moment of sign-in", tokenOf({ auth_time: undefined })],
  ["roles that are no list", tokenOf({ roles: "dpo" })],
  ["nothing at all", ""],
])("refused: %s", async (_what, token) => {
  await expect(verify(token)).rejects.toMatchObject({ code: "SIGN_IN_REJECTED" });
});

test("a key counts within its time, and a name that two keys have counts for none", async () => {
  const [key] = providerOf().keys;
  const ended = providerOf({ keys: [{ ...key!, until: "2026-11-01T00:00:00Z" }] });
  const twice = providerOf({ keys: [key!, { ...key!, jwk: jwkOf(others) }] });
  for (const provider of [ended, twice])
    await expect(verify(tokenOf(), provider)).rejects.toMatchObject({ code: "SIGN_IN_REJECTED" });
});
