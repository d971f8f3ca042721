import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJws, type PartyId, type PurposeCode } from "#libs/terms";
import { readDisclosures } from "../disclosures.js";
import { issueRecord, RECORD_TYP, type RecordDraft, RecordPayload } from "../record.js";
import type { ReviewAnswer } from "./answer.js";
import type { LookQuery, ReviewPart } from "./part.js";
import {
  access,
  console,
  everything,
  gateway,
  now,
  openLog,
  org,
  origin,
  otherLogKey,
  refAt,
  review,
} from "./review.fixture.js";

const indexes = ({ page }: ReviewAnswer) => page?.hits.map(({ index }) => index);
const rejected = (code: string) => expect.objectContaining({ code });

async function twoAccesses() {
  const log = await openLog();
  await log.read(access("welfare", { civil: ["amara"], health: ["amara"] }));
  await log.read(access("bank", { civil: ["bela"] }));
  return log;
}

test("who looks is in the log before anything is shown, and is seen by their own house and the authority", async () => {
  const log = await twoAccesses();
  expect(indexes(await log.look(review("civil")))).toEqual([2, 1, 0]);
  const seen = await log.look(review("dpa", { scope: "all" }));
  expect(seen.page?.hits.map(({ index, kind }) => [index, kind])).toEqual([
    [3, "review"],
    [2, "review"],
    [1, "intent"],
    [0, "intent"],
  ]);
  expect(seen.page?.hits[1]?.caller).toMatchObject({ consumer: "org:civil", officer: "officer:dpo" });
});

test("the log answers the search that the record holds: there is no other to answer", async () => {
  const log = await twoAccesses();
  const query: LookQuery = { consumer: org("bank") };
  expect(indexes(await log.look(review("dpa", { scope: "all", look: { ...everything, query } as never })))).toEqual([
    1,
  ]);
});

test("a record is answered once, in time, and only with its own proof", async () => {
  const log = await twoAccesses();
  const record = issueRecord(review("civil"), console, now);
  const other = issueRecord(review("civil"), console, now);
  const [{ proof }, { proof: othersProof }] = [await log.append(record), await log.append(other)];
  const late = new Date(now.getTime() + 36_000);
  await expect(log.answer(record.presentation(), proof, late)).rejects.toEqual(rejected("RECORD_REJECTED"));
  await expect(log.answer(record.presentation(), othersProof)).rejects.toEqual(rejected("PROOF_REJECTED"));
  // What was refused did not use it up.
  expect(indexes(await log.answer(record.presentation(), proof))).toContain(0);
  await expect(log.answer(record.presentation(), proof)).rejects.toEqual(rejected("REPLAYED"));
});

test("a record that is not in this log, or proven by a log of somebody else, shows nothing", async () => {
  const [log, forged] = [await twoAccesses(), await openLog(otherLogKey)];
  const record = issueRecord(review("civil"), console, now);
  const { proof } = await forged.append(record);
  await expect(log.answer(record.presentation(), proof)).rejects.toEqual(rejected("PROOF_REJECTED"));
  const elsewhere = issueRecord({ ...review("civil"), log: "log.elsewhere" }, console, now);
  await expect(log.answer(elsewhere.presentation(), proof)).rejects.toEqual(rejected("RECORD_REJECTED"));
});

test("a part that is exchanged, held back or given twice is noticed", async () => {
  const log = await twoAccesses();
  const record = issueRecord(review("civil"), console, now);
  const wider = issueRecord(review("dpa", { scope: "all" }), console, now);
  const { proof } = await log.append(record);
  const [caller, part] = record.disclosures as [string, string];
  const [, widerPart] = wider.disclosures as [string, string];
  const attempts = [[caller, widerPart], [caller], [part], [caller, part, part], [caller, part, widerPart], []];
  for (const parts of attempts) {
    const text = [record.jwt, ...parts, ""].join("~");
    await expect(log.answer(text, proof)).rejects.toEqual(rejected("RECORD_REJECTED"));
  }
  await expect(log.answer(record.presentation().slice(0, -1), proof)).rejects.toEqual(rejected("RECORD_REJECTED"));
});

const wrong: readonly (readonly [string, RecordDraft, typeof console])[] = [
  ["a gateway", { ...review("civil"), iss: "gateway:main" }, gateway],
  ["a console in a gateway's name", { ...review("civil"), iss: "gateway:main" }, console],
  ["a ministry that supervises nobody", review("civil", { scope: "all" }), console],
  ["an organisation that the console does not serve", review("elsewhere"), console],
  ["another purpose than review", withCaller({ purpose: "eligibility-assessment" as PurposeCode }), console],
  ["no case", withCaller({ case: undefined } as never), console],
  ["another system", withCaller({ client: "client:casework" as PartyId }), console],
  ["a record with sections", { ...review("civil"), sections: access("civil", { health: ["a"] }).sections }, console],
  ["a record that asks nothing", { ...review("civil"), review: undefined } as never, console],
  ["an intent of the console", { ...access("civil", {}), iss: "review:main" }, console],
];

