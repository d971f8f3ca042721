import { generateKeyPairSync } from "node:crypto";
import { issueRecord, type RecordDraft, type Section } from "#libs/access-log";
import {
  type AgreementId,
  type Coordinate,
  type Digest,
  parseOrgId,
  parsePartyId,
  type PurposeCode,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { expect, test } from "vitest";
import type { Names } from "./names.js";
import { openRecord, recordInWords } from "./record-words.js";

const signer = { kid: "gateway-main-1", key: generateKeyPairSync("ed25519").privateKey };
const digest = `sha-256:${"A".repeat(43)}` as Digest;
const now = new Date("2026-11-21T10:00:00Z");

const known = new Map<string, string>([
  ["org:welfare", "Social Welfare"],
  ["org:civil", "Civil Register"],
  ["org:pay", "Payments"],
  ["eligibility-assessment", "Deciding an application"],
  ["Identity.fullName", "Identity: Full name"],
  ["VitalStatus.finding", "Vital record: Finding"],
]);

const names: Names = {
  organisation: (id) => known.get(id) ?? id,
  purpose: (code) => known.get(code) ?? code,
  field: (coordinate) => known.get(coordinate) ?? coordinate,
  isStructure: (coordinate) => coordinate.startsWith("PageInfo."),
  provision: () => "Social Benefits Act s. 12(3)",
};

const caller = {
  consumer: parseOrgId("org:welfare"),
  client: parsePartyId("client:casework"),
  officer: parsePartyId("officer:8c1"),
  purpose: "eligibility-assessment" as PurposeCode,
  case: "c-2026-0042" as never,
};

const section: Section = {
  aud: parseOrgId("org:civil"),
  agreement: "dsa-civil-welfare-2026" as AgreementId,
  version: 3,
  digest,
  basis: "PUBLIC_TASK",
  fetches: [
    {
      n: 0,
      text: digest,
      args: toB64u(Buffer.alloc(32)),
      coordinates: ["Identity.fullName", "PageInfo.endCursor", "VitalStatus.finding"] as Coordinate[],
      inputs: [],
    },
  ],
  subjects: [`p1.${"A".repeat(64)}` as SubjectRef],
  scope: null,
  consents: [],
  callerProof: null,
};

const request = {
  operation: digest,
  supergraph: digest,
  policy: digest,
  denied: [
    { coordinate: "Payment.amount" as Coordinate, code: "PURPOSE_NOT_ALLOWED" as const },
    { coordinate: "Payment.paidOn" as Coordinate, code: "PURPOSE_NOT_ALLOWED" as const },
  ],
};

function words(draft: Partial<RecordDraft>, erased = false): string {
  const record = issueRecord(
    { kind: "intent", iss: "gateway:main", log: "log.example/qv", sections: [], ...draft },
    signer,
    now,
  );
  return recordInWords(openRecord(7, record.jwt, erased ? null : record.disclosures), names);
}

const opening = "Record 7 of log.example/qv, 2026-11-21 10:00:00 UTC, written by gateway:main.";

test("who asked whom, why, on what ground, which fields, about how many, and what was refused", () => {
  expect(words({ caller, request, sections: [section] })).toBe(
    `${opening} Social Welfare (officer:8c1, with client:casework) asked about 1 person for the purpose "Deciding an application", ` +
      `case c-2026-0042. Civil Register was asked about 1 person on the ground of public task, Social Benefits Act s. 12(3) ` +
      `(agreement dsa-civil-welfare-2026, version 3): "Identity: Full name", "Vital record: Finding". ` +
      `Refused: "Payment.amount", "Payment.paidOn" (not agreed for this purpose).`,
  );
});

test("a list, its inputs, its consents, and nothing refused", () => {
  const scope = { entry: "Query.roster" as Coordinate, maxRows: 50 };
  const fetch = section.fetches[0]!;
  const list: Section = {
    ...section,
    subjects: [],
    scope,
    consents: ["r1", "r2"],
    fetches: [{ ...fetch, inputs: ["Identity.fullName" as Coordinate] }],
  };
  const { case: _none, ...caseless } = caller;
  const text = words({ caller: caseless, request: { ...request, denied: [] }, sections: [list] });
  expect(text).toContain("asked about the persons of a list");
  expect(text).toContain("without a case");
  expect(text).toContain("was asked about at most 50 persons of a list");
  expect(text).toContain('; it was told "Identity: Full name"; 2 consent receipts came along.');
  expect(text).toContain("Nothing was refused.");
});

test("an emergency is told with its reason, word for word, and how the officer had signed in", () => {
  const emergency = { reason: "Unconscious after a fall.", acr: "urn:a:card", authTime: now.getTime() / 1000 - 90 };
  const callerProof = { token: "a.b.c", emergency };
  expect(words({ caller, request, sections: [{ ...section, basis: "VITAL_INTEREST", callerProof }] })).toContain(
    `on the ground of vital interest, Social Benefits Act s. 12(3) (agreement dsa-civil-welfare-2026, version 3): ` +
      `"Identity: Full name", "Vital record: Finding". The reason given was "Unconscious after a fall."; ` +
      `the officer had signed in by urn:a:card at 2026-11-21 09:58:30 UTC.`,
  );
});

test("a refusal says why, and that nothing was read", () => {
  const refused = { code: "RATE_EXCEEDED" as const, times: 12 };
  expect(words({ kind: "refusal", caller, request: { ...request, denied: [], refused } })).toBe(
    `${opening} Social Welfare (officer:8c1, with client:casework) asked for the purpose "Deciding an application", ` +
      `case c-2026-0042. 12 requests were refused: too many requests. Nothing was read. Nothing was refused.`.replace(
        " Nothing was refused.",
        "",
      ),
  );
});

test("rows and outcomes name the request that they belong to", () => {
  const parent = toB64u(Buffer.alloc(16));
  const rows = words({ kind: "rows", iss: "adapter:civil", parent, caller, sections: [section] });
  expect(rows).toContain("Civil Register found 1 person by a list and recorded them before it answered.");
  expect(rows).toContain(`It belongs to the request ${parent}.`);
  const outcome = {
    status: "partial" as const,
    sources: [{ provider: parseOrgId("org:pay"), persons: 2, withheld: 1, aliases: [] }],
  };
  expect(words({ kind: "outcome", parent, outcome })).toContain(
    "The question was answered in part. Payments looked up 2 persons and withheld 1 person.",
  );
});

test("an erased record says that it was there, and nothing else", () => {
  expect(words({ caller, request, sections: [section] }, true)).toBe(
    `${opening} What it said was erased in time; that it was there can still be proven.`,
  );
});

test("a record never shows whom it is about", () => {
  expect(words({ caller, request, sections: [section] })).not.toContain("p1.");
});

test("what was looked at or done in the console is told too, each kind in its own words", () => {
  const investigation = toB64u(Buffer.alloc(16));
  const day = { from: "2026-11-21T00:00:00Z", until: "2026-11-22T10:00:00Z" };
  const said = (look: object) =>
    words({ kind: "review", iss: "review:main", caller, sections: [], review: { scope: "own", look: look as never } });
  expect(said({ kind: "suspend", agreement: "dsa-civil", version: 3, digest, reason: "breach" })).toContain(
    "It suspended agreement dsa-civil, version 3, at once (breach).",
  );
  expect(said({ kind: "summary", ...day, sample: { size: 5, seed: "s" } })).toContain(
    "and at 5 accesses drawn by lot.",
  );
  expect(said({ kind: "consents", ...day })).toContain("It counted the consents of 2026-11-21");
  const step = { kind: "investigation", investigation, of: [3, 9], reason: "pattern" };
  expect(said({ ...step, step: "asked", to: "superior" })).toContain(
    'Step "asked" of an investigation of records 3, 9 (pattern, of the superior).',
  );
  expect(said({ ...step, step: "proposed", outcome: "mistake" })).toContain("(pattern, mistake).");
});
