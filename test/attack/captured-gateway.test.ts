import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { entryOf, type InclusionProof, leafHash, noteSigner, printProof, signCheckpoint } from "#libs/access-log";
import {
  type CanonicalPerson,
  codes as facts,
  type Coordinate,
  digestOf,
  type OrgId,
  type PartyId,
  type PurposeCode,
  toB64u,
} from "#libs/terms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LOG_ORIGIN } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { type MisWatch, nothing, watchMisReads } from "../journeys/mis-reads.js";
import { type Orvanda, startOrvanda } from "../journeys/orvanda.js";
import { type Attempt, type Call, captureGateway, type CapturedGateway } from "./captured-gateway.js";
import { breaking, type Emergency, emergencyToken, unbroken } from "./emergency.js";

/**
 * To every ministry: you have the last word. Whoever holds the gateway's own key gets no field, entry point, person or volume beyond
 * your agreements, and nothing that is not in the log; each record opens each of its fetches once.
 */
let orvanda: Orvanda;
let gateway: CapturedGateway;
let watch: MisWatch;
let [amara, toved]: CanonicalPerson[] = [];
/** Made at the start, so that it is over its time at the end. */
let old: { readonly call: Call; readonly until: number };

beforeAll(async () => {
  orvanda = await startOrvanda();
  gateway = await captureGateway(orvanda.urls);
  const nid = (name: string) => `nid:${orvanda.who(name).value}` as CanonicalPerson;
  [amara, toved] = [nid("Amara Tessel"), nid("Toved Halmik")];
  old = {
    call: await gateway.prepare(about(amara, { issued: new Date(Date.now() - 25_000) })),
    until: Date.now() + 11_000,
  };
  watch = await watchMisReads(orvanda);
});
afterAll(async () => {
  await gateway?.close();
  await orvanda?.stop();
});

const death =
  "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{vitalStatus{finding}}}}";
const birth = death.replace("vitalStatus{finding}", "identity{dateOfBirth}");

function about(person = amara, change: Partial<Attempt> = {}): Attempt {
  return {
    ministry: "civil",
    query: death,
    persons: [person!],
    coordinates: ["Person.vitalStatus", "VitalStatus.finding"],
    agreement: "dsa-civil-welfare-2026",
    ...change,
  };
}

const payer = {
  consumer: "org:cash",
  client: "client:cash-payroll",
  purpose: "benefit-payment",
} as unknown as NonNullable<Attempt["caller"]>;

const roster =
  "query($d:String!,$n:Int!){cashTransferEnrolments(district:$d,first:$n){nodes{monthlyAmount person{ref}}}}";
const list = (first: number, maxRows = first, change: Partial<Attempt> = {}): Attempt => ({
  ministry: "cash",
  query: roster,
  variables: { d: "QV-3-07", n: first },
  coordinates: [
    "Query.cashTransferEnrolments",
    "CashTransferEnrolmentPage.nodes",
    "CashTransferEnrolment.monthlyAmount",
    "CashTransferEnrolment.person",
  ],
  agreement: "house-cash-2026",
  caller: payer,
  section: { scope: { entry: "Query.cashTransferEnrolments" as Coordinate, maxRows } },
  ...change,
});

const altered = async (attempt: Attempt, change: (call: Call) => object) => {
  const call = await gateway.prepare(attempt);
  return { ...call, ...change(call) };
};
const withWeft = (call: Call, change: Partial<Call["extensions"]["weft"]>) => ({
  extensions: { weft: { ...call.extensions.weft, ...change } },
});
const signerOf = (kid: string) => ({ kid, key: sandboxKey(kid).privateKey });

