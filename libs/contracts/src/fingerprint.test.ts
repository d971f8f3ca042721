import fc from "fast-check";
import { calculateJwkThumbprint } from "jose";
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { fingerprintOf, isFingerprintOf, thumbprintOf } from "./fingerprint.js";

/** RFC 8037, appendix A.3. */
const jwk = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

test("a key's thumbprint is that of RFC 7638, whatever else its file says", () => {
  expect(thumbprintOf(jwk)).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  expect(thumbprintOf({ d: "secret", kid: "any", use: "sig", ...jwk })).toBe(thumbprintOf(jwk));
});

test("the same of a key of any kind, as another implementation finds it", async () => {
  for (const pair of [generateKeyPairSync("ed25519"), generateKeyPairSync("ec", { namedCurve: "P-256" })]) {
    const any = pair.publicKey.export({ format: "jwk" });
    expect(thumbprintOf(any)).toBe(await calculateJwkThumbprint(any as never));
  }
});

test("what is read out is eight groups of five digits", () => {
  expect(fingerprintOf(jwk)).toMatch(/^(\d{5} ){7}\d{5}$/);
  const bytes = Buffer.from(thumbprintOf(jwk), "base64url");
  expect(fingerprintOf(jwk).split(" ").map(Number)).toEqual(
    [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(at)),
  );
});

test("it is recognised however it was written down, and nothing else is", () => {
  const spoken = fingerprintOf(jwk);
  expect(isFingerprintOf(spoken, jwk)).toBe(true);
  expect(isFingerprintOf(spoken.replaceAll(" ", "-"), jwk)).toBe(true);
  expect(isFingerprintOf(thumbprintOf(jwk), jwk)).toBe(true);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const digits = spoken.replaceAll(" ", "");
      const other = digits.slice(0, at) + String((Number(digits[at]) + by) % 10) + digits.slice(at + 1);
      expect(isFingerprintOf(other, jwk)).toBe(false);
    }),
  );
  expect(isFingerprintOf("", jwk)).toBe(false);
  expect(isFingerprintOf(spoken.slice(0, -6), jwk)).toBe(false);
});
