import { createHash, generateKeyPairSync } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AgreementId,
  type B64u,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  parseJws,
  type PurposeCode,
  signJws,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { verifyPresentation } from "./presentation.js";
import { disclosureDigest, entryOf, issueRecord, type RecordDraft, RECORD_TYP } from "./record.js";
import type { Section } from "./record-parts.js";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const signer = { kid: "gateway-main-1", key: privateKey };
const now = new Date("2026-11-22T10:00:00Z");
const health = "org:health" as OrgId;
const signers = (kid: string) => (kid === signer.kid ? { iss: "gateway:main", key: publicKey } : undefined);
const expected = { audience: health, signers, now };

function refTo(n: number): SubjectRef {
  return `p1.${toB64u(Buffer.alloc(48, n))}` as SubjectRef;
}

function sectionFor(aud: string, subjects: readonly SubjectRef[]): Section {
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
    subjects,
    scope: null,
    consents: [],
    callerProof: null,
  };
}

function draftOf(sections: readonly Section[]): RecordDraft {
  return {
    kind: "intent",
    iss: "gateway:main",
    log: "log.orvanda.example/qv",
    caller: {
      consumer: "org:welfare" as OrgId,
      client: "client:welfare-casework" as PartyId,
      officer: "officer:8c1" as PartyId,
      purpose: "eligibility-assessment" as PurposeCode,
    },
    request: { operation: digestOf("o"), supergraph: digestOf("s"), policy: digestOf("p"), denied: [] },
    sections,
  };
}

const record = issueRecord(
  draftOf([sectionFor("org:civil", [refTo(1)]), sectionFor(health, [refTo(2), refTo(3)])]),
  signer,
  now,
);
const presentation = record.presentationFor(health);
const [jwt = "", caller = "", section = "", first = "", second = ""] = presentation.split("~");

