import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { type CanonicalPerson, type OrgId, Sealer, type Signer, deriveSealKey, signJws } from "#libs/terms";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConsentReceipt, type RegisterKeys, signReceipt, verifyReceipt } from "./receipt.js";

const pair = generateKeyPairSync("ed25519");
const register: Signer = {
  kid: "registry-consent-1",
  key: createPrivateKey(pair.privateKey.export({ format: "pem", type: "pkcs8" })),
};
const keys: RegisterKeys = (kid) =>
  kid === register.kid ? { iss: "org:registry", key: createPublicKey(pair.privateKey) } : undefined;
const provider = "org:disability" as OrgId;
const sealer = new Sealer(deriveSealKey("p1", new Uint8Array(32), provider));
const receipt = {
  iss: "org:registry",
  iat: 1_000,
  nbf: 1_000,
  exp: 2_000,
  jti: "0123456789abcdef",
  record_id: "r-1",
  record_version: 1,
  aud: provider,
  sub: sealer.seal("nid:1234567890" as CanonicalPerson),
  kind: "consent",
  recipient: "org:clinic",
  purposes: ["referral"],
  coordinates: ["DisabilityEnrolment.assessedLevel"],
  status: { status_list: { idx: 7, uri: "https://consent.orvanda.example/status/1" } },
} as unknown as ConsentReceipt;

test("what was signed is what is read", () => {
  expect(verifyReceipt(signReceipt(receipt, register), keys, provider)).toEqual(receipt);
});

test("a receipt for another provider, by another issuer or with an unknown member is refused", () => {
  const altered: [object, RegExp][] = [
    [{ ...receipt, aud: "org:civil" }, /audience/],
    [{ ...receipt, iss: "org:welfare" }, /issuer/],
    [{ ...receipt, extra: 1 }, /members/],
    [{ ...receipt, purposes: [] }, /members/],
    [{ ...receipt, kind: "permission" }, /members/],
    [{ ...receipt, recipient: "any" }, /members/],
  ];
  for (const [payload, detail] of altered) {
    const text = signJws("consent-receipt+jwt", payload, register);
    expect(() => verifyReceipt(text, keys, provider)).toThrow(
      expect.objectContaining({ detail: expect.stringMatching(detail) as string }),
    );
  }
});

test("only an objection or a protection may speak of every recipient, purpose and field", () => {
  const objection = {
    ...receipt,
    kind: "objection",
    recipient: "any",
    purposes: [],
    coordinates: [],
  } as unknown as ConsentReceipt;
  expect(verifyReceipt(signReceipt(objection, register), keys, provider)).toEqual(objection);
});

test("no text but the signed one is accepted", () => {
  const text = signReceipt(receipt, register);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom("A", "z", "0", "-", "_", "."), (at, character) => {
      const other = text.slice(0, at) + character + text.slice(at + 1);
      if (other !== text) expect(() => verifyReceipt(other, keys, provider)).toThrow();
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(fc.string(), (other) => {
      expect(() => verifyReceipt(other, keys, provider)).toThrow();
    }),
    { numRuns: 50 },
  );
});
