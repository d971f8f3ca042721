import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { disclosedTo, issueRecord, readDisclosures, RECORD_TYP, RecordPayload, type Section } from "#libs/access-log";
import { type Contracts, loadContracts } from "#libs/contracts";
import { type Coordinate, digestOf, parseJws, parseOrgId, parsePartyId, type SubjectRef, toB64u } from "#libs/terms";
import { sandboxKey } from "../../../../apps/sandbox/src/keys.js";
import { toldFrom } from "./delay.js";
import { type FoundAccess, foundIn, joined } from "./found.js";
import { AccessLetter, letterAt, letterOf } from "./letter.js";
import { printReviewSchemas } from "./json-schema.js";
import { signLetter, verifyLetter } from "./sign-letter.js";

const gateway = { kid: "gateway-1", key: generateKeyPairSync("ed25519").privateKey };
const own = generateKeyPairSync("ed25519");
const now = new Date("2026-11-22T10:00:00Z");
const refOf = (name: string) => `p1.${toB64u(Buffer.from(name.padEnd(24, ".")))}` as SubjectRef;
const [amara, cousin] = [refOf("amara"), refOf("cousin")];

let contracts: Contracts;
beforeAll(async () => {
  contracts = await loadContracts("contracts", { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
});

const section = (provider: string, agreement: string, coordinates: string[], subjects: SubjectRef[]): Section => ({
  aud: parseOrgId(provider),
  agreement: agreement as never,
  version: 1,
  digest: digestOf("a"),
  basis: "PUBLIC_TASK",
  fetches: [
    { n: 0, text: digestOf("t"), args: toB64u(Buffer.alloc(32)), coordinates: coordinates as Coordinate[], inputs: [] },
  ],
  subjects,
  scope: null,
  consents: [],
  callerProof: null,
});

/** One access to two people at one ministry, and to one of them at another. */
function access(index = 7, officer = "officer:8c1"): FoundAccess {
  const caller = {
    consumer: parseOrgId("org:welfare"),
    client: parsePartyId("client:casework"),
    officer: parsePartyId(officer),
    purpose: "eligibility-assessment" as never,
    case: "c-2026-0042" as never,
  };
  const sections = [
    section("org:civil", "dsa-civil-welfare-2026", ["Identity.fullName", "VitalStatus.finding"], [amara, cousin]),
    section("org:food", "dsa-food-welfare-2026", ["FoodEnrolment.status"], [cousin]),
  ];
  const request = { operation: null, supergraph: digestOf("s"), policy: digestOf("p"), denied: [] };
  const record = issueRecord(
    { kind: "intent", iss: "gateway:main", log: "log.example", caller, request, sections },
    gateway,
    now,
  );
  const disclosures = disclosedTo({ all: true }, record, [amara]);
  const hit = {
    index,
    at: now,
    kind: "intent" as const,
    access: index,
    caller,
    denied: [],
    refused: undefined,
    outcome: { status: "answered" as const, index: 9, sources: [] },
    sections: sections.map((it) => ({
      provider: it.aud,
      agreement: it.agreement,
      version: 1,
      basis: it.basis,
      coordinates: it.fetches.flatMap(({ coordinates }) => coordinates),
      entry: undefined,
      persons: it.subjects.length,
      subjects: it.subjects.filter((subject) => subject === amara),
    })),
  };
  return { ...foundIn(hit, { index, jwt: record.jwt, disclosures }, [amara])!, proof: `proof of ${index}` };
}

const request = {
  number: "r-2026-17" as never,
  organisation: parseOrgId("org:welfare"),
  period: { from: "2026-11-01", until: "2026-11-30" },
  parts: [],
  language: "en" as const,
};
const about = { request, own: [] as FoundAccess[], seesAll: false, iss: "review:main", log: "log.example" };

test("what is handed over of an access holds the person's own part of it: no officer, no case, nobody else", () => {
  const found = access();
  expect(found.sections.map(({ provider }) => provider)).toEqual(["org:civil"]);
  const payload = RecordPayload.parse(parseJws(found.jwt, RECORD_TYP).payload);
  const { named, sections } = readDisclosures(found.disclosures, payload);
  expect(named.size).toBe(0);
  expect(sections.map(({ section: { aud, subjects } }) => [aud, subjects])).toEqual([["org:civil", [amara]]]);
  const texts = found.disclosures.map((text) => Buffer.from(text, "base64url").toString("utf8")).join();
  for (const kept of [cousin, "officer:8c1", "c-2026-0042", "org:food"]) expect(texts).not.toContain(kept);
});

test("a letter says in the person's words who asked, why, what and on which ground, and calls no officer by their pseudonym", () => {
  const letter = letterOf({ ...about, own: [access(9, "officer:b"), access(8), access(7)] }, contracts, now);
  expect(letter.accesses.map(({ staff }) => staff)).toEqual(["B", "A", "A"]);
  const [first] = letter.accesses;
  expect(first).toMatchObject({
    consumer: { words: "Social Welfare Office" },
    purpose: { words: "Deciding an application" },
    sources: [{ basis: { words: "a public task" }, provision: "Social Benefits Act s. 12(3)" }],
  });
  expect(first!.sources[0]!.categories.map(({ code }) => code)).toContain("identity");
  expect(JSON.stringify(letter)).not.toMatch(/officer:|c-2026-0042/);
  expect(AccessLetter.parse(letter)).toEqual(letter);
  const arabic = letterOf({ ...about, request: { ...request, language: "ar" }, own: [access()] }, contracts, now);
  const told = [arabic.organisation.words, ...arabic.says, ...arabic.accesses.map(({ purpose }) => purpose.words)];
  for (const words of told) expect(words).toMatch(/[\u0600-\u06FF]/);
});

test("the same record, seen by two houses, is one access", () => {
  const [whole] = [access()];
  const seen = { ...whole, sections: [], disclosures: [] };
  expect(joined([[seen], [whole]])).toEqual([whole]);
});

test("a letter says whose part is missing", () => {
  const parts = [
    { organisation: parseOrgId("org:civil"), state: "asked" as const, accesses: [] },
    { organisation: parseOrgId("org:cash"), state: "contributed" as const, accesses: [access(3)] },
  ];
  const letter = letterOf({ ...about, request: { ...request, parts } }, contracts, now);
  expect(letter.covers.map(({ state }) => state)).toEqual(["complete", "missing", "complete"]);
  expect(letter.accesses.map(({ proof }) => proof.index)).toEqual([3]);
});

test("what a law lets the person hear of later is counted, and nothing of it is told until then", () => {
  const delayed = {
    ...contracts,
    agreements: contracts.agreements.map((signed) => ({
      ...signed,
      agreement: {
        ...signed.agreement,
        grants: signed.agreement.grants.map((grant) => ({
          ...grant,
          ...(signed.agreement.agreement === "dsa-civil-welfare-2026" && {
            notice: { delay: "P90D", provision: "Inquiries Act s. 4" },
          }),
        })),
      },
    })),
  };
  const found = access();
  expect(toldFrom(found, contracts)).toEqual(now);
  expect(toldFrom(found, delayed).toISOString()).toBe("2027-02-20T10:00:00.000Z");
  const letter = letterOf({ ...about, own: [found] }, delayed, now);
  expect([letter.accesses, letter.withheld]).toEqual([[], 1]);
  const later = letterOf({ ...about, own: [found] }, delayed, new Date("2027-02-20T10:00:00Z"));
  expect([later.accesses.length, later.withheld]).toEqual([1, 0]);
});

test("one altered byte of a letter, another key, or another name for it, and it is no letter", async () => {
  const signer = { kid: "review-1", key: own.privateKey };
  const letter = letterOf({ ...about, own: [access()] }, contracts, now);
  const text = await signLetter(letter, signer);
  const keys = (iss: string, kid: string) => (iss === "review:main" && kid === "review-1" ? own.publicKey : undefined);
  expect(await verifyLetter(text, keys)).toEqual(letter);
  const rejected = expect.objectContaining({ code: "RECORD_REJECTED" });
  const jws = JSON.parse(text) as { payload: string };
  const changed = toB64u(Buffer.from(JSON.stringify({ ...letter, withheld: 1 })));
  await expect(verifyLetter(JSON.stringify({ ...jws, payload: changed }), keys)).rejects.toEqual(rejected);
  await expect(verifyLetter(text, () => undefined)).rejects.toEqual(rejected);
  await expect(verifyLetter(text, () => generateKeyPairSync("ed25519").publicKey)).rejects.toEqual(rejected);
  await expect(verifyLetter("{}", keys)).rejects.toEqual(rejected);
});

test("officers are lettered as the columns of a sheet are", () => {
  expect([0, 25, 26, 51, 52, 701, 702].map(letterAt)).toEqual(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
});

test("the published schemas are those that letters are held to", () => {
  for (const [file, text] of printReviewSchemas())
    expect(JSON.parse(readFileSync(`contracts/schemas/${file}`, "utf8")), file).toEqual(JSON.parse(text));
});
