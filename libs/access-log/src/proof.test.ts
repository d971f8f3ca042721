import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCheckpoint, printCheckpoint, signCheckpoint } from "./checkpoint.js";
import { noteSigner, noteVerifier, openNote, parseNote, parseVkey, printNote, signNote } from "./note.js";
import { parseProof, pinLogs, printProof, verifyProof } from "./proof.js";
import { emptyRoot, hashOf, inclusionRanges, leafHash, nodeHash, type Subtree } from "./tree.js";

/** An element that must be there. */
function at<T>(list: ArrayLike<T>, index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${index}`);
  return found;
}

const origin = "log.orvanda.example/qv";
const { privateKey } = generateKeyPairSync("ed25519");
const signer = noteSigner(origin, privateKey);
const { vkey } = noteVerifier(origin, privateKey);

const entries = Array.from({ length: 7 }, (_, i) => Buffer.alloc(32, i));
const hashes = entries.map(leafHash);
const subtree = ({ level, index }: Subtree): Buffer =>
  level === 0
    ? at(hashes, index)
    : nodeHash(subtree({ level: level - 1, index: 2 * index }), subtree({ level: level - 1, index: 2 * index + 1 }));
const checkpoint = signCheckpoint({ origin, size: 7, root: hashOf({ from: 0, to: 7 }, subtree) }, signer);
const proofOf = (index: number) =>
  printProof({ index, hashes: inclusionRanges(index, 7).map((range) => hashOf(range, subtree)), checkpoint });

test("the published example of a verifier key is read and printed again", () => {
  const known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  expect(parseVkey(known)).toMatchObject({ name: "PeterNeumann", vkey: known });
  const note =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n" +
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  expect(openNote(note, [parseVkey(known)])).toContain("cryptography");
  expect(() => openNote(note.replace("answer", "answers"), [parseVkey(known)])).toThrow();
});

test.each([
  ["no key", "name"],
  ["a hash of another name", vkey.replace("orvanda", "orvandb")],
  ["another key", vkey.slice(0, -4) + "AAAA"],
  ["a space in the name", ` ${vkey}`],
])("a verifier key with %s is refused", (_, text) => {
  expect(() => parseVkey(text)).toThrow();
});

test("what verifies is at its index", () => {
  for (const [index, entry] of entries.entries()) {
    expect(verifyProof(proofOf(index), entry, pinLogs([vkey]))).toMatchObject({ origin, index, size: 7 });
  }
});

test("a proof is of one entry, one index and one pinned log", () => {
  expect(() => verifyProof(proofOf(3), at(entries, 4), pinLogs([vkey]))).toThrow();
  expect(() => verifyProof(proofOf(3).replace("index 3", "index 2"), at(entries, 3), pinLogs([vkey]))).toThrow();
  expect(() => verifyProof(proofOf(3), at(entries, 3), pinLogs([]))).toThrow();
  const other = noteVerifier(origin, generateKeyPairSync("ed25519").privateKey).vkey;
  expect(() => verifyProof(proofOf(3), at(entries, 3), pinLogs([other]))).toThrow();
  const impostor = noteSigner("other.example/log", privateKey);
  const foreign = signNote(printCheckpoint({ origin, size: 7, root: hashOf({ from: 0, to: 7 }, subtree) }), impostor);
  const both = pinLogs([vkey, noteVerifier("other.example/log", privateKey).vkey]);
  expect(() => verifyProof(proofOf(3).replace(checkpoint, foreign), at(entries, 3), both)).toThrow();
});

test("a flipped byte anywhere makes verification fail, also with the checkpoint seen before", () => {
  const logs = pinLogs([vkey]);
  const bytes = Buffer.from(proofOf(5));
  verifyProof(bytes.toString(), at(entries, 5), logs);
  for (const place of bytes.keys()) {
    for (const bit of [0x01, 0x20]) {
      const altered = Buffer.from(bytes);
      altered[place] = at(altered, place) ^ bit;
      expect(() => verifyProof(altered.toString(), at(entries, 5), logs), `byte ${place}`).toThrow();
    }
  }
});

test("signatures of unknown keys are ignored, a wrong one of a known key refuses the note", () => {
  const parsed = parseNote(checkpoint);
  const stranger = { name: "witness.example", keyId: Buffer.alloc(4), bytes: Buffer.alloc(64) };
  expect(
    openNote(printNote({ ...parsed, signatures: [stranger, ...parsed.signatures] }), pinLogs([vkey]).verifiers),
  ).toBe(parsed.text);
  const wrong = { ...at(parsed.signatures, 0), bytes: Buffer.alloc(64) };
  const spoilt = printNote({ ...parsed, signatures: [...parsed.signatures, wrong] });
  expect(() => openNote(spoilt, pinLogs([vkey]).verifiers)).toThrow();
});

const mutation = fc.tuple(fc.nat(), fc.constantFrom("", "\n", " ", "0", "A", "=", "+", "— ", "\u0000", "é"), fc.nat(2));

/** The parser of each format against edits of a real text: whatever it accepts, its printer prints again, byte for byte. */
function acceptsOnlyWhatPrints<T>(text: string, parse: (text: string) => T, print: (value: T) => string): void {
  expect(print(parse(text))).toBe(text);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (edits) => {
      const edited = edits.reduce((now, [at, insert, remove]) => {
        const place = at % (now.length + 1);
        return now.slice(0, place) + insert + now.slice(place + remove);
      }, text);
      let parsed: T;
      try {
        parsed = parse(edited);
      } catch {
        return;
      }
      expect(print(parsed)).toBe(edited);
    }),
    { numRuns: 400 },
  );
}

test("no parser accepts what its printer would not produce", () => {
  acceptsOnlyWhatPrints(checkpoint, parseNote, printNote);
  acceptsOnlyWhatPrints(parseNote(checkpoint).text, parseCheckpoint, printCheckpoint);
  acceptsOnlyWhatPrints(proofOf(5), parseProof, printProof);
  acceptsOnlyWhatPrints(vkey, parseVkey, (verifier) => verifier.vkey);
});

test.each([
  ["a leading zero", `${origin}\n07\n${at(hashes, 0).toString("base64")}\n`],
  ["an extension line", `${origin}\n7\n${at(hashes, 0).toString("base64")}\nmore\n`],
  ["a short root", `${origin}\n7\n${Buffer.alloc(31).toString("base64")}\n`],
  ["an empty tree of another root", `${origin}\n0\n${at(hashes, 0).toString("base64")}\n`],
  ["no origin", `\n0\n${emptyRoot.toString("base64")}\n`],
])("a checkpoint with %s is refused", (_, text) => {
  expect(() => parseCheckpoint(text)).toThrow();
});
