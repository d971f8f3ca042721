import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  admit,
  type ExplainQuestion,
  issueRecord,
  memoryHighWater,
  memoryStorage,
  noteSigner,
  noteVerifier,
  openSequencer,
  pinLogs,
  type RecordSigners,
  reviewRightsOf,
} from "#libs/access-log";
import {
  type CanonicalPerson,
  type CaseId,
  deriveSealKey,
  type OrgId,
  type PartyId,
  type PurposeCode,
  type Scheme,
  type SubjectRef,
} from "#libs/terms";
import { PersonSeals } from "../person-seals.js";
import { Protection } from "../protect.js";
import { parseClosedHours } from "../protect-hours.js";
import { AdapterStore } from "../store.js";
import { openPair } from "./pair.js";
import { openCaseRegister } from "./register.js";
import { serveOffices } from "./serve-offices.js";
import { type ExplainingHouse, serveExplain } from "./serve-explain.js";

/** To a citizen: whether somebody had a reason to look is answered in two words, to a record that says who wanted to know. */
const now = new Date("2026-11-22T10:00:00Z");
const [welfare, dpa, civil] = ["org:welfare" as OrgId, "org:dpa" as OrgId, "org:civil" as OrgId];
const [officer, rules] = ["officer:8c1" as PartyId, "review:main" as PartyId];
const folder = mkdtempSync(path.join(tmpdir(), "weft-cases-"));
const keyOf = (kid: string) => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
const [console, stranger, logKey] = [keyOf("review-1"), keyOf("review-2"), keyOf("log-1")];
const signers: RecordSigners = (kid) => (kid === console.kid ? { iss: rules, key: console.key } : undefined);
const reviewRights = reviewRightsOf({
  gateways: [],
  reviews: [{ id: rules, keys: [] }],
  organisations: { [welfare]: { keys: [] }, [civil]: { keys: [] }, [dpa]: { supervisory: true, keys: [] } },
});
const seals = new PersonSeals([deriveSealKey("p1", Buffer.alloc(32, 3), welfare)], "p1");
const schemes = new Map<string, Scheme>([
  ["nid", { name: "nid", pattern: /^\d{10}$/, normalise: ["trim"], decoys: { from: "0000000000", to: "0000999999" } }],
]);
const registerFile = {
  adapter: 1,
  provider: welfare,
  source: { kind: "csv", files: { CASES: "env:CASES", STAFF: "env:STAFF" }, timezone: "+03:00" },
  protect: { connections: 1, statementTimeout: "PT1S", personsPerMinute: 200 },
  cases: {
    from: "CASES",
    where: { VOID: { not: "x" } },
    number: "NO",
    person: [{ scheme: "nid", column: "NID", stored: "####-######" }],
    opened: { column: "FROM", date: "dd.MM.yyyy" },
    closed: { column: "UNTIL", date: "dd.MM.yyyy", nulls: ["-"] },
    office: "WHERE",
  },
  staff: { from: "STAFF", officer: "ID", person: [{ scheme: "nid", column: "NID" }] },
};
let house: ExplainingHouse;
let log: Awaited<ReturnType<typeof openLog>>;

beforeAll(async () => {
  const [cases, staff] = [path.join(folder, "cases.csv"), path.join(folder, "staff.csv")];
  const rows = [
    "NO,NID,FROM,UNTIL,VOID,WHERE",
    "c-1,1000-000001,01.11.2026,-,,North",
    "c-1,1000-000002,01.11.2026,-,,North",
    "c-2,1000-000003,01.09.2026,30.09.2026,,North",
    "c-3,1000-000004,01.11.2026,-,x,North",
    "c-4,1000-000005,soon,-,,",
    "c-5,1000-000006,01.11.2026,-,,North",
  ];
  writeFileSync(cases, `${rows.join("\n")}\n`);
  writeFileSync(staff, "ID,NID\nofficer:8c1,1000000009\n");
  house = {
    organisation: welfare,
    logs: pinLogs([noteVerifier("log.example", logKey.key).vkey]),
    consoles: () => signers,
    reviewRights: () => reviewRights,
    seals,
    store: new AdapterStore(":memory:"),
    protection: new Protection({ connections: 1, personsPerMinute: 200, queue: 100, closed: parseClosedHours([]) }),
    register: await openCaseRegister(registerFile, schemes, { CASES: cases, STAFF: staff }),
    deadline: 1_000,
  };
  log = await openLog();
});
afterAll(() => {
  house.store.close();
  rmSync(folder, { recursive: true });
});

