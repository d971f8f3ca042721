import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "#libs/terms";
import { signCheckpoint } from "./checkpoint.js";
import { cosign, cosignatureSigner, findCosignature, pinWitnesses, witnessVerifier } from "./cosignature.js";
import { type Edge, emptyEdge, grow, rootOf } from "./edge.js";
import { noteSigner, noteVerifier, parseNote, parseVkey, printNote } from "./note.js";
import { consistencyRanges, type Hash, leafHash } from "./tree.js";
import { type AddCheckpoint, decideCosignature, parseAddCheckpoint, printAddCheckpoint } from "./witness.js";

const origin = "log.orvanda.example/qv";
const log = generateKeyPairSync("ed25519").privateKey;
const key = generateKeyPairSync("ed25519").privateKey;
const name = "witness.example/authority";

const leaves = Array.from({ length: 40 }, (_, i) => leafHash(sha256(`entry ${i}`)));
const edgeOf = (hashes: readonly Hash[]): Edge => grow(emptyEdge, hashes).edge;
const noteAt = (size: number) =>
  signCheckpoint({ origin, size, root: rootOf(edgeOf(leaves.slice(0, size))) }, noteSigner(origin, log));
const proofOf = (from: number, to: number) =>
  consistencyRanges(from, to).map((range) => rootOf(edgeOf(leaves.slice(range.from, range.to))));

const sizes = fc.integer({ min: 0, max: 40 });

test("of any sizes that are asked for, in any order, a witness cosigns only what continues what it cosigned", () => {
  const asked = fc.array(fc.record({ old: sizes, size: sizes, lies: fc.boolean() }), { maxLength: 12 });
  fc.assert(
    fc.property(asked, (requests) => {
      let latest = 0;
      for (const { old, size, lies } of requests) {
        const proof = lies || old > size ? [Buffer.alloc(32)] : proofOf(old, size);
        const known = { origin, size: latest, root: rootOf(edgeOf(leaves.slice(0, latest))) };
        const body = printAddCheckpoint({ oldSize: old, proof, note: noteAt(size) });
        const decision = decideCosignature(body, { logs: [noteVerifier(origin, log)], latest: () => known });
        const right = old === latest && old <= size && !lies;
        expect(decision.status === 200).toBe(right);
        if (decision.status === 200) latest = decision.checkpoint.size;
      }
    }),
    { numRuns: 60 },
  );
});

test("a request is read as it was printed, and any text is decided on without an exception", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const request = fc.record({ oldSize: fc.nat(), proof: fc.array(hash, { maxLength: 63 }), note: fc.string() });
  fc.assert(
    fc.property(request, (sent: AddCheckpoint) => {
      expect(parseAddCheckpoint(printAddCheckpoint(sent))).toEqual(sent);
    }),
    { numRuns: 50 },
  );
  const body = printAddCheckpoint({ oldSize: 3, proof: proofOf(3, 7), note: noteAt(7) });
  const known = { origin, size: 3, root: rootOf(edgeOf(leaves.slice(0, 3))) };
  const knowledge = { logs: [noteVerifier(origin, log)], latest: () => known };
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.string({ maxLength: 3 }), fc.nat(3), (at, put, cut) => {
      const changed = body.slice(0, at) + put + body.slice(at + cut);
      expect(decideCosignature(changed, knowledge).status === 200).toBe(changed === body);
    }),
    { numRuns: 200 },
  );
});

test("a cosignature holds for its text, its time and its witness, byte by byte", () => {
  const { text } = parseNote(noteAt(5));
  const witness = witnessVerifier(name, key);
  const signature = cosign(text, cosignatureSigner(name, key), 1_795_312_800);
  expect(findCosignature(text, signature, witness)).toBe(1_795_312_800);
  expect(findCosignature(text, signature, witnessVerifier("witness.example/other", key))).toBeUndefined();
  for (let at = 0; at < signature.bytes.length; at += 1) {
    const bytes = Buffer.from(signature.bytes);
    bytes[at]! ^= 1;
    expect(() => findCosignature(text, { ...signature, bytes }, witness)).toThrow();
  }
  expect(parseNote(printNote({ text, signatures: [signature] })).signatures).toEqual([signature]);
});

test("a key of one type is not one of the other, and one key is one witness", () => {
  const { vkey } = witnessVerifier(name, key);
  expect(() => parseVkey(vkey)).toThrow();
  expect(() => pinWitnesses({ quorum: 1, vkeys: [noteVerifier(name, key).vkey] })).toThrow();
  const again = witnessVerifier("witness.example/second", key).vkey;
  expect(() => pinWitnesses({ quorum: 1, vkeys: [vkey, again] })).toThrow("same key");
  expect(() => pinWitnesses({ quorum: 2, vkeys: [vkey] })).toThrow("cannot be reached");
  expect(pinWitnesses({ quorum: 0, vkeys: [] }).verifiers).toEqual([]);
});
