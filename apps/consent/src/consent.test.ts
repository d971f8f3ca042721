import { generateKeyPairSync } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AdapterCall, ConsentReceipt, emptyRegister, signAssertion, verifyStatusList } from "#libs/consent";
import type { HttpServer } from "#libs/server";
import { deriveSealKey, digestOf, type OrgId, type PartyId, parseJws, type PurposeCode, Sealer } from "#libs/terms";
import { accessTokenOf, signAccessToken, signDpop } from "#libs/token";
import { sandboxKey, sandboxSealMaster } from "../../sandbox/src/keys.js";
import { openRegisters, publicUrl, type Registers } from "./register.fixture.js";

const statusUri = `${publicUrl}/status`;
const evidence = digestOf("paper");
const until = "2030-01-01T00:00:00Z";
const possession = generateKeyPairSync("ed25519").privateKey;

let registers: Registers;
let server: HttpServer;

const start = (database: string) => registers.start(database);

beforeAll(async () => {
  registers = await openRegisters();
  server = await start("consents");
});

afterAll(async () => {
  await server?.close();
  await registers?.stop();
});

interface Body {
  readonly records: readonly { readonly record_id: string; readonly until: string }[];
  readonly receipts: readonly string[];
  readonly total: number;
  readonly record: { readonly pii_processing: { readonly pii_information: readonly object[] } };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

interface Answer {
  readonly status: number;
  /** An empty one where there was no JSON. */
  readonly body: Body;
  readonly text: string;
}

interface Asked {
  readonly org?: string;
  readonly officer?: string;
  readonly purpose?: string;
  readonly audience?: string;
  readonly method?: "GET" | "POST";
  readonly url?: string;
}

/** As an officer of an organisation. */
async function say(path: string, body: unknown, asked: Asked = {}): Promise<Answer> {
  const { org = "org:clinic", purpose = "referral", audience = publicUrl, method = "POST" } = asked;
  const now = new Date();
  const name = org.slice(4);
  const claims = accessTokenOf(
    {
      iss: `https://issuer.${name}.orvanda.example`,
      audience,
      org: org as OrgId,
      client: `client:${name}-desk` as PartyId,
      officer: (asked.officer ?? "officer:d31") as PartyId,
      purpose: purpose as PurposeCode,
      boundTo: { key: possession },
    },
    now,
  );
  const token = signAccessToken(claims, { kid: `${name}-issuer-1`, key: sandboxKey(`${name}-issuer-1`).privateKey });
  const dpop = signDpop({ method, url: `${publicUrl}${path}`, token }, possession, now);
  return answerOf(asked.url ?? server.url, path, method, { authorization: `DPoP ${token}`, dpop }, body);
}

async function answerOf(
  base: string,
  path: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(/^[{[]/.test(text) ? text : "{}") as Body, text };
}

function assertion(
  ministry: string,
  call: AdapterCall,
  change: { audience?: string; now?: Date; as?: string } = {},
): string {
  const signer = { kid: `${ministry}-adapter-1`, key: sandboxKey(`${ministry}-adapter-1`).privateKey };
  const id = `adapter:${change.as ?? ministry}` as PartyId;
  return signAssertion({ id, signer }, { audience: change.audience ?? publicUrl, call }, change.now ?? new Date());
}

const feedOf = (ministry: string, query = "", text = assertion(ministry, "GET /feed")) =>
  answerOf(server.url, `/feed${query}`, "GET", { authorization: `Bearer ${text}` });

const receiptsOf = async (ministry: string): Promise<ConsentReceipt[]> =>
  (await feedOf(ministry)).body.receipts.map((jwt) =>
    ConsentReceipt.parse(parseJws(jwt, "consent-receipt+jwt").payload),
  );

async function statusOf(receipt: ConsentReceipt | undefined): Promise<string> {
  const { text } = await answerOf(server.url, "/status/1", "GET", {});
  const key = sandboxKey("registry-consent-1").privateKey;
  return verifyStatusList(text, () => ({ iss: "org:registry", key })).list.statusAt(receipt!.status.status_list.idx);
}

let people = 1_000;
const somebody = () => ({ scheme: "NATIONAL_ID", value: String(7_000_000_000 + people++) });
const refAt = (provider: string, { value }: { value: string }) =>
  new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, provider as OrgId)).seal(
    `nid:${value}` as never,
  );

