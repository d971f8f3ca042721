import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AdapterCall,
  openPostgresAsking,
  openPostgresConsents,
  signAssertion,
  verifyChain,
  verifyEvents,
} from "#libs/consent";
import { createLogger, type HttpServer } from "#libs/server";
import { deriveSealKey, digestOf, type OrgId, type PartyId, Sealer } from "#libs/terms";
import { sandboxKey, sandboxSealMaster } from "../../sandbox/src/keys.js";
import { type Asked, bodyOf, refusalOf, sayAs, writableOf } from "./officer.fixture.js";
import { Browser, codeIn } from "./page/browser.fixture.js";
import { openRegisters, publicUrl, type Registers } from "./register.fixture.js";

/** What becomes of an answer: when something breaks, when the person changes their mind, when somebody else answers for them. */
const evidence = digestOf("paper");
const until = "2029-01-01T00:00:00Z";
const majority = "2028-02-03T00:00:00Z";
const level = "DisabilityEnrolment.assessedLevel";
const bank = { org: "org:bank", purpose: "identity-verification" };
let logged = "";

let registers: Registers;
let server: HttpServer;
let database: pg.Client;

beforeAll(async () => {
  registers = await openRegisters();
  const destination = writableOf((text) => (logged += text));
  server = await registers.start("answers", {}, createLogger({ name: "consent", level: "debug", destination }));
  database = new pg.Client({ connectionString: registers.postgres.superuserUrl("answers") });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await server?.close();
  await registers?.stop();
});

const say = (path: string, body: unknown, asked: Asked = {}) =>
  sayAs({ url: server.url, publicUrl, keyOf: (kid) => sandboxKey(kid).privateKey }, path, body, asked);

type Key = { readonly scheme: string; readonly value: string };
let people = 0;
const somebody = (): Key => ({ scheme: "NATIONAL_ID", value: String(6_931_482_913 + people++) });

async function askFor(person: Key, change: object = {}): Promise<string> {
  const body = { person, purpose: "referral", coordinates: [level], until, ...change };
  const answer = await say("/consent-requests", body);
  expect(answer.status).toBe(202);
  return (await bodyOf(answer)).code;
}

async function opened(person: Key, code?: string): Promise<Browser> {
  const browser = new Browser(server.url);
  expect((await browser.open(code ?? (await askFor(person)), person)).status).toBe(200);
  return browser;
}

const mine = async (person: object) => (await bodyOf(await say("/consents/search", { person }))).records;

/** As long as it lasts, this table takes no row: as a disk that is full. */
async function whileFull<T>(table: string, work: () => Promise<T>): Promise<T> {
  await database.query(`create function full_disk() returns trigger as 'begin raise exception ''disk full at ${table}''; end' language plpgsql;
    create trigger full_disk before insert on ${table} for each statement execute function full_disk()`);
  try {
    return await work();
  } finally {
    await database.query("drop function full_disk cascade");
  }
}

async function isWhole(): Promise<void> {
  const url = registers.postgres.superuserUrl("answers");
  const [records, asking] = [await openPostgresConsents(url), await openPostgresAsking(url)];
  await verifyChain(records.entries(), await records.head());
  await verifyEvents(asking.entries(), await asking.head());
  await Promise.all([records.close(), asking.close()]);
}

test.each(["record_version", "receipt", "asking_event"])(
  "an answer that cannot be kept whole (%s) is not kept at all: the person is told, and answers again",
  async (table) => {
    const person = somebody();
    const browser = await opened(person);
    const { ticket, cookie } = browser;
    const failed = await whileFull(table, () => browser.decide("give", [level]));
    expect(failed.status).toBe(500);
    expect(failed.text).toContain("This did not work");
    expect(await mine(person)).toEqual([]);
    browser.cookie = cookie;
    const given = await browser.go("/answer/decision", { decision: "give", field: [level], ticket });
    expect(given.status).toBe(200);
    expect(await mine(person)).toHaveLength(1);
    const taken = await whileFull("asking_event", () => say("/withdrawals", { code: codeIn(given.text) }, bank));
    expect(taken.status).toBe(500);
    expect(await mine(person)).toHaveLength(1);
    expect((await say("/withdrawals", { code: codeIn(given.text) }, bank)).status).toBe(200);
    await isWhole();
  },
);