test("what is recorded and agreed is answered: the calls below are refused for what is wrong with them", async () => {
  const one = await gateway.send("civil", await gateway.prepare(about()));
  expect(one).toMatchObject({ status: 200, body: { data: { _entities: [{ vitalStatus: {} }] } } });
  const page = await gateway.send("cash", await gateway.prepare(list(3)));
  expect(page.body).toMatchObject({ data: { cashTransferEnrolments: { nodes: [{}, {}, {}] } } });
  const saved = await gateway.send("disability", await gateway.prepare(emergency()));
  expect(saved).toMatchObject({ status: 200, body: { data: { _entities: [{ disability: {} }] } } });
  const { statements } = await watch.reads();
  expect(statements.length).toBeGreaterThan(1);
});

/** A tree of one leaf, and a checkpoint over it that names the real log and is signed by the gateway. */
function ownLog(jwt: string): Pick<InclusionProof, "text"> {
  const root = leafHash(entryOf(jwt));
  const signer = noteSigner(LOG_ORIGIN, sandboxKey("gateway-main-1").privateKey);
  return {
    text: printProof({
      index: 0,
      hashes: [],
      checkpoint: signCheckpoint({ origin: LOG_ORIGIN, size: 1, root }, signer),
    }),
  };
}

type Case = readonly [what: string, code: string, body: () => Promise<unknown>, ministry?: string];

const unrecorded: readonly Case[] = [
  ["without a record", "REQUEST_MALFORMED", async () => ({ query: death, variables: {} })],
  [
    "without a proof",
    "REQUEST_MALFORMED",
    () => altered(about(), (call) => withWeft(call, { proof: undefined as unknown as string })),
  ],
  ["with an empty proof", "REQUEST_MALFORMED", () => altered(about(), (call) => withWeft(call, { proof: "" }))],
  [
    "with the proof of another request",
    "PROOF_REJECTED",
    async () => {
      const other = await gateway.prepare(about(toved));
      return altered(about(), (call) => withWeft(call, { proof: other.extensions.weft.proof }));
    },
  ],
  [
    "with a proof by a log of its own",
    "PROOF_REJECTED",
    async () => {
      const record = gateway.issue(about());
      return gateway.callWith(about(), record, ownLog(record.jwt));
    },
  ],
  [
    "with a proof whose index is another",
    "PROOF_REJECTED",
    () =>
      altered(about(), (call) =>
        withWeft(call, { proof: call.extensions.weft.proof.replace(/^index \d+/m, "index 0") }),
      ),
  ],
  [
    "for another person",
    "NOT_RECORDED",
    () =>
      altered(about(), () => ({
        variables: { representations: [{ __typename: "Person", ref: gateway.refOf("civil", toved!) }] },
      })),
  ],
  [
    "for one person more",
    "NOT_RECORDED",
    () =>
      altered(about(), () => ({
        variables: {
          representations: [amara!, toved!].map((one) => ({ __typename: "Person", ref: gateway.refOf("civil", one) })),
        },
      })),
  ],
  [
    "for a person sealed for another ministry",
    "NOT_RECORDED",
    () =>
      altered(about(), () => ({
        variables: { representations: [{ __typename: "Person", ref: gateway.refOf("cash", amara!) }] },
      })),
  ],
  [
    "with a field of another ministry beside the person",
    "NOT_RECORDED",
    () =>
      altered(about(), () => ({
        variables: {
          representations: [
            { __typename: "Person", ref: gateway.refOf("civil", amara!), identity: { fullName: "Amara" } },
          ],
        },
      })),
  ],
  [
    "for another argument",
    "NOT_RECORDED",
    () => altered(list(3), () => ({ variables: { d: "QV-1-01", n: 3 } })),
    "cash",
  ],
  ["for more rows", "NOT_RECORDED", () => gateway.prepare(list(50, 3)), "cash"],
  [
    "with another key of the arguments",
    "NOT_RECORDED",
    () => altered(list(3), (call) => withWeft(call, { argsKey: toB64u(randomBytes(16)) })),
    "cash",
  ],
  ["for another fetch", "NOT_RECORDED", () => altered(about(), () => ({ query: birth }))],
  ["for a fetch of another number", "NOT_RECORDED", () => altered(about(), (call) => withWeft(call, { fetch: 1 }))],
  ["for a field that the record leaves out", "NOT_RECORDED", () => gateway.prepare(about(amara, { query: birth }))],
  ["with a subject held back", "RECORD_REJECTED", () => altered(about(), (call) => holdBackLast(call))],
  [
    "with the caller held back",
    "RECORD_REJECTED",
    () =>
      altered(about(), (call) =>
        withWeft(call, { record: call.extensions.weft.record.split("~").toSpliced(1, 1).join("~") }),
      ),
  ],
  [
    "with a record for another ministry",
    "RECORD_REJECTED",
    () => gateway.prepare(about(amara, { section: { aud: "org:pay" as OrgId } })),
  ],

  ["signed by an adapter", "RECORD_REJECTED", async () => forged({ signer: signerOf("civil-adapter-1") })],
  [
    "signed by a stranger under the gateway's name",
    "RECORD_REJECTED",
    async () => forged({ signer: { ...signerOf("bank-issuer-1"), kid: "gateway-main-1" } }),
  ],
];

