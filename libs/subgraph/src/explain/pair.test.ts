import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { RecordSigners } from "#libs/access-log";
import type { CanonicalPerson, OrgId } from "#libs/terms";
import { openPair, type PairKey, sealPair } from "./pair.js";

/** To an officer: who you are is read by your own house, and by the one that knows with whom you live. To nobody between them. */
const [welfare, clinic] = ["org:welfare" as OrgId, "org:clinic" as OrgId];
const keyOf = (kid: string) => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
const [own, stranger] = [keyOf("welfare-adapter-1"), keyOf("welfare-adapter-1")];
const signers: RecordSigners = (kid) => (kid === own.kid ? { iss: welfare, key: createPublicKey(own.key) } : undefined);
const holder = generateKeyPairSync("x25519");
const to: PairKey = { kid: "civil-household-1", jwk: holder.publicKey.export({ format: "jwk" }) as never };
const person = (last: number) => `nid:100000000${last}` as CanonicalPerson;
const pair = { house: welfare, officer: [person(9), "cash-no:C00000009" as CanonicalPerson], person: [person(1)] };

test("what the officer's house sealed, the house that knows opens", async () => {
  expect(await openPair(await sealPair(pair, own, to), holder.privateKey, signers)).toEqual(pair);
});

test("it is of one length whoever is in it, and no two are alike", async () => {
  const nobody = { house: welfare, officer: [], person: [] };
  const sealed = await Promise.all([pair, pair, nobody].map((one) => sealPair(one, own, to)));
  expect(new Set(sealed.map(({ length }) => length)).size).toBe(1);
  expect(new Set(sealed).size).toBe(3);
  expect(sealed.join()).not.toMatch(/1000000|C0000/);
});

test("another's key, another house's signature, a signature for another house, or a byte that was changed open nothing", async () => {
  const sealed = await sealPair(pair, own, to);
  expect(await openPair(sealed, generateKeyPairSync("x25519").privateKey, signers)).toBeUndefined();
  expect(await openPair(await sealPair(pair, stranger, to), holder.privateKey, signers)).toBeUndefined();
  expect(
    await openPair(await sealPair({ ...pair, house: clinic }, own, to), holder.privateKey, signers),
  ).toBeUndefined();
  for (const at of [10, sealed.length - 30, sealed.length - 3]) {
    const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
    expect(await openPair(changed, holder.privateKey, signers)).toBeUndefined();
  }
  for (const text of ["", "x", "a.b.c.d.e", sealed + sealed, "x".repeat(10_000)])
    expect(await openPair(text, holder.privateKey, signers)).toBeUndefined();
});