const consent = (change: object = {}) => ({
  kind: "consent",
  person: somebody(),
  purposes: ["referral"],
  coordinates: ["DisabilityEnrolment.assessedLevel", "DisabilityEnrolment.since", "Identity.fullName"],
  until,
  evidence,
  ...change,
});

async function given(change: object = {}, asked: Asked = {}): Promise<string> {
  const answer = await say("/consents", { consents: [consent(change)] }, asked);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.records[0]!.record_id;
}

const code = ({ body }: Answer) => body.errors?.[0]?.extensions.code;
const of = (record: string) => (receipt: ConsentReceipt) => receipt.record_id === record;

test("each provider gets a receipt of its own fields about the person as it knows them, and nobody else's", async () => {
  const person = somebody();
  const record = await given({ person });
  const [receipt] = (await receiptsOf("disability")).filter(of(record));
  expect(receipt).toMatchObject({
    sub: refAt("org:disability", person),
    aud: "org:disability",
    recipient: "org:clinic",
    coordinates: ["DisabilityEnrolment.assessedLevel", "DisabilityEnrolment.since"],
  });
  expect((await receiptsOf("civil")).find(of(record))).toMatchObject({ coordinates: ["Identity.fullName"] });
  expect((await receiptsOf("pay")).some(of(record))).toBe(false);
  expect(receipt!.status.status_list.uri).toBe(`${statusUri}/1`);
});

test("a withdrawal is on the list before its caller is answered, and cannot be undone", async () => {
  const record = await given();
  const [receipt] = (await receiptsOf("disability")).filter(of(record));
  expect(await statusOf(receipt)).toBe("valid");
  expect(await say(`/consents/${record}/withdrawal`, { evidence })).toMatchObject({
    status: 200,
    body: { state: "withdrawn" },
  });
  expect(await statusOf(receipt)).toBe("invalid");
  const { text } = await answerOf(server.url, "/metrics", "GET", {});
  expect(text).toMatch(/^weft_consent_changes_total\{kind="consent",outcome="withdrawn"\} [1-9]/m);
  for (const again of ["withdrawal", "renewal", "narrowing"]) {
    const body = { evidence, ...(again !== "withdrawal" && { until: "2030-06-01T00:00:00Z" }) };
    expect(code(await say(`/consents/${record}/${again}`, body))).toBe("CONSENT_ENDED");
  }
});