function withCaller(change: Partial<NonNullable<RecordDraft["caller"]>>): RecordDraft {
  const draft = review("civil");
  return { ...draft, caller: { ...draft.caller!, ...change } };
}

test.each(wrong)("the log takes no review by %s", async (_what, draft, signer) => {
  const log = await openLog();
  await expect(log.append(issueRecord(draft, signer, now))).rejects.toEqual(rejected("RECORD_INVALID"));
});

test("a record of another kind opens nothing", async () => {
  const log = await openLog();
  const record = issueRecord(access("welfare", { civil: ["amara"] }), gateway, now);
  const { proof } = await log.append(record, "sha-256:x" as never);
  await expect(log.answer(record.presentation(), proof)).rejects.toEqual(rejected("RECORD_REJECTED"));
});

test("one record is shown as far as the scope goes, and what is shown still verifies", async () => {
  const log = await twoAccesses();
  const shown = async (who: string, index: number, persons: readonly string[] = []) => {
    const subjects = persons.map((person) => refAt("civil", person));
    const look = { kind: "record" as const, index, ...(subjects.length > 0 && { subjects }) };
    const { record } = await log.look(review(who, { scope: who === "dpa" ? "all" : "own", look }));
    const payload = RecordPayload.parse(parseJws(record!.jwt, RECORD_TYP).payload);
    const { named, sections } = readDisclosures(record!.disclosures ?? [], payload);
    const told = sections
      .map(({ section, referred }) => [section.aud, referred, section.subjects.length])
      .sort(([a], [b]) => String(a).localeCompare(String(b)));
    return { named: [...named.keys()].sort(), told };
  };
  expect(await shown("civil", 0)).toEqual({ named: ["caller"], told: [["org:civil", 1, 0]] });
  expect(await shown("civil", 0, ["amara", "bela"])).toEqual({ named: ["caller"], told: [["org:civil", 1, 1]] });
  const whole = {
    named: ["caller", "request"],
    told: [
      ["org:civil", 1, 0],
      ["org:health", 1, 0],
    ],
  };
  expect(await shown("welfare", 0)).toEqual(whole);
  expect(await shown("dpa", 0)).toEqual(whole);
  await expect(shown("health", 1)).rejects.toEqual(rejected("NOT_FOUND"));
  await expect(shown("civil", 99)).rejects.toEqual(rejected("NOT_FOUND"));
  expect(await log.look(review("dpa", { scope: "all", look: { kind: "record", index: 2 } }))).toMatchObject({
    hit: { kind: "review" },
  });
  await expect(shown("bank", 2)).rejects.toEqual(rejected("NOT_FOUND"));
});

test("the officers of one organisation are told how it ended; a ministry that was asked, of itself only", async () => {
  const log = await openLog();
  const asked = issueRecord(access("welfare", { civil: ["amara"], health: ["amara"] }), gateway, now);
  await log.append(asked, "sha-256:x" as never);
  const sources = ["civil", "health"].map((name) => ({ provider: org(name), persons: 1, withheld: 0, aliases: [] }));
  const outcome = { status: "answered" as const, sources };
  const end = { kind: "outcome" as const, iss: "gateway:main", log: origin, parent: asked.jti, outcome, sections: [] };
  await log.append(issueRecord(end, gateway, now));
  const look = { kind: "record" as const, index: 0 };
  expect((await log.look(review("welfare", { look }))).outcome?.disclosures).toHaveLength(1);
  const civil = await log.look(review("civil", { look }));
  expect(civil.outcome).toBeUndefined();
  expect(civil.hit?.outcome?.sources.map(({ provider }) => provider)).toEqual(["org:civil"]);
});