test("a consent at an office and its code are kept together", async () => {
  const consent = { kind: "consent", purposes: ["referral"], coordinates: [level], until, evidence };
  const events = async () => (await database.query("select count(*)::int as n from asking_event")).rows[0].n as number;
  const before = await events();
  const give = () => say("/consents", { consents: [{ ...consent, person: somebody() }] });
  expect((await whileFull("receipt", give)).status).toBe(500);
  expect(await events()).toBe(before);
  expect((await give()).status).toBe(201);
  expect(await events()).toBe(before + 1);
});

test.each([
  ["en", "This did not work", "ltr"],
  ["ar", "لم ينجح ذلك", "rtl"],
])(
  "what goes wrong is a page in the person's language (%s), and says nothing of our insides",
  async (lang, title, dir) => {
    const browser = await opened(somebody());
    const form = { decision: "give", field: [level], ticket: browser.ticket, lang };
    const before = logged.length;
    const { status, headers, text } = await whileFull("receipt", () => browser.go("/answer/decision", form));
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
      500,
      "text/html; charset=utf-8",
      "no-store",
    ]);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).toContain(`<html lang="${lang}" dir="${dir}">`);
    expect(text).toContain(title);
    expect(text).not.toMatch(/disk|receipt|trigger|plpgsql|INTERNAL|errors/);
    expect(logged.slice(before)).toContain("P0001");
    expect(logged).not.toContain("disk full");
  },
);

test("so is a form that no page of ours sends", async () => {
  const browser = await opened(somebody());
  const { ticket } = browser;
  const wrong = await browser.go("/answer/decision", { decision: "sell", ticket });
  const large = await browser.go("/answer", { code: "A".repeat(20_000) }, { "accept-language": "ar" });
  const response = await fetch(`${server.url}/answer`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "x",
  });
  expect([wrong.status, large.status, response.status]).toEqual([400, 413, 415]);
  for (const text of [wrong.text, large.text, await response.text()]) expect(text).toMatch(/^<!doctype html>/);
  expect(large.text).toContain('dir="rtl"');
});

test("who silenced an office lets it ask again on the page, with the code of that day and their own number", async () => {
  const person = somebody();
  const silenced = await (await opened(person)).decide("silence");
  const code = codeIn(silenced.text);
  expect(code).not.toBe("");
  const unheard = await askFor(person);
  const browser = new Browser(server.url);
  const hear = async (typed: string, { scheme, value: number }: Key) => {
    const page = await browser.go("/hear-again");
    expect(page.text).toContain("Let an office ask you again");
    return browser.go("/hear-again", { code: typed, scheme, number });
  };
  for (const [typed, who] of [
    ["K7MP-2X4R-9TWA", person],
    [unheard, person],
    [code, somebody()],
  ] as const)
    expect((await hear(typed, who)).status).toBe(422);
  const bare = { ticket: "", code, scheme: person.scheme, number: person.value };
  expect((await browser.go("/hear-again", bare)).status).toBe(409);
  expect((await new Browser(server.url).open(await askFor(person), person)).status).toBe(422);
  const heard = await hear(code, person);
  expect([heard.status, heard.text.includes("The office may ask you again")]).toEqual([200, true]);
  expect((await new Browser(server.url).open(unheard, person)).status).toBe(422);
  expect((await (await opened(person)).decide("give", [level])).status).toBe(200);
  // It is the code of a silence: nothing is taken back by it.
  expect((await say("/withdrawals", { code }, bank)).status).toBe(404);
});

test("without the code a silence ends at any other counter, which is told the same whoever the person is", async () => {
  const [silent, other] = [somebody(), somebody()];
  await (await opened(silent)).decide("silence");
  const end = (person: Key, asked: Asked, organisation = "org:clinic") =>
    say("/silences/ended", { person, organisation, evidence }, asked);
  expect(await refusalOf(await end(silent, {}))).toBe("AUTHORITY_REQUIRED");
  expect(await refusalOf(await end(other, {}))).toBe("AUTHORITY_REQUIRED");
  expect(await refusalOf(await end(silent, bank, "org:nobody"))).toBe("REQUEST_MALFORMED");
  expect((await new Browser(server.url).open(await askFor(silent), silent)).status).toBe(422);
  const answers = [await end(silent, bank), await end(other, bank)];
  for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([204, ""]);
  expect((await opened(silent)).ticket).not.toBe("");
  const busy = { ...bank, officer: "officer:busy" };
  for (let i = 0; i < 30; i++) expect((await end(other, busy)).status).toBe(204);
  expect(await refusalOf(await end(other, busy))).toBe("LIMIT_EXCEEDED");
});