test("two who withdraw at one time: one is told that it is done, the other that it was", async () => {
  const record = await given();
  const answers = await Promise.all([1, 2].map(() => say(`/consents/${record}/withdrawal`, { evidence })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
});

test("narrowing takes a field away at once, and gives a receipt of what is left", async () => {
  const record = await given();
  const [before] = (await receiptsOf("disability")).filter(of(record));
  const narrowed = await say(`/consents/${record}/narrowing`, { evidence, coordinates: ["DisabilityEnrolment.since"] });
  expect(narrowed).toMatchObject({ status: 200, body: { state: "in-force", record: { record_version: 2 } } });
  expect(await statusOf(before)).toBe("invalid");
  expect((await receiptsOf("civil")).filter(of(record))).toHaveLength(1);
  const after = (await receiptsOf("disability")).filter(of(record)).at(-1);
  expect(after).toMatchObject({ record_version: 2, coordinates: ["DisabilityEnrolment.since"] });
  expect(await statusOf(after)).toBe("valid");
  const wider = { evidence, coordinates: ["DisabilityEnrolment.assessedLevel"] };
  expect(code(await say(`/consents/${record}/narrowing`, wider))).toBe("CONSENT_NOT_NARROWER");
});

test("a provider that waits is told of a new receipt at once", async () => {
  const { body } = await feedOf("food");
  const waiting = feedOf("food", `?after=${body.total}&wait=20`);
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await given({ coordinates: ["FoodSupportEnrolment.status"] });
  expect((await waiting).body.receipts).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(15_000);
});

test("whoever the person is, the answer is the same", async () => {
  const unknown = await say("/consents", {
    consents: [consent({ person: { scheme: "NATIONAL_ID", value: "0000000001" } })],
  });
  const known = await say("/consents", { consents: [consent()] });
  const shape = ({ status, body }: Answer) => [
    status,
    Object.keys(body),
    Object.keys(body.records[0]!),
    body.records[0]!.until,
  ];
  expect(shape(unknown)).toEqual(shape(known));
  expect(await say("/consents/search", { person: somebody() })).toMatchObject({ status: 200, body: { records: [] } });
});

test("who may: a record that is not the caller's own is not there", async () => {
  const person = somebody();
  const record = await given({ person });
  const paths = [
    `/consents/${record}/withdrawal`,
    `/consents/${record}/narrowing`,
    "/consents/AAAAAAAAAAAAAAAAAAAAAA/withdrawal",
  ];
  for (const path of paths) expect(code(await say(path, { evidence }, { org: "org:bank" }))).toBe("NOT_FOUND");
  expect(code(await say(`/consents/${record}`, undefined, { org: "org:bank", method: "GET" }))).toBe("NOT_FOUND");
  const shown = await say(`/consents/${record}`, undefined, { method: "GET" });
  expect(shown).toMatchObject({ status: 200, body: { state: "in-force", record: { record_id: record } } });
  expect(JSON.stringify(shown.body)).not.toContain(person.value);
  expect((await say("/consents/search", { person })).body.records).toHaveLength(1);
  expect((await say("/consents/search", { person }, { org: "org:bank" })).body.records).toEqual([]);
  const provider = (ministry: string) =>
    answerOf(server.url, `/consents/${record}`, "GET", {
      authorization: `Bearer ${assertion(ministry, "GET /consents")}`,
    });
  expect((await provider("civil")).body.record.pii_processing.pii_information).toHaveLength(1);
  expect(code(await provider("pay"))).toBe("NOT_FOUND");
});

test("who may: a purpose that the token does not have, and a protection by whom the country did not name, are refused", async () => {
  expect(code(await say("/consents", { consents: [consent()] }, { purpose: "research" }))).toBe("PURPOSE_NOT_ALLOWED");
  const protection = { kind: "protection", person: somebody(), until, evidence };
  expect(code(await say("/consents", { consents: [protection] }))).toBe("AUTHORITY_REQUIRED");
  expect((await say("/consents", { consents: [protection] }, { org: "org:welfare" })).status).toBe(201);
  for (const wrong of [
    { purposes: ["referral", "curiosity"] },
    { coordinates: ["Person.soul"] },
    { recipient: "org:bank" },
  ])
    expect(code(await say("/consents", { consents: [consent(wrong)] }))).toBe("REQUEST_MALFORMED");
  expect(
    code(await say("/consents", { consents: [consent({ person: { scheme: "NATIONAL_ID", value: "12" } })] })),
  ).toBe("PERSON_KEY_INVALID");
});

test("an objection that names neither fields nor providers speaks of every provider, one that names some does not", async () => {
  const objection = { kind: "objection", person: somebody(), until, evidence };
  const named = [{}, { controllers: ["org:civil"] }, { coordinates: ["Identity.fullName"] }];
  const { body } = await say("/consents", { consents: named.map((one) => ({ ...objection, ...one })) });
  const every = body.records.map(async ({ record_id }) => {
    const shown = await say(`/consents/${record_id}`, undefined, { method: "GET" });
    return (shown.body.record.pii_processing as { every_controller?: true }).every_controller;
  });
  expect(await Promise.all(every)).toEqual([true, undefined, undefined]);
});

test("an officer makes no more records in a day than the register allows", async () => {
  const many = { consents: Array.from({ length: 30 }, () => consent()) };
  const officer = { officer: "officer:busy" };
  expect((await say("/consents", many, officer)).status).toBe(201);
  expect(code(await say("/consents", many, officer))).toBe("LIMIT_EXCEEDED");
});

test("a token for another place, and no token, are refused", async () => {
  const body = { consents: [consent()] };
  expect(code(await say("/consents", body, { audience: "https://weft.orvanda.example" }))).toBe("TOKEN_REJECTED");
  expect(code(await answerOf(server.url, "/consents", "POST", {}, body))).toBe("TOKEN_MISSING");
});

test("only an adapter's own, fresh, unused assertion for this call opens the feed", async () => {
  const text = assertion("civil", "GET /feed");
  expect((await feedOf("civil", "", text)).status).toBe(200);
  const wrong = [
    text,
    assertion("civil", "POST /relations/ended"),
    assertion("civil", "GET /feed", { audience: "https://other.example" }),
    assertion("civil", "GET /feed", { now: new Date(Date.now() - 120_000) }),
    assertion("civil", "GET /feed", { now: new Date(Date.now() + 60_000) }),
    assertion("civil", "GET /feed", { as: "pay" }),
    `${assertion("civil", "GET /feed").slice(0, -4)}AAAA`,
  ];
  for (const one of wrong) expect(code(await feedOf("civil", "", one))).toBe("ASSERTION_REJECTED");
  expect(code(await answerOf(server.url, "/feed", "GET", {}))).toBe("TOKEN_MISSING");
});

test("a guardian who is one no more: the civil register says so, nobody else may, and nobody learns whether there was anything", async () => {
  const [ward, guardian] = [somebody(), somebody()];
  const record = await given({ person: ward, guardian: { person: guardian, majority: "2029-01-01T00:00:00Z" } });
  const [receipt] = (await receiptsOf("disability")).filter(of(record));
  expect(receipt).toMatchObject({ exp: Date.parse("2029-01-01T00:00:00Z") / 1000, on_behalf_of: receipt!.sub });
  const end = (ministry: string, who: { value: string }) => {
    const body = { guardian: [refAt(`org:${ministry}`, who)], ward: [refAt(`org:${ministry}`, ward)] };
    const headers = { authorization: `Bearer ${assertion(ministry, "POST /relations/ended")}` };
    return answerOf(server.url, "/relations/ended", "POST", headers, body);
  };
  expect(code(await end("pay", guardian))).toBe("AUTHORITY_REQUIRED");
  expect(await end("civil", somebody())).toMatchObject({ status: 204, text: "" });
  expect(await statusOf(receipt)).toBe("valid");
  expect(await end("civil", guardian)).toMatchObject({ status: 204, text: "" });
  expect(await statusOf(receipt)).toBe("invalid");
});

test("what was written can be neither changed nor deleted by the account that the register works as", async () => {
  const client = new pg.Client({
    connectionString: registers.postgres.superuserUrl("consents"),
    options: "-c role=weft_consent_write",
  });
  await client.connect();
  const refused = (text: string) => expect(client.query(text)).rejects.toThrow(/permission denied/);
  await refused("delete from record_version");
  await refused("update record_version set body = body");
  await refused("delete from receipt");
  await refused("update receipt set jwt = jwt");
  await refused("delete from place");
  await refused("truncate record_version cascade");
  await client.end();
});

test("a register of which a row was changed, taken out or brought back does not start; one that is whole does", async () => {
  const first = await start("whole");
  const record = (await say("/consents", { consents: [consent()] }, { url: first.url })).body.records[0]!.record_id;
  await say("/consents", { consents: [consent()] }, { url: first.url });
  await say(`/consents/${record}/withdrawal`, { evidence }, { url: first.url });
  // What it noted apart from the database is written within a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await first.close();
  await (await start("whole")).close();
  const client = new pg.Client({ connectionString: registers.postgres.superuserUrl("whole") });
  await client.connect();
  const damage = [
    [
      "update record_version set body = replace(body, 'referral', 'research') where entry = 1",
      "update record_version set body = replace(body, 'research', 'referral') where entry = 1",
    ],
    [
      "create table kept as select * from receipt where entry = 2; delete from receipt where entry = 2",
      "insert into receipt select * from kept; drop table kept",
    ],
    [
      `update place set ended = false from receipt where receipt.idx = place.idx and record_id = '${record}'`,
      `update place set ended = true from receipt where receipt.idx = place.idx and record_id = '${record}'`,
    ],
  ];
  for (const [harm, repair] of damage) {
    await client.query(harm!);
    await expect(start("whole")).rejects.toThrow(expect.objectContaining({ code: "REGISTER_DAMAGED" }));
    await client.query(repair!);
  }
  await (await start("whole")).close();
  // As from a backup that was made before anything was said.
  await client.query(
    `truncate record_version, receipt, record, place; update register_head set size = 0, chain = '${emptyRegister.chain}'`,
  );
  await expect(start("whole")).rejects.toThrow(expect.objectContaining({ code: "REGISTER_DAMAGED" }));
  await client.end();
});
