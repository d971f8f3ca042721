import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  admit,
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
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  type Scheme,
} from "#libs/terms";
import { Protection } from "../protect.js";
import { parseClosedHours } from "../protect-hours.js";
import { AdapterStore } from "../store.js";
import { openHouseholdRegister } from "./households.js";
import { type PairKey, sealPair } from "./pair.js";
import { type RelatingHouse, serveRelate } from "./serve-relate.js";

/** To a family: with whom you live is told in one word about two people whom a house paired, to a record that says who wanted to know. */
const now = new Date("2026-11-22T10:00:00Z");
const [civil, welfare, dpa] = ["org:civil" as OrgId, "org:welfare" as OrgId, "org:dpa" as OrgId];
const rules = "review:main" as PartyId;
const folder = mkdtempSync(path.join(tmpdir(), "weft-households-"));
const keyOf = (kid: string) => ({ kid, key: generateKeyPairSync("ed25519").privateKey });
const [console, own, stranger, logKey] = [keyOf("review-1"), keyOf("welfare-1"), keyOf("welfare-1"), keyOf("log-1")];
const known = (key: typeof own, iss: string): RecordSigners => {
  const publicKey = createPublicKey(key.key);
  return (kid) => (kid === key.kid ? { iss, key: publicKey } : undefined);
};
const signers = known(console, rules);
const reviewRights = reviewRightsOf({
  gateways: [],
  reviews: [{ id: rules, keys: [] }],
  organisations: { [civil]: { keys: [] }, [dpa]: { supervisory: true, keys: [] } },
});
const holder = generateKeyPairSync("x25519");
const to: PairKey = { kid: "civil-household-1", jwk: holder.publicKey.export({ format: "jwk" }) as never };
const schemes = new Map<string, Scheme>([
  ["nid", { name: "nid", pattern: /^\d{10}$/, normalise: ["trim"], decoys: { from: "0000000000", to: "0000999999" } }],
]);
const file = {
  adapter: 1,
  provider: civil,
  source: { kind: "csv", files: { BOOK: "env:BOOK" }, timezone: "+03:00" },
  protect: { connections: 1, statementTimeout: "PT1S", personsPerMinute: 200 },
  households: { from: "BOOK", person: [{ scheme: "nid", column: "NID", stored: "####-######" }], household: "BOOK_NO" },
};
let house: RelatingHouse;
let log: Awaited<ReturnType<typeof openLog>>;

beforeAll(async () => {
  const book = path.join(folder, "book.csv");
  const rows = [
    "NID,BOOK_NO",
    "1000-000001,B1",
    "1000-000002,B1",
    "1000-000003,B3",
    "1000-000004,",
    "1000-000005, B1 ",
  ];
  writeFileSync(book, `${rows.join("\n")}\n`);
  house = {
    organisation: civil,
    logs: pinLogs([noteVerifier("log.example", logKey.key).vkey]),
    consoles: () => signers,
    reviewRights: () => reviewRights,
    houses: () => known(own, welfare),
    key: holder.privateKey,
    store: new AdapterStore(":memory:"),
    protection: new Protection({ connections: 1, personsPerMinute: 200, queue: 100, closed: parseClosedHours([]) }),
    register: await openHouseholdRegister(file, schemes, { BOOK: book }),
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
  return async ({ jwt, disclosures }: ReturnType<typeof issueRecord>) => {
    const expected = { origin: "log.example", signers, reviewRights };
    return sequencer.append(admit({ jwt, disclosures: [...disclosures], requestKey: undefined }, expected, now));
  };
}

const pair = (officer: number | undefined, person: number | undefined, signer = own) => {
  const numbers = (last: number | undefined) => (last === undefined ? [] : [`nid:100000000${last}` as CanonicalPerson]);
  return sealPair({ house: welfare, officer: numbers(officer), person: numbers(person) }, signer, to);
};

async function callOf(pairs: readonly string[], aud = civil) {
  const caller = {
    consumer: dpa,
    client: rules,
    officer: rules,
    purpose: "audit" as PurposeCode,
    case: "watch" as CaseId,
  };
  const look = { kind: "relate" as const, aud, pairs: pairs.map((sealed) => digestOf(sealed)) };
  const record = issueRecord(
    { kind: "review", iss: rules, log: "log.example", caller, review: { scope: "all", look }, sections: [] },
    console,
    now,
  );
  return { record: record.presentation(), proof: (await log(record)).proof, pairs };
}
const ask = async (...pairs: string[]) => (await serveRelate(await callOf(pairs), house, now)).answers;
const rejected = (code: string) => expect.objectContaining({ code }) as unknown;

test("who lives together, who does not, and of whom it is not known", async () => {
  const pairs = [
    pair(1, 2),
    pair(1, 3),
    pair(2, 5),
    pair(1, 4),
    pair(1, 9),
    pair(undefined, 1),
    pair(1, undefined),
    pair(1, 1),
  ];
  expect(await ask(...(await Promise.all(pairs)))).toEqual([
    "SAME_HOUSEHOLD",
    "NOT",
    "SAME_HOUSEHOLD",
    "UNKNOWN",
    "UNKNOWN",
    "UNKNOWN",
    "UNKNOWN",
    "SAME_HOUSEHOLD",
  ]);
});

test("a pair that no house made is of people who are not known, whoever carries it", async () => {
  expect(await ask(await pair(1, 2, stranger), "not a pair")).toEqual(["UNKNOWN", "UNKNOWN"]);
});

test("only what the record has the digests of is answered, to this house's record, once", async () => {
  const [one, other] = [await pair(1, 2), await pair(1, 3)];
  const call = await callOf([one]);
  await expect(serveRelate({ ...call, pairs: [other] }, house, now)).rejects.toEqual(rejected("RECORD_REJECTED"));
  await expect(serveRelate(call, house, now)).rejects.toEqual(rejected("REPLAYED"));
  await expect(serveRelate(await callOf([one], welfare), house, now)).rejects.toEqual(rejected("RECORD_REJECTED"));
  const { pairs: _, ...without } = await callOf([one]);
  await expect(serveRelate(without, house, now)).rejects.toEqual(rejected("REQUEST_MALFORMED"));
});

test("a register that is described wrongly is not opened", async () => {
  for (const json of [
    { ...file, more: 1 },
    { ...file, households: { from: "BOOK" } },
  ])
    await expect(openHouseholdRegister(json, schemes, {})).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
});
