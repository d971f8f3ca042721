import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientKeysOf, isSignedByClient } from "./client-proof.js";
import type { Client } from "./organisation.js";

const ed25519 = generateKeyPairSync("ed25519").privateKey;
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const stranger = generateKeyPairSync("ed25519").privateKey;
const jwkOf = (key: KeyObject) => createPublicKey(key).export({ format: "jwk" }) as never;
const client: Client = {
  id: "client:one",
  keys: [
    { kid: "ed", jwk: jwkOf(ed25519) },
    { kid: "ec", jwk: jwkOf(p256) },
  ],
  purposes: ["enrolment" as never],
  binding: "dpop",
};
const known = clientKeysOf(client);

function assertion(header: object, key: KeyObject): string {
  const input = [header, { sub: "client:one" }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const text = input.join(".");
  return `${text}.${sign(key.asymmetricKeyType === "ec" ? "sha256" : null, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

let verified: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  verified = vi.spyOn(crypto.subtle, "verify");
});
afterEach(() => verified.mockRestore());

const good = { alg: "EdDSA", kid: "ed" };
test.each([
  ["its own key", good, ed25519, known, true, 1],
  ["its own key of the other kind", { alg: "ES256", kid: "ec" }, p256, known, true, 1],
  ["a stranger's", good, stranger, known, false, 1],
  ["a key under another's name", { alg: "EdDSA", kid: "ec" }, ed25519, known, false, 1],
  ["a key that it has not", { alg: "EdDSA", kid: "none" }, ed25519, known, false, 1],
  ["no key's name", { alg: "EdDSA" }, ed25519, known, false, 1],
  ["any key, of a client that does not exist", good, ed25519, [], false, 1],
  ["any key of the other kind, of one that does not exist", { alg: "ES256", kid: "ec" }, p256, [], false, 1],
  // What nobody may use is refused for everybody alike.
  ["another algorithm", { alg: "HS256", kid: "ed" }, ed25519, known, false, 0],
  ["another algorithm, of one that does not exist", { alg: "HS256", kid: "ed" }, ed25519, [], false, 0],
] as const)(
  "signed with %s: the signatures that are verified do not tell who exists",
  async (_says, header, key, keys, holds, verifications) => {
    expect(await isSignedByClient(assertion(header, key), keys)).toBe(holds);
    expect(verified).toHaveBeenCalledTimes(verifications);
  },
);

test("what is no JWS is nobody's", async () => {
  for (const text of ["", "a", "a.b.c", "..", `${"x".repeat(9)}.e30.AA`])
    expect(await isSignedByClient(text, known)).toBe(false);
});
