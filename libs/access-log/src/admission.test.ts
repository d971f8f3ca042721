import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
  digestOf,
  type OrgId,
  parseJws,
  type PartyId,
  type PurposeCode,
  random16,
  signJws,
  type SubjectRef,
} from "#libs/terms";
import { admit, Submission } from "./admission.js";
import { disclosureDigest, entryOf, issueRecord, type IssuedRecord, RECORD_TYP, type RecordDraft } from "./record.js";
import { leafHash } from "./tree.js";

const origin = "log.orvanda.example/qv";
const now = new Date("2026-11-22T10:00:00Z");
const keyOf = (kid: string) => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
const [gateway, adapter, log] = [keyOf("gateway-main-1"), keyOf("civil-adapter-1"), keyOf("log-1")];
const issuers = new Map([
  [gateway.kid, { iss: "gateway:main", key: gateway.key }],
  [adapter.kid, { iss: "adapter:civil", key: adapter.key }],
  [log.kid, { iss: origin, key: log.key }],
]);
const requestKey = digestOf("token and proof");

function draft(change: Partial<RecordDraft> = {}): RecordDraft {
  return {
    kind: "intent",
    iss: "gateway:main",
    log: origin,
    caller: {
      consumer: "org:welfare" as OrgId,
      client: "client:welfare-casework" as PartyId,
      officer: "officer:8c1" as PartyId,
      purpose: "eligibility-assessment" as PurposeCode,
    },
    request: { operation: digestOf("o"), supergraph: digestOf("s"), policy: digestOf("p"), denied: [] },
    sections: [],
    ...change,
  };
}

const issue = (change: Partial<RecordDraft> = {}, signer = gateway, at = now) => issueRecord(draft(change), signer, at);
const submit = ({ jwt, disclosures }: IssuedRecord, more: object = { requestKey }) => ({
  jwt,
  disclosures: [...disclosures],
  ...more,
});
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const take = (submission: unknown) =>
  admit(Submission.parse(submission), { origin, signers: (kid) => issuers.get(kid) }, now);

const parent = random16();
const outcome = { kind: "outcome", parent, outcome: { status: "answered", sources: [] } } as const;
const section = {
  aud: "org:civil" as OrgId,
  agreement: "dsa-civil-welfare-2026",
  version: 1,
  digest: digestOf("agreement"),
  basis: "PUBLIC_TASK",
  fetches: [],
  subjects: [`p1.${random16()}${random16()}` as SubjectRef],
  scope: null,
  consents: [],
  callerProof: null,
} as unknown as RecordDraft["sections"][number];

test("a first intent is taken with its request key, and its leaf is of its JWT", () => {
  const record = issue({ sections: [section] });
  expect(take(submit(record))).toMatchObject({
    leaf: leafHash(entryOf(record.jwt)),
    jti: record.jti,
    kind: "intent",
    parent: undefined,
    requestKey,
    exp: later(30),
  });
});

test.each<[string, () => IssuedRecord]>([
  ["a child intent", () => issue({ parent })],
  ["an outcome of the gateway", () => issue(outcome)],
  ["a refusal", () => issue({ kind: "refusal" })],
  ["rows of an adapter", () => issue({ kind: "rows", iss: "adapter:civil", parent, sections: [section] }, adapter)],
])("%s is taken without a request key", (_, record) => {
  expect(take(submit(record(), {})).requestKey).toBeUndefined();
});

const resigned = (change: object) => {
  const record = issue();
  return submit({
    ...record,
    jwt: signJws(RECORD_TYP, { ...parseJws(record.jwt, RECORD_TYP).payload, ...change }, gateway),
  });
};
const whole = issue({ sections: [section] });

test.each<[string, () => unknown]>([
  ["no JWT", () => ({ jwt: "", disclosures: [], requestKey })],
  [
    "another typ",
    () => ({ ...submit(issue()), jwt: signJws("at+jwt", parseJws(issue().jwt, RECORD_TYP).payload, gateway) }),
  ],
  ["an expired record", () => submit(issue({}, gateway, later(-60)))],
  ["a record of the future", () => submit(issue({}, gateway, later(30)))],
  ["a lifetime of an hour", () => submit(issue({ lifetime: 3600 }))],
  ["another log's origin", () => submit(issue({ log: "log.other.example" }))],
  ["an unknown key", () => submit(issue({}, { ...gateway, kid: "gateway-main-2" }))],
  ["another's key", () => submit(issue({}, { ...gateway, key: adapter.key }))],
  ["another's name", () => submit(issue({ iss: "gateway:other" }))],
  ["an intent of an adapter", () => submit(issue({ iss: "adapter:civil" }, adapter))],
  ["rows of a gateway", () => submit(issue({ kind: "rows", parent }))],
  ["rows without a parent", () => submit(issue({ kind: "rows", iss: "adapter:civil" }, adapter))],
  ["an outcome without a parent", () => submit(resignedWithoutParent())],
  ["an outcome that says nothing", () => submit(issue({ kind: "outcome", parent }))],
  ["the log's own outcome from outside", () => submit(issue({ ...outcome, iss: origin }, log))],
  ["a kind that nobody may send", () => submit(issue({ kind: "erasure" }))],
  ["a first intent without its request key", () => submit(issue(), {})],
  ["the caller left out", () => ({ ...submit(issue()), disclosures: issue().disclosures.slice(1) })],
  ["a person left out", () => ({ ...submit(whole), disclosures: whole.disclosures.slice(0, -1) })],
  ["a disclosure given twice", () => ({ ...submit(whole), disclosures: [...whole.disclosures, whole.disclosures[0]] })],
  [
    "a section kept from the log as if it were a decoy",
    () => ({ ...submit(whole), disclosures: whole.disclosures.slice(0, 2) }),
  ],
  ["a second caller for the ministries", () => secondCaller()],
  ["a word where a digest belongs", () => resigned({ _sd: ["nid:1234567890"] })],
  ["disclosures of another record", () => ({ ...submit(issue()), disclosures: issue().disclosures })],
  ["an unknown member in the JWT", () => resigned({ x: 1 })],
  ["a personal word in the JWT", () => resigned({ sub: "nid:1234567890" })],
  [
    "a digest that is referred to twice",
    () => resigned({ sections: [0, 1].map(() => ({ "...": disclosureDigest("x") })) }),
  ],
])("%s is refused", (_, submission) => {
  expect(() => take(submission())).toThrow(expect.objectContaining({ code: "RECORD_INVALID" }) as Error);
});

/** Two callers in one JWT: the log would be shown the one, a ministry the other. */
function secondCaller(): unknown {
  const [one, other] = [issue(), issue({ sections: [section] })];
  const digests = [...one.disclosures, other.disclosures[0]!].map(disclosureDigest);
  const payload = { ...parseJws(one.jwt, RECORD_TYP).payload, _sd: digests };
  return { ...submit(one), jwt: signJws(RECORD_TYP, payload, gateway) };
}

function resignedWithoutParent(): IssuedRecord {
  const { parent: _, ...rest } = outcome;
  return issue(rest);
}

test.each<[string, object]>([
  ["an unknown member", { more: 1 }],
  ["a request key that is none", { requestKey: "x" }],
  ["disclosures that are no texts", { disclosures: [1] }],
])("a submission with %s is refused", (_, change) => {
  expect(Submission.safeParse({ ...submit(issue()), ...change }).success).toBe(false);
});
