import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  entryOf,
  hashOf,
  inclusionRanges,
  issueRecord,
  leafHash,
  nodeHash,
  noteSigner,
  noteVerifier,
  printProof,
  signCheckpoint,
  type Section,
  type Subtree,
} from "#libs/access-log";
import {
  type AgreementId,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  type SubjectRef,
  sha256,
  toB64u,
} from "#libs/terms";
import { fromB64u, fromBase64, toBase64 } from "./bytes.js";
import { NotVerified } from "./not-verified.js";
import { type Pins, type ProvenAccess, verifyAccess } from "./verify.js";

// The log's own code makes what is verified here by other code: each is the other's oracle.
const log = "log.orvanda.example/qv";
const [gateway, logKey, witnessKey] = [1, 2, 3].map(() => generateKeyPairSync("ed25519").privateKey) as [
  never,
  never,
  never,
];
const issued = issueRecord(
  {
    kind: "intent",
    iss: "gateway:main",
    log,
    caller: {
      consumer: "org:welfare" as OrgId,
      client: "client:welfare-casework" as PartyId,
      officer: "officer:8c1" as PartyId,
      purpose: "eligibility-assessment" as PurposeCode,
    },
    sections: ["org:health", "org:civil"].map(sectionFor),
  },
  { kid: "gateway-main-1", key: gateway },
  new Date("2026-11-22T10:00:00Z"),
);
const publicX = (key: never) => noteVerifier("x", key).key.export({ format: "jwk" }).x!;
const witness = witnessVkey("witness.example/1");
const pins: Pins = {
  logs: [noteVerifier(log, logKey).vkey],
  witnesses: [witness.vkey],
  issuers: [{ iss: "gateway:main", kid: "gateway-main-1", x: publicX(gateway) }],
};

function sectionFor(aud: string): Section {
  return {
    aud: aud as OrgId,
    agreement: "dsa-health-welfare-2026" as AgreementId,
    version: 3,
    digest: digestOf("agreement"),
    basis: "PUBLIC_TASK",
    fetches: [
      {
        n: 0,
        text: digestOf("query"),
        args: toB64u(Buffer.alloc(32, 1)),
        coordinates: ["Person.health" as Coordinate],
        inputs: [],
      },
    ],
    subjects: [`p1.${toB64u(Buffer.alloc(48, 7))}` as SubjectRef],
    scope: null,
    consents: [],
    callerProof: null,
  };
}

/** c2sp.org/tlog-cosignature: type 0x04, and 8 bytes of time before the signature. */
function witnessVkey(name: string) {
  const typed = Buffer.concat([Buffer.of(0x04), Buffer.from(publicX(witnessKey), "base64url")]);
  const keyId = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
  return { name, keyId, vkey: `${name}+${keyId.toString("hex")}+${typed.toString("base64")}` };
}

function cosigned(note: string, time: number): string {
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(time));
  const text = note.slice(0, note.lastIndexOf("\n\n") + 1);
  const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), witnessKey);
  return `${note}— ${witness.name} ${Buffer.concat([witness.keyId, seconds, signature]).toString("base64")}\n`;
}

/** The record at `index` among `size`; the others are not of interest. */
function provenAt(index: number, size: number): ProvenAccess {
  const leaves = Array.from({ length: size }, (_, at) =>
    leafHash(at === index ? entryOf(issued.jwt) : Buffer.alloc(32, at % 251)),
  );
  const subtree = ({ level, index: at }: Subtree): Buffer =>
    level === 0
      ? leaves[at]!
      : nodeHash(subtree({ level: level - 1, index: 2 * at }), subtree({ level: level - 1, index: 2 * at + 1 }));
  const checkpoint = signCheckpoint(
    { origin: log, size, root: hashOf({ from: 0, to: size }, subtree) },
    noteSigner(log, logKey),
  );
  const hashes = inclusionRanges(index, size).map((range) => hashOf(range, subtree));
  return {
    jwt: issued.jwt,
    disclosures: issued.disclosures,
    proof: printProof({ index, hashes, checkpoint: cosigned(checkpoint, 1_795_342_000) }),
  };
}

