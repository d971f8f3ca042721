import { createPublicKey, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isCode, parseOrgId, WeftError } from "#libs/terms";
import { openWitnessed, pinWitnesses } from "./cosignature.js";
import { parseVkey } from "./note.js";
import { verifyPresentation } from "./presentation.js";
import { pinLogs, verifyProof } from "./proof.js";
import { disclosureDigest, entryOf } from "./record.js";
import { verifyConsistency } from "./tree.js";
import { decideCosignature } from "./witness.js";

// The language-neutral vectors, read as another implementation would read them.

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../contracts/vectors/${name}`, import.meta.url), "utf8"));
}

interface Want {
  readonly accepted?: Readonly<Record<string, unknown>>;
  readonly refused?: string;
}

/** What `run` gives in the words of a vector's `want`. */
function observed(run: () => Readonly<Record<string, unknown>>): Want {
  try {
    return { accepted: run() };
  } catch (error) {
    return { refused: error instanceof WeftError && isCode(error.code) ? error.code : "another error" };
  }
}

const presentations = read("records/presentations.json") as {
  signers: { kid: string; iss: string; jwk: JsonWebKey }[];
  cases: { name: string; now: string; audience: string; presentation: string; want: Want }[];
};

const keys = new Map(
  presentations.signers.map(({ kid, iss, jwk }) => [kid, { iss, key: createPublicKey({ key: jwk, format: "jwk" }) }]),
);

test.each(presentations.cases)("presentation: $name", ({ now, audience, presentation, want }) => {
  const seen = observed(() => {
    const expected = { audience: parseOrgId(audience), signers: (kid: string) => keys.get(kid), now: new Date(now) };
    const { subjects, entry, ...view } = verifyPresentation(presentation, expected);
    return { ...view, subjects: [...subjects], entry: entry.toString("hex") };
  });
  expect(seen).toEqual(want);
});

test("each disclosure of the record has its digest, and the JWT its entry", () => {
  const record = read("records/disclosures.json") as {
    jwt: string;
    entry: string;
    disclosures: { text: string; digest: string; json: string }[];
  };
  expect(entryOf(record.jwt).toString("hex")).toBe(record.entry);
  for (const { text, digest, json } of record.disclosures) {
    expect(disclosureDigest(text)).toBe(digest);
    expect(Buffer.from(json).toString("base64url")).toBe(text);
  }
});

const inclusion = read("proofs/inclusion.json") as {
  vkeys: string[];
  cases: { name: string; entry: string; proof: string; want: Want }[];
};

test.each(inclusion.cases)("inclusion: $name", ({ entry, proof, want }) => {
  const seen = observed(() => {
    const { index, size, root } = verifyProof(proof, Buffer.from(entry, "hex"), pinLogs(inclusion.vkeys));
    return { index, size, root: root.toString("hex") };
  });
  expect(seen).toEqual(want);
});

interface VectorTree {
  readonly size: number;
  readonly root: string;
}

const consistency = read("proofs/consistency.json") as {
  cases: { name: string; older: VectorTree; newer: VectorTree; hashes: string[]; consistent: boolean }[];
};

test.each(consistency.cases)("consistency: $name", ({ older, newer, hashes, consistent }) => {
  const treeOf = ({ size, root }: VectorTree) => ({ size, root: Buffer.from(root, "hex") });
  const proof = hashes.map((hash) => Buffer.from(hash, "base64"));
  expect(verifyConsistency(proof, treeOf(older), treeOf(newer))).toBe(consistent);
});

const cosignatures = read("cosignatures/cosignatures.json") as {
  logs: string[];
  witnesses: string[];
  cases: { name: string; quorum: number; now: number; note: string; want: Want }[];
};

test.each(cosignatures.cases)("cosignatures: $name", ({ quorum, now, note, want }) => {
  const seen = observed(() => {
    const witnesses = pinWitnesses({ quorum, vkeys: cosignatures.witnesses });
    const { size, root, witnessedAt } = openWitnessed(note, pinLogs(cosignatures.logs), witnesses, now);
    return { size, root: root.toString("hex"), witnessedAt };
  });
  expect(seen).toEqual(want);
});

const addCheckpoint = read("cosignatures/add-checkpoint.json") as {
  logs: string[];
  cases: { name: string; latest?: VectorTree; body: string; want: object }[];
};

test.each(addCheckpoint.cases)("a witness: $name", ({ latest, body, want }) => {
  const logs = addCheckpoint.logs.map((vkey) => parseVkey(vkey));
  const known = latest && { size: latest.size, root: Buffer.from(latest.root, "hex") };
  const decision = decideCosignature(body, { logs, latest: (origin) => known && { origin, ...known } });
  expect(decision).toMatchObject(want);
});
