import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessLetter, signLetter } from "#libs/review";
import { findLetter, verifyLetter } from "./letter-file.js";
import { NotVerified } from "./not-verified.js";

// Signed by jose, verified by WebCrypto: each is the other's oracle.
const { privateKey } = generateKeyPairSync("ed25519");
const { x } = createPublicKey(privateKey).export({ format: "jwk" });
const keys = [{ iss: "review:main", kid: "review-1", x: x! }];
const letter = {
  iss: "review:main",
  number: "r-2026-17",
  accesses: [
    { at: "2026-11-22T10:00:00Z", consumer: { words: "Social Welfare Office" }, proof: { index: 7, jwt: "j" } },
  ],
} as unknown as AccessLetter;
const text = await signLetter(letter, { kid: "review-1", key: privateKey });
const reasonOf = (of: string, pinned = keys) =>
  verifyLetter(findLetter(of)!, pinned).then(
    () => "verified",
    (error: unknown) => (error instanceof NotVerified ? error.reason : String(error)),
  );

test("a letter is believed with the key of the console that it names, and each access brings its own proof", async () => {
  expect(await reasonOf(text)).toBe("verified");
  expect(findLetter(text)!.accesses).toEqual([
    { index: 7, at: "2026-11-22T10:00:00Z", who: "Social Welfare Office", proof: '{"jwt":"j"}' },
  ]);
  expect(await reasonOf(text, [])).toBe("letter-unknown");
  expect(await reasonOf(text, [{ ...keys[0]!, x: "A".repeat(43) }])).toBe("letter-signature");
});

test("one altered letter of what is signed, and it is believed no more", async () => {
  const jws = JSON.parse(text) as { payload: string };
  await fc.assert(
    fc.asyncProperty(fc.nat(jws.payload.length - 1), async (at) => {
      const other = jws.payload[at] === "A" ? "B" : "A";
      const payload = jws.payload.slice(0, at) + other + jws.payload.slice(at + 1);
      const altered = JSON.stringify({ ...jws, payload });
      const reason = await Promise.resolve()
        .then(() => reasonOf(altered))
        .catch((error: NotVerified) => error.reason);
      expect(["letter-form", "letter-signature", "letter-unknown"]).toContain(reason);
    }),
  );
});

test("a single proof, and what is no JSON, is no letter", () => {
  for (const other of ['{"jwt":"a","disclosures":null,"proof":"b"}', "", "[]", "{", "null"])
    expect(findLetter(other)).toBeUndefined();
  expect(() => findLetter('{"payload":1,"protected":"a"}')).toThrow(NotVerified);
});