const names = ["civil", "health", "cash", "welfare", "bank"];
const persons = ["amara", "bela", "caro"];
const name = fc.constantFrom(...names);
const accesses = fc.array(fc.record({ consumer: name, asked: fc.dictionary(name, fc.subarray(persons)) }), {
  minLength: 1,
  maxLength: 6,
});
const anyRef = fc.tuple(name, fc.constantFrom(...persons)).map(([provider, person]) => refAt(provider, person));
const anyQuery = fc.record(
  {
    subjects: fc.array(anyRef, { minLength: 1, maxLength: 4 }),
    consumer: name.map(org),
    provider: name.map(org),
    coordinates: name.map((one) => [`${one}.field`]),
    kinds: fc.subarray(["intent", "review", "outcome"], { minLength: 1 }),
    access: fc.nat(6),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<LookQuery>;
const facets = ["consumer", "provider", "coordinate", "officer", "kind"] as const;

test("whatever is asked, nothing outside of the scope comes back, and no count tells of it", async () => {
  await fc.assert(
    fc.asyncProperty(accesses, anyQuery, name, async (all, query, who) => {
      const [log, narrow] = [await openLog(), await openLog()];
      for (const { consumer, asked } of all) {
        await log.read(access(consumer, asked));
        // The same log without what this organisation has no part in: it must not be able to tell one from the other.
        const isOwn = consumer === who;
        const own = isOwn ? asked : Object.fromEntries(Object.entries(asked).filter(([provider]) => provider === who));
        if (isOwn || Object.keys(own).length > 0) await narrow.read(access(consumer, own));
      }
      const look = { kind: "search" as const, query: { ...query, access: undefined }, limit: 100, facets };
      const [answer, alone] = [await log.look(review(who, { look })), await narrow.look(review(who, { look }))];
      for (const { caller, sections, outcome } of answer.page!.hits) {
        const isOwn = caller?.consumer === org(who);
        expect(isOwn || sections.every(({ provider }) => provider === org(who))).toBe(true);
        expect(isOwn || sections.length > 0 || (outcome?.sources.length ?? 0) > 0).toBe(true);
      }
      const without = ({ page, counts }: ReviewAnswer) => [
        page!.hits.map(({ index: _i, at: _at, access: _access, sections, ...rest }) => ({
          ...rest,
          sections: sections.toSorted((a, b) => a.provider.localeCompare(b.provider)),
        })),
        counts,
      ];
      expect(without(answer)).toEqual(without(alone));
    }),
    { numRuns: 25 },
  );
});

const asRules = (draft: RecordDraft): RecordDraft => ({
  ...draft,
  caller: { ...draft.caller!, officer: draft.iss as PartyId },
});

test("the console's rules read what follows a record, with the persons of what the scope shows; no person can", async () => {
  const log = await twoAccesses();
  const look = { kind: "watch" as const, after: -1, limit: 2 };
  const seen = await log.look(asRules(review("dpa", { scope: "all", look })));
  expect(seen.watched?.map(({ hit, subjects }) => [hit.index, subjects])).toEqual([
    [
      0,
      expect.arrayContaining([
        { provider: "org:civil", refs: [refAt("civil", "amara")] },
        { provider: "org:health", refs: [refAt("health", "amara")] },
      ]),
    ],
    [1, [{ provider: "org:civil", refs: [refAt("civil", "bela")] }]],
  ]);
  const own = await log.look(asRules(review("health", { look: { ...look, limit: 100 } })));
  expect(own.watched?.flatMap(({ subjects }) => subjects.map(({ provider }) => provider))).toEqual(["org:health"]);
  const next = await log.look(asRules(review("dpa", { scope: "all", look: { ...look, after: 1 } })));
  expect(next.watched?.map(({ hit }) => hit.kind)).toEqual(["review", "review"]);
  await expect(log.look(review("dpa", { scope: "all", look }))).rejects.toEqual(rejected("RECORD_INVALID"));
  await expect(log.look(asRules(review("dpa", { scope: "all" })))).rejects.toEqual(rejected("RECORD_INVALID"));
});

test("the log does not answer what is asked of a house's own registers", async () => {
  const log = await twoAccesses();
  const question = {
    case: null,
    subject: refAt("welfare", "amara"),
    officer: "officer:8c1" as PartyId,
    at: "2026-11-22T10:00:00Z",
  };
  const look = { kind: "explain" as const, aud: org("welfare"), questions: [question] };
  await expect(log.look(asRules(review("dpa", { scope: "all", look })))).rejects.toEqual(rejected("RECORD_REJECTED"));
});

const accessesOf = (...subjects: ReturnType<typeof refAt>[]) => ({
  kind: "accesses" as const,
  use: "portal" as const,
  query: { subjects },
  limit: 100,
});

function asked(organisation: string, part: Partial<ReviewPart>, purpose = "data-subject-rights"): RecordDraft {
  const draft = review(organisation, part);
  return { ...draft, caller: { ...draft.caller!, purpose: purpose as PurposeCode } };
}

test("a portal hears of the one person that it asks for, with what proves it, and of nobody else in the same record", async () => {
  const log = await openLog();
  await log.read(access("welfare", { civil: ["amara", "bela"], health: ["bela"] }));
  await log.read(access("bank", { civil: ["bela"] }));
  const amara = refAt("civil", "amara");
  const seen = await log.look(asked("portal", { scope: "person", look: accessesOf(amara) }));
  expect(indexes(seen)).toEqual([0]);
  const { jwt, disclosures } = seen.records![0]!;
  const { named, sections } = readDisclosures(
    disclosures ?? [],
    RecordPayload.parse(parseJws(jwt, RECORD_TYP).payload),
  );
  expect(named.get("caller")).toBeDefined();
  expect(sections.flatMap(({ section }) => section.subjects)).toEqual([amara]);
});

test("nobody but a portal asks for one person, and a portal for nothing else and for no other purpose", async () => {
  const log = await twoAccesses();
  const look = accessesOf(refAt("civil", "amara"));
  for (const draft of [
    asked("civil", { scope: "person", look }),
    asked("portal", { scope: "person", look: everything }),
    asked("portal", { scope: "person", look: { ...look, use: "letter" } }),
    asked("portal", { scope: "person", look }, "audit"),
    asked("portal", { scope: "all", look }),
  ])
    await expect(log.look(draft)).rejects.toEqual(rejected("RECORD_INVALID"));
  const own = await log.look(asked("bank", { look }));
  expect(indexes(own)).toEqual([]);
});
