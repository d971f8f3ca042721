import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import {
  type AgreementId,
  type B64u,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  type SubjectRef,
  toB64u,
} from "#libs/terms";
import { issueRecord, type RecordDraft } from "../record.js";
import type { CallerPart, OutcomePart, Section } from "../record-parts.js";
import { readEntry } from "./entry.js";
import { memorySearch } from "./memory.js";
import type { SearchQuery } from "./search.js";

const signer = { kid: "k", key: generateKeyPairSync("ed25519").privateKey };
const org = (name: string) => `org:${name}` as OrgId;
const ref = (name: string) => `p1.${toB64u(Buffer.from(name.padEnd(16, ".")))}` as SubjectRef;
const caller: CallerPart = {
  consumer: org("welfare"),
  client: "client:casework" as PartyId,
  officer: "officer:8c1" as PartyId,
  purpose: "eligibility-assessment" as PurposeCode,
};
const denied = [{ coordinate: "Payments.last" as Coordinate, code: "PURPOSE_NOT_ALLOWED" as const }];
const request = { operation: null, supergraph: digestOf("s"), policy: digestOf("p"), denied };

function section(provider: string, coordinates: string[], subjects: SubjectRef[]): Section {
  const fetch = { n: 0, text: digestOf("t"), args: toB64u(Buffer.alloc(32)), inputs: [] };
  return {
    aud: org(provider),
    agreement: `dsa-${provider}` as AgreementId,
    version: 1,
    digest: digestOf("a"),
    basis: "PUBLIC_TASK",
    fetches: [{ ...fetch, coordinates: coordinates as Coordinate[] }],
    subjects,
    scope: null,
    consents: [],
    callerProof: null,
  };
}

/** A log of its own: what is appended is searched at once. */
function trial() {
  const search = memorySearch();
  let index = 0;
  const append = (draft: Partial<RecordDraft>): B64u => {
    const record = { kind: "intent" as const, iss: "gateway:main", log: "log.example", sections: [], ...draft };
    const { jwt, jti, disclosures } = issueRecord(record, signer, new Date(0));
    const stored = { index, jti, kind: record.kind, parent: record.parent as B64u | undefined, jwt, disclosures };
    search.add(readEntry({ ...stored, at: new Date(index * 1000) }));
    index += 1;
    return jti;
  };
  const find = async (query: SearchQuery, organisation?: string) => {
    const scope = organisation === undefined ? { all: true as const } : { organisation: org(organisation) };
    return (await search.find(scope, query, { limit: 100 })).hits;
  };
  return { append, find, search };
}

function outcome(status: OutcomePart["status"], aliases: SubjectRef[] = []): Partial<RecordDraft> {
  const sources = [{ provider: org("civil"), persons: 1, withheld: 0, aliases }];
  return { kind: "outcome", outcome: { status, sources } };
}

/** One access that touches two ministries. */
function accessed() {
  const log = trial();
  const sections = [
    section("civil", ["Identity.fullName"], [ref("amara at civil")]),
    section("health", ["HealthStanding.inMaternalCare"], [ref("amara at health")]),
  ];
  const jti = log.append({ caller, request, sections });
  return { ...log, jti };
}

test("a provider sees its own section of another's call, and nothing of what else was asked", async () => {
  const { find } = accessed();
  const [hit] = await find({}, "civil");
  expect(hit?.sections.map(({ provider }) => provider)).toEqual(["org:civil"]);
  expect(hit?.denied).toEqual([]);
  expect(hit?.caller).toEqual(caller);
  const [whole] = await find({}, "welfare");
  expect(whole?.sections.map(({ provider }) => provider).sort()).toEqual(["org:civil", "org:health"]);
  expect(whole?.denied).toEqual(denied);
  expect(await find({}, "labour")).toEqual([]);
});

test.each<[string, SearchQuery]>([
  ["provider", { provider: org("health") }],
  ["coordinate", { coordinates: ["HealthStanding.inMaternalCare" as Coordinate] }],
  ["agreement", { agreement: "dsa-health" as AgreementId }],
  ["person", { subjects: [ref("amara at health")] }],
])("by %s, a provider cannot find out what another was asked", async (_, query) => {
  const { find } = accessed();
  expect(await find(query, "civil")).toEqual([]);
  expect(await find(query, "health")).toHaveLength(1);
  expect(await find(query)).toHaveLength(1);
});

test("a hit names of its persons only those that were searched for", async () => {
  const { find } = accessed();
  expect((await find({}))[0]?.sections.flatMap(({ subjects }) => subjects)).toEqual([]);
  const [hit] = await find({ subjects: [ref("amara at civil"), ref("somebody else")] });
  expect(hit?.sections.flatMap(({ subjects }) => subjects)).toEqual([ref("amara at civil")]);
});

test("an access is found by a number under which only its provider knew the person", async () => {
  const { append, find, jti } = accessed();
  append({ ...outcome("answered", [ref("amara's old number")]), parent: jti });
  const [hit, ...others] = await find({ subjects: [ref("amara's old number")] });
  expect(others).toEqual([]);
  expect(hit).toMatchObject({ index: 0, outcome: { status: "answered", index: 1 } });
});

test("an outcome concludes only its own writer's access, once; any other is a hit of its own", async () => {
  const { append, find, jti } = accessed();
  append({ ...outcome("refused"), iss: "adapter:civil", parent: jti });
  expect((await find({ outcomes: ["open"] })).map(({ index }) => index)).toEqual([0]);
  append({ ...outcome("interrupted"), iss: "log.example", parent: jti });
  append({ ...outcome("answered"), parent: jti });
  const hits = await find({ access: 0 });
  expect(hits.map(({ index, outcome: told }) => [index, told?.status])).toEqual([
    [3, "answered"],
    [1, "refused"],
    [0, "interrupted"],
  ]);
});

test("pages follow one another without a gap or a repetition, and counts are of records", async () => {
  const { append, search } = trial();
  for (let n = 0; n < 7; n++) append({ caller, request, sections: [section("civil", ["A.b", "A.c"], [])] });
  const seen: number[] = [];
  for (let before: number | undefined = 7; before !== undefined;) {
    const { hits, next } = await search.find({ all: true }, {}, { limit: 3, before });
    seen.push(...hits.map(({ index }) => index));
    before = next;
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  const { total, facets, timeline } = await search.count({ all: true }, {}, { facets: ["coordinate"], every: "hour" });
  expect(total).toBe(7);
  expect(facets.coordinate).toEqual([
    { value: "A.b", count: 7 },
    { value: "A.c", count: 7 },
  ]);
  expect(timeline).toEqual([{ from: new Date(0), count: 7 }]);
});