async function openLog() {
  const sequencer = await openSequencer({
    storage: memoryStorage(),
    signer: noteSigner("log.example", logKey.key),
    highWater: memoryHighWater(),
  });
  return async (record: ReturnType<typeof issueRecord>) => {
    const { jwt, disclosures } = record;
    const expected = { origin: "log.example", signers, reviewRights };
    return sequencer.append(admit({ jwt, disclosures: [...disclosures], requestKey: undefined }, expected, now));
  };
}

const about = (last: number, caseId: string | null, at = "2026-11-20T09:00:00Z"): ExplainQuestion => ({
  case: caseId as CaseId | null,
  subject: seals.seal(`nid:100000000${last}` as CanonicalPerson),
  officer,
  at,
});

interface Asked {
  readonly aud?: OrgId;
  readonly by?: typeof console;
  readonly as?: PartyId;
  readonly pairedFor?: OrgId;
}

function recordOf(
  questions: readonly ExplainQuestion[],
  { aud = welfare, by = console, as = rules, pairedFor }: Asked = {},
) {
  const caller = {
    consumer: dpa,
    client: rules,
    officer: as,
    purpose: "audit" as PurposeCode,
    case: "watch" as CaseId,
  };
  const review = {
    scope: "all" as const,
    look: { kind: "explain" as const, aud, questions, ...(pairedFor && { pairedFor }) },
  };
  return issueRecord({ kind: "review", iss: rules, log: "log.example", caller, review, sections: [] }, by, now);
}

async function ask(questions: readonly ExplainQuestion[], asked?: Asked) {
  const record = recordOf(questions, asked);
  const { proof } = await log(record);
  return serveExplain({ record: record.presentation(), proof }, house, now);
}

const words = async (...questions: ExplainQuestion[]) =>
  (await ask(questions)).answers.map((answer) => `${answer.case} ${answer.own}`);

test("a case explains an access to its person while it is open, and nothing else is told of it", async () => {
  expect(await words(about(1, "c-1"), about(2, "c-1"), about(3, "c-2", "2026-09-30T20:59:00Z"))).toEqual([
    "CONFIRMED NO",
    "CONFIRMED NO",
    "CONFIRMED NO",
  ]);
  const others = [
    about(3, "c-1"),
    about(1, "c-2"),
    about(1, "none"),
    about(1, null),
    about(1, "c-1", "2026-10-31T20:59:00Z"),
    about(3, "c-2", "2026-09-30T21:01:00Z"),
    about(4, "c-3"),
    about(5, "c-4"),
    { ...about(1, "c-1"), subject: "p9.AAAAAAAAAAAAAAAAAAAAAAAA" as SubjectRef },
  ];
  expect(new Set(await words(...others))).toEqual(new Set(["NOT_CONFIRMED NO"]));
});

test("an officer who asks about themselves is told by their own house's staff list", async () => {
  expect(await words(about(9, "c-1"), { ...about(9, null), officer: "officer:other" as PartyId })).toEqual([
    "NOT_CONFIRMED YES",
    "NOT_CONFIRMED NO",
  ]);
});

test("officer and person are paired for the house that knows who lives together, unreadable to whoever asks", async () => {
  const holder = generateKeyPairSync("x25519");
  const key = { kid: "civil-1", jwk: holder.publicKey.export({ format: "jwk" }) as never };
  const own = keyOf("welfare-adapter-1");
  const before = house;
  house = { ...house, pairing: { signer: own, keyOf: (org) => (org === civil ? key : undefined) } };
  const questions = [about(1, "c-1"), { ...about(1, "c-1"), officer: "officer:nobody" as PartyId }];
  const { answers } = await ask(questions, { pairedFor: civil });
  const elsewhere = await ask(questions, { pairedFor: dpa });
  const plain = await ask(questions);
  house = before;
  const known: RecordSigners = (kid) => (kid === own.kid ? { iss: welfare, key: createPublicKey(own.key) } : undefined);
  const opened = await Promise.all(answers.map(({ pair }) => openPair(pair!, holder.privateKey, known)));
  expect(opened.map((pair) => pair?.officer)).toEqual([["nid:1000000009"], []]);
  expect(opened.map((pair) => pair?.person)).toEqual([["nid:1000000001"], ["nid:1000000001"]]);
  expect(new Set(answers.map(({ pair }) => pair?.length)).size).toBe(1);
  for (const answer of [...elsewhere.answers, ...plain.answers]) expect(answer.pair).toBeUndefined();
});