test("the disclosure of RFC 9901 §4.2.1 has the digest of §4.2.3", () => {
  const text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
  expect(disclosureDigest(text)).toBe("X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
});

test("a provider is shown the caller, its own section and its subjects, and nothing of the others", () => {
  const view = verifyPresentation(presentation, expected);
  expect(view).toMatchObject({
    jti: record.jti,
    iss: "gateway:main",
    kind: "intent",
    iat: 1795341600,
    exp: 1795341630,
  });
  expect(view.caller.officer).toBe("officer:8c1");
  expect(view.section).toEqual(sectionFor(health, [refTo(2), refTo(3)]));
  expect([...view.subjects]).toEqual([refTo(2), refTo(3)]);
  expect(view.entry).toEqual(entryOf(record.jwt));
  const others = record.disclosures.filter((text) => !presentation.includes(text));
  expect(others.map((text) => Buffer.from(text, "base64url").toString()).join()).toContain("org:civil");
});

test("the JWT itself says nothing of who asked, of whom, and how many ministries were asked", () => {
  const clear = JSON.stringify(parseJws(record.jwt, RECORD_TYP).payload);
  for (const word of ["welfare", "officer", "eligibility", "civil", "health", "p1."]) expect(clear).not.toContain(word);
  const sizes = [0, 1, 6, 8, 9, 17].map((count) => {
    const sections = Array.from({ length: count }, (_, i) => sectionFor(`org:m${i}`, []));
    return (parseJws(issueRecord(draftOf(sections), signer, now).jwt, RECORD_TYP).payload["sections"] as []).length;
  });
  expect(sizes).toEqual([8, 8, 8, 8, 16, 32]);
});

test("an independent SD-JWT implementation reads the same from the presentation", async () => {
  const oracle = new SDJwtInstance({
    hasher: (data, algorithm) =>
      new Uint8Array(
        createHash(algorithm.replace("-", ""))
          .update(typeof data === "string" ? data : Buffer.from(data))
          .digest(),
      ),
    hashAlg: "sha-256",
  });
  const claims = (await oracle.getClaims(presentation)) as Record<string, unknown>;
  expect(claims["caller"]).toEqual(draftOf([]).caller);
  expect(claims["sections"]).toEqual([sectionFor(health, [refTo(2), refTo(3)])]);
  expect(claims["request"]).toBeUndefined();
  const whole = (await oracle.getClaims([record.jwt, ...record.disclosures, ""].join("~"))) as Record<string, unknown>;
  expect(whole["request"]).toMatchObject(draftOf([]).request!);
  expect(whole["sections"]).toHaveLength(2);
});

const otherRecord = issueRecord(draftOf([sectionFor(health, [refTo(2)])]), signer, now);
const otherSection = otherRecord.presentationFor(health).split("~")[2] ?? "";
const civilSection = record.presentationFor("org:civil" as OrgId).split("~")[2] ?? "";
const join = (...parts: string[]) => [...parts, ""].join("~");

test.each([
  ["no final tilde", presentation.slice(0, -1)],
  ["no disclosures", join(jwt)],
  ["the caller left out", join(jwt, section, first, second)],
  ["a subject held back", join(jwt, caller, section, first)],
  ["a subject given twice", join(jwt, caller, section, first, first, second)],
  ["subjects without their section", join(jwt, caller, first, second)],
  ["a second ministry's section", join(jwt, caller, section, civilSection, first, second)],
  ["only another ministry's section", record.presentationFor("org:civil" as OrgId)],
  ["the request, which is for the log", join(jwt, caller, record.disclosures[1] ?? "", section, first, second)],
  ["a section of another record", join(jwt, caller, otherSection, first, second)],
  ["all disclosures", join(jwt, ...record.disclosures)],
  ["an empty disclosure", join(jwt, caller, "", section, first, second)],
  ["a key-binding JWT", presentation + jwt],
])("a presentation with %s is refused", (_, text) => {
  expect(() => verifyPresentation(text, expected)).toThrow("not accepted");
});

test.each([-5.5, 36, 600])("a record is refused %d seconds after its issue", (seconds) => {
  const then = new Date(now.getTime() + seconds * 1000);
  expect(() => verifyPresentation(presentation, { ...expected, now: then })).toThrow("not accepted");
});

test.each([-5, 0, 30, 34])("a record is accepted %d seconds after its issue", (seconds) => {
  const then = new Date(now.getTime() + seconds * 1000);
  expect(verifyPresentation(presentation, { ...expected, now: then }).jti).toBe(record.jti);
});

test("a key signs in its own issuer's name only", () => {
  const theirs = (kid: string) => (kid === signer.kid ? { iss: "gateway:other", key: publicKey } : undefined);
  expect(() => verifyPresentation(presentation, { ...expected, signers: theirs })).toThrow("not accepted");
  expect(() => verifyPresentation(presentation, { ...expected, signers: () => undefined })).toThrow("not accepted");
});

/** A record as a captured gateway could sign it: any payload, any disclosures. */
function forged(change: (payload: Record<string, unknown>, disclosed: unknown[][]) => void): string {
  const payload = structuredClone(parseJws(otherRecord.jwt, RECORD_TYP).payload) as Record<string, unknown>;
  const parts = otherRecord
    .presentationFor(health)
    .split("~")
    .slice(1, -1)
    .map((text) => JSON.parse(Buffer.from(text, "base64url").toString()) as unknown[]);
  change(payload, parts);
  const [whose = [], what = [], ...who] = parts;
  const print = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const subjects = who.map(print);
  (what[1] as Record<string, unknown>)["subjects"] = subjects.map((text) => ({ "...": disclosureDigest(text) }));
  payload["_sd"] = [disclosureDigest(print(whose))];
  payload["sections"] = [{ "...": disclosureDigest(print(what)) }];
  return join(signJws(RECORD_TYP, payload, signer), print(whose), print(what), ...subjects);
}

test("the forger's tool makes an acceptable record when it changes nothing", () => {
  expect(
    verifyPresentation(
      forged(() => undefined),
      expected,
    ).subjects.size,
  ).toBe(1);
});

const valueAt = (parts: unknown[][], part: number, place: number) => parts[part]?.[place] as Record<string, unknown>;

test.each<[string, Parameters<typeof forged>[0]]>([
  ["an unknown member in the JWT", (payload) => (payload["note"] = "x")],
  ["another version", (payload) => (payload["v"] = 2)],
  ["another hash", (payload) => (payload["_sd_alg"] = "sha-512")],
  ["a lifetime of a day", (payload) => (payload["exp"] = Number(payload["iat"]) + 86_400)],
  ["an end before its start", (payload) => (payload["exp"] = Number(payload["iat"]) - 1)],
  ["a kind that is no intent", (payload) => (payload["kind"] = "outcome")],
  ["an unknown kind", (payload) => (payload["kind"] = "wish")],
  ["an unknown member in the caller", (_, parts) => (valueAt(parts, 0, 2)["role"] = "admin")],
  ["an unknown member in the section", (_, parts) => (valueAt(parts, 1, 1)["all"] = true)],
  ["an officer that is no party", (_, parts) => (valueAt(parts, 0, 2)["officer"] = "root")],
  ["a subject that is not sealed", (_, parts) => (parts[2] = [parts[2]?.[0], "nid:1234567890"])],
  ["one subject under two salts", (_, parts) => parts.push([toB64u(Buffer.alloc(16)), parts[2]?.[1]])],
  ["a short salt", (_, parts) => (parts[2] = ["AAAA", parts[2]?.[1]])],
  ["an unknown name", (_, parts) => (parts[0] = [parts[0]?.[0], "sections", parts[0]?.[2]])],
  ["a fourth element", (_, parts) => parts[0]?.push(1)],
])("a signed record with %s is refused", (_, change) => {
  expect(() => verifyPresentation(forged(change), expected)).toThrow("not accepted");
});

test("a flipped bit anywhere makes verification fail", () => {
  fc.assert(
    fc.property(fc.nat(presentation.length - 1), fc.constantFrom(0x01, 0x02, 0x10, 0x20), (place, bit) => {
      const bytes = Buffer.from(presentation);
      bytes.writeUInt8(bytes.readUInt8(place) ^ bit, place);
      expect(() => verifyPresentation(bytes.toString("latin1"), expected)).toThrow("not accepted");
    }),
    { numRuns: 500 },
  );
});

test("a disclosure has one text: spaces, other escapes and repeated members are refused", () => {
  const parts = JSON.parse(Buffer.from(first, "base64url").toString()) as [B64u, SubjectRef];
  for (const json of [JSON.stringify(parts, null, 1), `["${parts[0]}","\\u0070${parts[1].slice(1)}"]`]) {
    const text = Buffer.from(json).toString("base64url");
    expect(() => verifyPresentation(join(jwt, caller, section, text, second), expected)).toThrow("not accepted");
  }
});

test("one record has one section an audience", () => {
  expect(() => issueRecord(draftOf([sectionFor(health, []), sectionFor(health, [])]), signer, now)).toThrow("audience");
  expect(() => record.presentationFor("org:food" as OrgId)).toThrow("no section");
});