test("an access is verified wherever it stands in a log of whatever size, and who cosigned is told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 70 }), fc.nat(), async (size, at) => {
      const seen = await verifyAccess(provenAt(at % size, size), pins);
      expect(seen).toMatchObject({ index: at % size, size, witnesses: [{ name: witness.name, time: 1_795_342_000 }] });
      expect(seen.record).toMatchObject({ iss: "gateway:main", kind: "intent" });
    }),
    { numRuns: 60 },
  );
});

test("what it disclosed comes back; without disclosures it is still proven that there was a record", async () => {
  const { disclosed } = await verifyAccess(provenAt(3, 5), pins);
  expect(disclosed.map((parts) => parts.at(1))).toContain("caller");
  expect((await verifyAccess({ ...provenAt(3, 5), disclosures: null }, pins)).disclosed).toEqual([]);
});

/** What is altered, and the reason that is told. */
const whole = provenAt(5, 9);
test.each<[string, Partial<ProvenAccess>, Partial<Pins>, string]>([
  ["another place", { proof: whole.proof.replace("index 5", "index 4") }, {}, "not-included"],
  ["a place beyond the tree", { proof: whole.proof.replace("index 5", "index 9") }, {}, "not-included"],
  ["another log's key", {}, { logs: [noteVerifier(log, gateway).vkey] }, "log-signature"],
  ["no pinned log", {}, { logs: [] }, "log-unknown"],
  ["a witness in the place of the log", {}, { logs: [witness.vkey] }, "log-unknown"],
  ["a mistyped key", {}, { logs: [pins.logs[0]!.replace("orvanda", "orvandb")] }, "key-form"],
  ["an unknown issuer", {}, { issuers: [] }, "issuer-unknown"],
  ["another issuer's key", {}, { issuers: [{ ...pins.issuers[0]!, x: publicX(logKey) }] }, "issuer-signature"],
  [
    "a text that the record does not refer to",
    { disclosures: [toB64u(Buffer.from('["c2FsdHNhbHRzYWx0c2FsdA","caller",{}]'))] },
    {},
    "disclosure",
  ],
  ["a text twice", { disclosures: [issued.disclosures[0]!, issued.disclosures[0]!] }, {}, "disclosure"],
  ["a person without the section that names them", { disclosures: [issued.disclosures.at(-1)!] }, {}, "disclosure"],
  ["no proof", { proof: "" }, {}, "proof-form"],
  ["no record", { jwt: "a.b.c" }, {}, "record-form"],
])("%s is not believed", async (_, access, believed, reason) => {
  await expect(verifyAccess({ ...whole, ...access }, { ...pins, ...believed })).rejects.toMatchObject({ reason });
});

test("a byte altered anywhere in record or proof is noticed, but for a witness's line, which then counts for nothing", async () => {
  for (const part of ["jwt", "proof"] as const) {
    const bytes = Buffer.from(whole[part]);
    const own = Buffer.byteLength(
      part === "proof" ? whole.proof.slice(0, whole.proof.indexOf(`— ${witness.name}`)) : whole.jwt,
    );
    for (const place of bytes.keys()) {
      const altered = Buffer.from(bytes);
      altered[place]! ^= 0x01;
      const seen = await verifyAccess({ ...whole, [part]: altered.toString() }, pins).catch((error: unknown) => error);
      if (place < own) expect(seen, `${part}, byte ${place}`).toBeInstanceOf(NotVerified);
      else if (!(seen instanceof NotVerified)) expect(seen).toMatchObject({ witnesses: [] });
    }
  }
});

test("encodings are read in one form only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      expect(toBase64(Uint8Array.from(bytes))).toBe(text);
      expect(Buffer.from(fromBase64(text)!)).toEqual(Buffer.from(bytes));
      expect(Buffer.from(fromB64u(Buffer.from(bytes).toString("base64url"))!)).toEqual(Buffer.from(bytes));
    }),
  );
  for (const text of ["QQ", "QR==", "Q Q=", "QQ=", "é"]) expect(fromBase64(text)).toBeUndefined();
  for (const text of ["QR", "Q", "QQ=", "+w"]) expect(fromB64u(text)).toBeUndefined();
});
