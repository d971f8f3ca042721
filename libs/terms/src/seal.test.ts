import { aessiv } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toB64u } from "./encoding.js";
import { parsePartyId } from "./identifier.js";
import type { CanonicalPerson } from "./person.js";
import { deriveSealKey, Sealer } from "./seal.js";

const master = Uint8Array.from({ length: 32 }, (_, i) => i);
const health = deriveSealKey("p1", master, parsePartyId("org:health"));

test("the published vector holds", () => {
  const sealed = "p1.CprVbDLWajndJSEMer22CRAKL4l38fgMXqT361qKGpGeJt9hPVs5qmYLLfEISlqx";
  expect(new Sealer(health).seal("nid:1234567890" as CanonicalPerson)).toBe(sealed);
  expect(new Sealer(health).open(sealed)).toBe("nid:1234567890");
});

interface SealVectors {
  readonly masters: Readonly<Record<string, string>>;
  readonly cases: readonly { name: string; kid: string; party: string; canonical: string; sealed: string }[];
  readonly refused: readonly { name: string; kid: string; party: string; sealed: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../contracts/vectors/seal/seal.json", import.meta.url), "utf8"),
) as SealVectors;

test.each(vectors.cases)("vector: $name", ({ kid, party, canonical, sealed }) => {
  const sealer = new Sealer(deriveSealKey(kid, Buffer.from(vectors.masters[kid]!, "hex"), parsePartyId(party)));
  expect(sealer.seal(canonical as CanonicalPerson)).toBe(sealed);
  expect(sealer.open(sealed)).toBe(canonical);
});

test.each(vectors.refused)("vector: $name is refused", ({ kid, party, sealed }) => {
  const sealer = new Sealer(deriveSealKey(kid, Buffer.from(vectors.masters[kid]!, "hex"), parsePartyId(party)));
  expect(sealer.find(sealed)).toBeUndefined();
});

const person = fc
  .string({ unit: "binary", minLength: 1 })
  .filter((text) => Buffer.byteLength(text) <= 31 && text.isWellFormed());

test("every person seals to what an independent AES-SIV gives, and opens again", () => {
  const sealer = new Sealer(health);
  fc.assert(
    fc.property(person, (text) => {
      const plain = Buffer.alloc(32);
      plain.write(text);
      plain[Buffer.byteLength(text)] = 0x80;
      const oracle = aessiv(health.bytes, Buffer.from("weft/person/v1/org:health")).encrypt(plain);
      const ref = sealer.seal(text as CanonicalPerson);
      expect(ref).toBe(`p1.${toB64u(oracle)}`);
      expect(sealer.open(ref)).toBe(text);
    }),
  );
});

test("a reference is meaningless to any other party, under any other key, and when altered", () => {
  const ref = new Sealer(health).seal("nid:1234567890" as CanonicalPerson);
  expect(new Sealer(deriveSealKey("p1", master, parsePartyId("org:civil"))).find(ref)).toBeUndefined();
  expect(new Sealer(deriveSealKey("p2", master, parsePartyId("org:health"))).find(ref)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: ref.length - 1 }),
      fc.constantFrom("A", "b", "7", ".", "="),
      (at, character) => {
        const altered = ref.slice(0, at) + character + ref.slice(at + 1);
        expect(new Sealer(health).find(altered)).toBe(altered === ref ? "nid:1234567890" : undefined);
      },
    ),
  );
});