/** A record that no log would take, with the proof of another. */
async function forged(change: Partial<Attempt>): Promise<Call> {
  const { extensions } = await gateway.prepare(about());
  const attempt = about(amara, change);
  return gateway.callWith(attempt, gateway.issue(attempt), { text: extensions.weft.proof });
}

/** Recorded all right, and not agreed. */
const unagreed: readonly Case[] = [
  [
    "for a field beyond the grant",
    "FIELD_NOT_IN_AGREEMENT",
    () => gateway.prepare(about(amara, { query: birth, coordinates: ["Person.identity", "Identity.dateOfBirth"] })),
  ],
  [
    "for a purpose without a grant",
    "PURPOSE_NOT_ALLOWED",
    () => gateway.prepare(about(amara, { caller: { purpose: "benefit-payment" as PurposeCode } })),
  ],
  [
    "for a consumer without an agreement",
    "AGREEMENT_INACTIVE",
    () => gateway.prepare(about(amara, { caller: { consumer: "org:clinic" as OrgId } })),
  ],
  [
    "under another agreement than the one in force",
    "AGREEMENT_INACTIVE",
    () => gateway.prepare(about(amara, { agreement: "dsa-cash-welfare-2026" })),
  ],
  [
    "under an older version of the agreement",
    "AGREEMENT_INACTIVE",
    () => gateway.prepare(about(amara, { section: { digest: digestOf("an older version") } })),
  ],
  [
    "on another basis",
    "AGREEMENT_INACTIVE",
    () => gateway.prepare(about(amara, { section: { basis: "LEGAL_OBLIGATION" } })),
  ],
  [
    "for two persons where one is agreed",
    "LIMIT_EXCEEDED",
    () => gateway.prepare(about(amara, { persons: [amara!, toved!] })),
  ],
  ["for more rows than are agreed", "LIMIT_EXCEEDED", () => gateway.prepare(list(501)), "cash"],
  [
    "for an entry point that is not granted",
    "FIELD_NOT_IN_AGREEMENT",
    () =>
      gateway.prepare(
        list(3, 3, {
          agreement: "dsa-cash-welfare-2026",
          caller: { consumer: "org:welfare" as OrgId, purpose: "eligibility-assessment" as PurposeCode },
        }),
      ),
    "cash",
  ],
  [
    "for a threshold that is not granted",
    "ARGUMENT_NOT_IN_AGREEMENT",
    () =>
      gateway.prepare({
        ministry: "cash",
        query: death.replace("vitalStatus{finding}", "cashTransfer{povertyScoreBelow(threshold:NEAR_POOR_2026)}"),
        persons: [amara!],
        coordinates: ["Person.cashTransfer", "CashTransferEnrolment.povertyScoreBelow"],
        agreement: "dsa-cash-welfare-2026",
      }),
    "cash",
  ],
];

