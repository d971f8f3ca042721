import { createPublicKey, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isCode, parseOrgId, WeftError } from "#libs/terms";
import { verifyPresentation } from "./presentation.js";
import { pinLogs, verifyProof } from "./proof.js";
import { disclosureDigest, entryOf } from "./record.js";
import { verifyConsistency } from "./tree.js";

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
