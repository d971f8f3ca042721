import { sign, verify, createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { sandboxKey, sandboxPrivateJwk, sandboxSealMaster, verifierKey } from "./keys.js";

test("a sandbox key is the same on every machine and signs", () => {
  const key = sandboxKey("civil-agreement-1");
  expect(sandboxKey("civil-agreement-1").publicJwk).toEqual(key.publicJwk);
  expect(sandboxKey("civil-agreement-2").publicJwk.x).not.toBe(key.publicJwk.x);
  const signature = sign(null, Buffer.from("text"), key.privateKey);
  const publicKey = createPublicKey({ key: key.publicJwk, format: "jwk" });
  expect(verify(null, Buffer.from("text"), publicKey, signature)).toBe(true);
});

test("the private form is the same key, and the public form holds nothing private", () => {
  expect(sandboxPrivateJwk("log-1")).toMatchObject(sandboxKey("log-1").publicJwk);
  expect(sandboxKey("log-1").publicJwk).not.toHaveProperty("d");
});

test("the verifier key has the form of C2SP signed-note; the seal master has 32 bytes", () => {
  expect(verifierKey("log.orvanda.example/qv", sandboxKey("log-1"))).toMatch(
    /^log\.orvanda\.example\/qv\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}$/,
  );
  expect(sandboxSealMaster.bytes).toHaveLength(32);
});