const emergency = (change: Partial<Emergency> = {}) =>
  breaking({ token: emergencyToken(orvanda.urls.gateway), persons: [amara!], ...change });

const holdBackLast = (call: Call) =>
  withWeft(call, { record: call.extensions.weft.record.split("~").toSpliced(-2, 1).join("~") });
const prepared = ([what, code, tried]: (typeof unbroken)[number]): Case => [
  what,
  code,
  () => gateway.prepare(breaking({ persons: [amara!], ...tried(orvanda.urls.gateway, [amara!, toved!]) })),
  "disability",
];
const emergencies: readonly Case[] = [
  ...unbroken.map(prepared),
  ["with the caller's token held back", "RECORD_REJECTED", () => altered(emergency(), holdBackLast), "disability"],
];

const refused = [...unrecorded, ...unagreed, ...emergencies].map(([what, code, body, ministry = "civil"]) => ({
  what,
  code,
  body,
  ministry,
}));

test.each(refused)("a call $what is refused", async ({ code, body, ministry }) => {
  const heard = await gateway.send(ministry, await body());
  expect(heard).toMatchObject({ code, status: facts[code as keyof typeof facts].status });
  expect(Object.keys(heard.body)).toEqual(["errors"]);
});

test("of all these calls none came as far as a ministry's system", async () => {
  expect(await watch.reads()).toEqual(nothing);
});

test("a record opens each of its fetches once, also to those who come at the same time, also after a power cut", async () => {
  const call = await gateway.prepare(about());
  const codes = async () => {
    const heard = await Promise.all(Array.from({ length: 5 }, () => gateway.send("civil", call)));
    return heard.map(({ code }) => code).sort();
  };
  const repeated = ["REPLAYED", "REPLAYED", "REPLAYED", "REPLAYED"];
  expect(await codes()).toEqual([...repeated, "answered"]);
  await orvanda.kill("adapter");
  await orvanda.startApp("adapter");
  expect(await codes()).toEqual([...repeated, "REPLAYED"]);
});

test("an officer's emergency opens one person's glass: whoever else the gateway asks about with it is refused", async () => {
  const token = emergencyToken(orvanda.urls.gateway);
  const codesOf = async (...persons: (CanonicalPerson | undefined)[]) => {
    const heard: string[] = [];
    for (const person of persons)
      heard.push(
        (await gateway.send("disability", await gateway.prepare(emergency({ token, persons: [person!] })))).code,
      );
    return heard;
  };
  expect(await codesOf(amara, toved, amara)).toEqual(["answered", "LIMIT_EXCEEDED", "answered"]);
});

test("an officer's persons of a day are counted by the ministry", async () => {
  const caller = { officer: "officer:hungry" as PartyId };
  const codes: string[] = [];
  for (let n = 0; n < 61; n++) {
    const person = `nid:${String(7_000_000_000 + n)}` as CanonicalPerson;
    codes.push((await gateway.send("civil", await gateway.prepare(about(person, { caller })))).code);
  }
  expect(codes.slice(0, 60)).toEqual(codes.slice(0, 60).fill("answered"));
  expect(codes[60]).toBe("LIMIT_EXCEEDED");
});

test("a record's time ends", async () => {
  await sleep(Math.max(0, old.until - Date.now()));
  expect(await gateway.send("civil", old.call)).toMatchObject({ status: 403, code: "RECORD_REJECTED" });
});

test("a list without a log to record its rows gives none", async () => {
  const call = await gateway.prepare(list(3));
  await orvanda.stopApp("log");
  const heard = await gateway.send("cash", call);
  expect(heard).toMatchObject({ status: 503, code: "RECORD_UNAVAILABLE" });
  expect(Object.keys(heard.body)).toEqual(["errors"]);
});