const refAt = (provider: string, { value }: Key) =>
  new Sealer(deriveSealKey(sandboxSealMaster.kid, sandboxSealMaster.bytes, provider as OrgId)).seal(
    `nid:${value}` as never,
  );

function tell(path: string, call: AdapterCall, body: object): Promise<Response> {
  const signer = { kid: "civil-adapter-1", key: sandboxKey("civil-adapter-1").privateKey };
  const text = signAssertion({ id: "adapter:civil" as PartyId, signer }, { audience: publicUrl, call }, new Date());
  return fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${text}` },
    body: JSON.stringify(body),
  });
}

const endRelation = (guardian: Key, ward: Key) =>
  tell("/relations/ended", "POST /relations/ended", {
    guardian: [refAt("org:civil", guardian)],
    ward: [refAt("org:civil", ward)],
  });

test("a guardian reads for whom they answer, gives for the ward, and it ends with the ward's majority", async () => {
  const [ward, guardian] = [somebody(), somebody()];
  const code = await askFor(ward, { guardian: { person: guardian, majority, evidence } });
  expect((await new Browser(server.url).open(code, ward)).status).toBe(422);
  const browser = new Browser(server.url);
  const { text } = await browser.open(code, guardian);
  for (const words of [
    "For the person in your care, not for yourself.",
    `Their number ends in <bdi dir="ltr">${ward.value.slice(-3)}</bdi>`,
    "3 February 2028",
  ])
    expect(text).toContain(words);
  expect(text).not.toContain(ward.value);
  expect(text).not.toContain(guardian.value);
  const { ticket, cookie } = browser;
  expect((await browser.go("/answer/decision", { decision: "give", ticket })).text).toContain("in your care");
  browser.cookie = cookie;
  const given = await browser.go("/answer/decision", { decision: "give", field: [level], ticket });
  expect(given.text).toContain("in your care");
  const pdf = await browser.go("/answer/paper", { code: codeIn(given.text) });
  expect(pdf.headers.get("content-type")).toBe("application/pdf");
  const [shown] = await mine(ward);
  expect(shown!.record).toMatchObject({
    by_guardian: true,
    pii_processing: { validity: { until: majority } },
    event: { entity_id: "guardian", collection_method: { how: "self" } },
  });
  expect(await mine(guardian)).toEqual([]);
  // The civil register tells that they are the guardian no longer.
  expect((await endRelation(guardian, ward)).status).toBe(204);
  expect(await mine(ward)).toEqual([]);
});

test("a guardian who is one no more answers no request, neither one that is open before them nor a new look at it", async () => {
  const [ward, guardian] = [somebody(), somebody()];
  const code = await askFor(ward, { guardian: { person: guardian, majority, evidence } });
  const browser = await opened(guardian, code);
  expect((await endRelation(guardian, ward)).status).toBe(204);
  expect((await browser.decide("give", [level])).status).toBe(409);
  expect((await new Browser(server.url).open(code, guardian)).status).toBe(422);
  expect(await mine(ward)).toEqual([]);
});

test("a guardian is named by a paper and for a ward who is not of age; the answer is 202 whoever they are", async () => {
  const [ward, guardian] = [somebody(), somebody()];
  const ask = (change: object) =>
    say("/consent-requests", {
      person: ward,
      purpose: "referral",
      coordinates: [level],
      until,
      guardian: { person: guardian, majority, evidence, ...change },
    });
  for (const change of [{ majority: "2020-01-01T00:00:00Z" }, { person: ward }, { evidence: undefined }])
    expect(await refusalOf(await ask(change))).toBe("REQUEST_MALFORMED");
  await endRelation(guardian, ward);
  const answers = await Promise.all([ask({}), ask({ person: somebody() })]);
  for (const answer of answers) expect([answer.status, Object.keys(await bodyOf(answer))]).toEqual([202, ["code"]]);
});

test("no number of a person, of a ward or of a guardian is in a row or in the process's log", async () => {
  const rows: object[][] = [];
  for (const table of ["asking_event", "record_version", "record"])
    rows.push((await database.query(`select * from ${table}`)).rows as object[]);
  expect(rows[0]!.length).toBeGreaterThan(20);
  const kept = `${JSON.stringify(rows)}${logged}`;
  for (let i = 0; i < people; i++) expect(kept).not.toContain(String(6_931_482_913 + i));
});