test("without a record in the log that asks exactly this of exactly this house, nothing is answered", async () => {
  const rejected = (code: string) => expect.objectContaining({ code }) as Error;
  const questions = [about(1, "c-1")];
  await expect(serveExplain({ questions }, house, now)).rejects.toEqual(rejected("REQUEST_MALFORMED"));
  const record = recordOf(questions);
  const { proof } = await log(recordOf(questions));
  const call = { record: record.presentation(), proof };
  await expect(serveExplain(call, house, now)).rejects.toEqual(rejected("PROOF_REJECTED"));
  await expect(ask(questions, { aud: "org:clinic" as OrgId })).rejects.toEqual(rejected("RECORD_REJECTED"));
  // Not even the log takes such a record.
  await expect(ask(questions, { as: officer })).rejects.toEqual(rejected("RECORD_INVALID"));
  const foreign = { record: recordOf(questions, { by: stranger }).presentation(), proof };
  await expect(serveExplain(foreign, house, now)).rejects.toEqual(rejected("RECORD_REJECTED"));
  const own = recordOf(questions);
  const again = { record: own.presentation(), proof: (await log(own)).proof };
  await serveExplain(again, house, now);
  await expect(serveExplain(again, house, now)).rejects.toEqual(rejected("REPLAYED"));
});

test("which offices keep cases is told as counts, to the house itself and the authority, and of fewer than three cases not at all", async () => {
  const offices = async (
    cases: readonly string[],
    { by = officer, of = welfare, scope = "own" as "own" | "all" } = {},
  ) => {
    const caller = {
      consumer: of,
      client: rules,
      officer: by,
      purpose: "audit" as PurposeCode,
      case: "today" as CaseId,
    };
    const look = { kind: "offices" as const, aud: welfare, cases: cases as readonly CaseId[] };
    const draft = {
      kind: "review" as const,
      iss: rules,
      log: "log.example",
      caller,
      review: { scope, look },
      sections: [],
    };
    const record = issueRecord(draft, console, now);
    const { proof } = await log(record);
    return serveOffices({ record: record.presentation(), proof }, house, now);
  };
  expect(await offices(["c-1", "c-1", "c-2", "c-4", "none"])).toEqual({ offices: [], few: 2, unknown: 2 });
  const more = await offices(["c-1", "c-2", "c-5"]);
  expect(more).toEqual({ offices: [{ office: "North", cases: 3 }], few: 0, unknown: 0 });
  expect(await offices(["c-1", "c-2", "c-5"], { of: dpa, scope: "all" })).toEqual(more);
  const rejected = expect.objectContaining({ code: "RECORD_REJECTED" }) as Error;
  await expect(offices(["c-1"], { of: civil })).rejects.toEqual(rejected);
  const asked = recordOf([about(1, "c-1")]);
  const call = { record: asked.presentation(), proof: (await log(asked)).proof };
  await expect(serveOffices(call, house, now)).rejects.toEqual(rejected);
});

test("no more is asked of the house's machine than it allows", async () => {
  const many = Array.from({ length: 64 }, () => about(1, "c-1"));
  const asked = [ask(many), ask(many), ask(many), ask(many)];
  const refused = (await Promise.allSettled(asked)).filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
});

test("a register that is described wrongly is not opened", async () => {
  const { cases: _, ...without } = registerFile;
  for (const json of [without, { ...registerFile, adapter: 2 }, { ...registerFile, more: 1 }])
    await expect(openCaseRegister(json, schemes, {})).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
});
