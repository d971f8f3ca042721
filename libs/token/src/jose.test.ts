import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { sha256, toB64u } from "#libs/terms";
import fc from "fast-check";
import { EmbeddedJWK, SignJWT, calculateJwkThumbprint, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { importKey, parseCompact, verifyCompact } from "./compact.js";
import { signAccessToken, signDpop, thumbprintOf } from "./issue.js";
import {
  callerKey,
  claims,
  config,
  ecKey,
  edKey,
  gateway,
  issuerKey,
  jwkOf,
  now,
  request,
  token,
} from "./parties.fixture.js";
import { verifyAccessToken } from "./verify.js";

/** `jose` as the oracle of what we do ourselves on the hot path. */

test.each([
  ["Ed25519", callerKey],
  ["P-256", ecKey],
])("thumbprint of an %s key", async (_, key) => {
  expect(thumbprintOf(key)).toBe(await calculateJwkThumbprint(jwkOf(key)));
});

test.each([
  ["Ed25519", issuerKey],
  ["P-256", ecKey],
])("what we sign with an %s key, jose verifies", async (_, key) => {
  const accessToken = signAccessToken(claims(), { kid: "k", key });
  const it = await jwtVerify(accessToken, createPublicKey(key), { typ: "at+jwt", audience: gateway, currentDate: now });
  expect(it.payload).toEqual(payloadOf(accessToken));
  const dpop = signDpop({ method: "POST", url: `${gateway}?q=1`, token: accessToken }, key, now);
  const { payload } = await jwtVerify(dpop, EmbeddedJWK, { typ: "dpop+jwt", currentDate: now });
  expect(payload).toMatchObject({ htm: "POST", htu: gateway, ath: toB64u(sha256(accessToken)) });
});

function payloadOf(accessToken: string): unknown {
  return parseCompact(accessToken)?.payload;
}

test.each([
  ["EdDSA", callerKey],
  ["ES256", ecKey],
])("a proof that jose signs with %s, we accept", async (alg, key) => {
  const accessToken = token({ claims: { cnf: { jkt: thumbprintOf(key) } } });
  const dpop = await new SignJWT({
    htm: "POST",
    htu: gateway,
    ath: toB64u(sha256(accessToken)),
    jti: crypto.randomUUID(),
  })
    .setProtectedHeader({ alg, typ: "dpop+jwt", jwk: jwkOf(key) })
    .setIssuedAt(now)
    .sign(key);
  expect((await verifyAccessToken(request(accessToken, { dpop }), config(), now)).officer).toBe("officer:8c1");
});

test("we accept a signature exactly where jose does", async () => {
  const key = importKey(jwkOf(issuerKey));
  const parts = fc.tuple(fc.boolean(), fc.nat(63), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), parts, async (payload, [bend, place, by]) => {
      const jws = await new SignJWT(payload).setProtectedHeader({ alg: "EdDSA" }).sign(issuerKey);
      const [input, signature] = [
        jws.slice(0, jws.lastIndexOf(".")),
        Buffer.from(jws.slice(jws.lastIndexOf(".") + 1), "base64url"),
      ];
      if (bend) signature.writeUInt8(signature.readUInt8(place) ^ by, place);
      const compact = parseCompact(`${input}.${toB64u(signature)}`);
      expect(compact !== undefined && key !== undefined && verifyCompact(compact, key)).toBe(!bend);
    }),
  );
});

test("keys of other kinds, private keys and points off the curve are not keys", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
  const offCurve = { ...jwkOf(ecKey), y: toB64u(Buffer.alloc(32, 1)) };
  const short = { ...jwkOf(edKey("x")), x: "AAAA" };
  for (const jwk of [rsa, p384, offCurve, short, ecKey.export({ format: "jwk" }), {}]) {
    expect(importKey({ ...jwk })).toBeUndefined();
  }
});
