import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { PartyId } from "#libs/terms";
import { expect, test } from "vitest";
import { type AdapterKeys, signAssertion, verifyAssertion } from "./adapter-assertion.js";
import { civil } from "./country.fixture.js";

/** An assertion is worth something only on the connection that it names. */
const now = new Date("2026-11-28T12:00:00Z");
const signer = { kid: "civil-adapter-1", key: generateKeyPairSync("ed25519").privateKey };
const adapter = { id: "adapter:civil" as PartyId, signer };
const keys: AdapterKeys = (kid) =>
  kid === signer.kid ? { iss: adapter.id, provider: civil, key: createPublicKey(signer.key) } : undefined;
const call = { audience: "https://consent.example", call: "GET /feed" } as const;
const [own, others] = ["A".repeat(43), "B".repeat(43)];

test.each([
  ["without TLS, none is named and none demanded", undefined, undefined, false, true],
  ["none is named where certificates are asked for", undefined, own, true, false],
  ["its own certificate is shown", own, own, true, true],
  ["another's certificate is shown", own, others, true, false],
  ["one is named and none is shown", own, undefined, true, false],
  ["one is named and nobody can see whether it is shown", own, undefined, false, false],
])("%s", (_, named, shown, mustBeBound, accepted) => {
  const text = signAssertion(adapter, { ...call, certificate: named }, now);
  const verify = () => verifyAssertion(text, keys, { ...call, certificate: shown, mustBeBound }, now);
  if (accepted) expect(verify()).toMatchObject({ provider: civil });
  else expect(verify).toThrow(expect.objectContaining({ code: "ASSERTION_REJECTED" }));
});
