import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger, type HttpServer } from "#libs/server";
import { digestOf } from "#libs/terms";
import { sandboxKey } from "../../sandbox/src/keys.js";
import { type Asked, type Body, bodyOf, refusalOf, sayAs, writableOf } from "./officer.fixture.js";
import { Browser, codeIn, corpus } from "./page/browser.fixture.js";
import { openRegisters, publicUrl, type Registers } from "./register.fixture.js";

/** Asking over HTTP, and the person's page as a browser without a script sees it. */
const evidence = digestOf("paper");
const until = "2029-01-01T00:00:00Z";
const fields = {
  level: "DisabilityEnrolment.assessedLevel",
  since: "DisabilityEnrolment.since",
  status: "DisabilityEnrolment.status",
};
/** All that the process wrote about itself. */
let logged = "";

let registers: Registers;
let server: HttpServer;

const start = (database: string) => {
  const destination = writableOf((text) => (logged += text));
  const logger = createLogger({ name: "consent", level: "debug", destination });
  return registers.start(database, { WEFT_LOG_LEVEL: "debug" }, logger);
};

beforeAll(async () => {
  registers = await openRegisters();
  server = await start("asking");
});

afterAll(async () => {
  await server?.close();
  await registers?.stop();
});

/** As an officer's system: another officer with each call unless told. */
const say = (path: string, body: unknown, asked: Asked = {}) =>
  sayAs({ url: server.url, publicUrl, keyOf: (kid) => sandboxKey(kid).privateKey }, path, body, asked);

let people = 0;
const somebody = () => ({ scheme: "NATIONAL_ID", value: String(6_731_482_913 + people++) });
const asking = (change: object = {}) => ({
  person: somebody(),
  purpose: "referral",
  coordinates: [fields.level, fields.since],
  until,
  ...change,
});

async function asked(change: object = {}): Promise<string> {
  const answer = await say("/consent-requests", asking(change));
  expect(answer.status).toBe(202);
  return (await bodyOf(answer)).code;
}

async function answered(person: { scheme: string; value: string }, decision: string, field: string[] = []) {
  const browser = new Browser(server.url);
  await browser.open(await asked({ person }), person);
  return { browser, answer: await browser.decide(decision, field) };
}

const mine = async (person: object) => (await bodyOf(await say("/consents/search", { person }))).records;
test("202 and a code, byte for byte, whoever the person is: known, unknown, silenced, protected, objecting", async () => {
  const [known, unknown, silenced, protectedPerson, objector] = [1, 2, 3, 4, 5].map(somebody);
  expect((await answered(known!, "give", [fields.level])).answer.status).toBe(200);
  expect((await answered(silenced!, "silence")).answer.status).toBe(200);
  for (const [kind, person] of [
    ["protection", protectedPerson],
    ["objection", objector],
  ] as const) {
    const welfare = { org: "org:welfare", purpose: "eligibility-assessment" };
    const restriction = { kind, person, until, evidence };
    expect((await say("/consents", { consents: [restriction] }, welfare)).status).toBe(201);
  }
  const answers = await Promise.all(
    [known, unknown, silenced, protectedPerson, objector].map(async (person) => {
      const response = await say("/consent-requests", asking({ person }));
      const headers = [...response.headers].filter(([name]) => name !== "date");
      const text = await response.text();
      expect(codeIn(text)).not.toBe("");
      return { status: response.status, headers, text: text.replace(codeIn(text), "CODE") };
    }),
  );
  expect(answers[0]).toMatchObject({ status: 202, text: '{"code":"CODE"}' });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test("a code of a silenced organisation opens nothing, and says so as any other that is none", async () => {
  const person = somebody();
  await answered(person, "silence");
  const wrong = async (code: string) => {
    const { status, text } = await new Browser(server.url).open(code, person);
    return { status, text: text.replaceAll(/value="(enter\.[^"]*|[^"]*-[^"]*)"/g, "") };
  };
  const unheard = await wrong(await asked({ person }));
  expect(unheard.status).toBe(422);
  expect(await wrong("K7MP-2X4R-9TWA")).toEqual(unheard);
  expect(await wrong(await asked())).toEqual(unheard);
});

test("whether it was refused, silenced, is over or was never looked at: nothing tells its asker", async () => {
  const [waiting, refused, silenced, given] = [1, 2, 3, 4].map(somebody);
  await asked({ person: waiting });
  await answered(refused!, "refuse");
  await answered(silenced!, "silence");
  await answered(given!, "give", [fields.since]);
  const none = await (await say("/consents/search", { person: waiting })).text();
  expect(await (await say("/consents/search", { person: refused })).text()).toBe(none);
  expect(await (await say("/consents/search", { person: silenced })).text()).toBe(none);
  expect(await mine(given!)).toHaveLength(1);
});

test.each([
  ["another purpose than the token's", { purpose: "research" }, "PURPOSE_NOT_ALLOWED"],
  ["for another recipient", { recipients: ["org:bank"] }, "RECIPIENT_NOT_ALLOWED"],
  ["a ministry without an agreement", { coordinates: ["Identity.fullName"] }, "AGREEMENT_INACTIVE"],
  ["no field of the country", { coordinates: ["Person.soul"] }, "FIELD_NOT_IN_AGREEMENT"],
  ["a field that needs nobody's consent", { coordinates: ["PageInfo.hasNextPage"] }, "CONSENT_NOT_NEEDED"],
  ["what comes along, and no field", { coordinates: ["Person.disability"] }, "REQUEST_MALFORMED"],
  ["a time that is over", { until: "2020-01-01T00:00:00Z" }, "REQUEST_MALFORMED"],
  ["a wait of a year", { expires: "2028-01-01T00:00:00Z" }, "REQUEST_MALFORMED"],
  ["no person's number", { person: { scheme: "NATIONAL_ID", value: "12" } }, "PERSON_KEY_INVALID"],
])("%s: an error that depends on who asks for what", async (_, change, code) => {
  expect(await refusalOf(await say("/consent-requests", asking(change)))).toBe(code);
});

test("what rests on law is not asked for", async () => {
  const welfare = { org: "org:welfare", purpose: "eligibility-assessment" };
  const body = asking({ purpose: "eligibility-assessment", coordinates: ["DisabilityEnrolment.meetsStatutoryLevel"] });
  expect(await refusalOf(await say("/consent-requests", body, welfare))).toBe("CONSENT_NOT_NEEDED");
});

test("an officer asks so often in a day and no more", async () => {
  const officer = "officer:busy";
  for (let i = 0; i < 30; i++) expect((await say("/consent-requests", asking(), { officer })).status).toBe(202);
  expect(await refusalOf(await say("/consent-requests", asking(), { officer }))).toBe("LIMIT_EXCEEDED");
});

test("the person reads who asks, for what, which data; gives a part; the record is that part and what carries it", async () => {
  const person = somebody();
  const browser = new Browser(server.url);
  const { text } = await browser.open(await asked({ person, case: "ref-2026-0117" }), person);
  for (const words of [
    "District Clinic Kelani",
    "Sending somebody on to help",
    "Disability programme: Assessed level",
    "Disability Programme",
    "1 January 2029",
    "ref-2026-0117",
  ])
    expect(text).toContain(words);
  expect(text).not.toMatch(/<script|<img|https?:\/\/|checked/);
  expect((await browser.decide("give", [fields.level])).status).toBe(200);
  const [shown] = await mine(person);
  expect(shown!.record).toMatchObject({
    pii_processing: {
      recipient_third_parties: ["org:clinic"],
      pii_information: [
        {
          pii_controller: "org:disability",
          coordinates: [
            "DisabilityEnrolment.asOf",
            fields.level,
            "DisabilityEnrolment.programme",
            "DisabilityEnrolment.quality",
            "DisabilityEnrolment.source",
            "Person.disability",
          ],
        },
      ],
      validity: { until },
      language: "en",
    },
    event: { collection_method: { how: "self" } },
  });
});

test("nothing ticked, or a field that nobody asked for: nothing is recorded, and the person may go on", async () => {
  const person = somebody();
  const browser = new Browser(server.url);
  await browser.open(await asked({ person }), person);
  const empty = await browser.decide("give");
  expect(empty.status).toBe(422);
  expect(empty.text).toContain('aria-describedby="wrong tick"');
  expect((await browser.decide("give", [fields.status])).status).toBe(422);
  expect(await mine(person)).toEqual([]);
  expect((await browser.decide("give", [fields.since])).status).toBe(200);
});

test("five numbers that are not the person's, and the code opens nothing to anyone", async () => {
  const person = somebody();
  const code = await asked({ person });
  for (let i = 0; i < 5; i++) expect((await new Browser(server.url).open(code, somebody())).status).toBe(422);
  expect((await new Browser(server.url).open(code, person)).status).toBe(422);
});

test("another site's form, another browser's ticket, a ticket of another step: nothing is recorded", async () => {
  const person = somebody();
  const browser = new Browser(server.url);
  await browser.open(await asked({ person }), person);
  const { ticket, cookie } = browser;
  const give = { decision: "give", field: [fields.level], ticket };
  const stranger = new Browser(server.url);
  await stranger.go("/answer");
  const enterTicket = stranger.ticket;
  for (const attempt of [
    () => new Browser(server.url).go("/answer/decision", give),
    () => stranger.go("/answer/decision", give),
    () => stranger.go("/answer/decision", { ...give, ticket: enterTicket }),
    () =>
      browser.go("/answer/decision", { ...give, ticket: ticket.replace(/.$/, (last) => (last === "A" ? "B" : "A")) }),
    () => browser.go("/answer/decision", give, { cookie, "sec-fetch-site": "cross-site" }),
    () => browser.go("/answer/paper", { ticket, code: "K7MP-2X4R-9TWA" }),
  ])
    expect((await attempt()).status).toBe(409);
  expect(await mine(person)).toEqual([]);
  browser.cookie = cookie;
  expect((await browser.go("/answer/decision", give, { "sec-fetch-site": "same-origin" })).status).toBe(200);
  expect((await browser.go("/answer/decision", give)).status).toBe(409);
  expect(await mine(person)).toHaveLength(1);
});

test("no page is stored, framed or told to others; nothing of another site is on it", async () => {
  const person = somebody();
  const { browser, answer } = await answered(person, "give", [fields.level]);
  for (const { headers } of [answer, await browser.go("/answer"), await browser.go("/take-back")]) {
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("set-cookie")).toMatch(/^weft-page=[\w-]{22}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  }
});

test.each(corpus)("%j is refused where a consumer sends it, and is text where a person types it", async (text) => {
  for (const change of [{ case: text }, { purpose: text }, { coordinates: [text] }, { recipients: [text] }])
    expect((await say("/consent-requests", asking(change))).status).toBe(400);
  const browser = new Browser(server.url);
  await browser.go(`/answer?lang=${encodeURIComponent(text)}`);
  const page = await browser.go("/answer", { code: text, scheme: text, number: text, lang: text });
  expect(page.status).toBe(422);
  expect(page.text).not.toMatch(/<(script|img|svg|b>)|onerror=alert\(1\)>|onload=alert\(1\)>/);
  await browser.go("/take-back");
  expect((await browser.go("/take-back", { code: text })).text).not.toMatch(/<(script|img|svg)/);
  await browser.go("/hear-again");
  const again = await browser.go("/hear-again", { code: text, scheme: text, number: text, lang: text });
  expect([again.status, /<(script|img|svg)/.test(again.text)]).toEqual([422, false]);
});

test("the page speaks Arabic from right to left, with the contracts' own words where they have them", async () => {
  const person = somebody();
  const browser = new Browser(server.url);
  const code = await asked({ person });
  await browser.go("/answer?lang=ar");
  const arabic = Object.assign({ code, scheme: person.scheme, lang: "ar" });
  const digits = person.value.replaceAll(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
  const { text, status } = await browser.go("/answer", { ...arabic, number: digits });
  expect(status).toBe(200);
  expect(text).toContain('<html lang="ar" dir="rtl">');
  for (const words of ["عيادة كيلاني المحلية", "إحالة شخص إلى من يساعده", "الدرجة المُقيَّمة"])
    expect(text).toContain(words);
});

test("the printed code ends the consent at the counter of any organisation, which is told nothing", async () => {
  const person = somebody();
  const { browser, answer } = await answered(person, "give", [fields.level]);
  const code = codeIn(answer.text);
  const pdf = await browser.go("/answer/paper", { code });
  expect(pdf.headers.get("content-type")).toBe("application/pdf");
  expect(pdf.bytes.subarray(0, 5).toString()).toBe("%PDF-");
  const bank = { org: "org:bank", purpose: "identity-verification" };
  const unknown = await say("/withdrawals", { code: "K7MP-2X4R-9TWA" }, bank);
  expect(unknown.status).toBe(404);
  for (const times of [1, 2]) {
    const response = await say("/withdrawals", { code: code.toLowerCase() }, bank);
    expect([times, response.status, await response.text()]).toEqual([times, 200, '{"state":"ended"}']);
  }
  expect(await mine(person)).toEqual([]);
});

test("pressed twice, an answer is recorded once, and both are pages", async () => {
  const person = somebody();
  const browser = new Browser(server.url);
  await browser.open(await asked({ person }), person);
  const give = { decision: "give", field: [fields.level], ticket: browser.ticket };
  const pages = await Promise.all([1, 2, 3].map(() => browser.go("/answer/decision", give)));
  expect(pages.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { text } of pages) expect(text).toMatch(/^<!doctype html>/);
  expect(await mine(person)).toHaveLength(1);
});

test("on the page too, without a number", async () => {
  const person = somebody();
  const { answer } = await answered(person, "give", [fields.level]);
  const browser = new Browser(server.url);
  await browser.go("/take-back");
  expect((await browser.go("/take-back", { code: "K7MP-2X4R-9TWA" })).status).toBe(422);
  expect((await browser.go("/take-back", { code: codeIn(answer.text) })).status).toBe(200);
  expect(await mine(person)).toEqual([]);
});

test("given at an office: the answer has the person's code, and with it the half page is printed, for that office alone", async () => {
  const consent = {
    kind: "consent",
    person: somebody(),
    purposes: ["referral"],
    coordinates: [fields.level],
    until,
    evidence,
  };
  const given = await bodyOf(await say("/consents", { consents: [consent] }));
  const [{ record_id: id, withdrawal_code: code }] = given.records as [Body["records"][number]];
  for (const language of ["en", "ar"]) {
    const paper = await say(`/consents/${id}/paper`, { withdrawal_code: code, language });
    expect([paper.status, paper.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(
      Buffer.from(await paper.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
  }
  const bank = { org: "org:bank", purpose: "identity-verification" };
  expect((await say(`/consents/${id}/paper`, { withdrawal_code: code }, bank)).status).toBe(404);
  expect((await say(`/consents/${id}/paper`, { withdrawal_code: "K7MP-2X4R-9TWA" })).status).toBe(404);
  expect((await say("/withdrawals", { code }, bank)).status).toBe(200);
});

test("an objection has no code by which whoever finds it could end it", async () => {
  const objection = { kind: "objection", person: somebody(), until, evidence };
  const { records } = await bodyOf(await say("/consents", { consents: [objection] }));
  expect(Object.keys(records[0]!)).toEqual(["record_id", "record_version", "until"]);
});

test("no number and no code is in the database or in the process's log", async () => {
  const person = somebody();
  const code = await asked({ person });
  await new Browser(server.url).open(code, person);
  const client = new pg.Client({ connectionString: registers.postgres.superuserUrl("asking") });
  await client.connect();
  const { rows } = await client.query("select * from asking_event");
  await client.end();
  expect(rows.length).toBeGreaterThan(10);
  expect(logged).toContain("/answer/decision");
  for (const secret of [person.value, code, code.replaceAll("-", "")])
    for (const text of [JSON.stringify(rows), logged]) expect(text).not.toContain(secret);
});

test("events are neither changed nor deleted by the register's role, and one that was altered keeps it from starting", async () => {
  const client = new pg.Client({ connectionString: registers.postgres.superuserUrl("asking") });
  await client.connect();
  await client.query("set role weft_consent_write");
  for (const statement of ["update asking_event set n = n", "delete from asking_event"])
    await expect(client.query(statement)).rejects.toThrow(/permission denied/);
  await client.query("reset role");
  const [{ entry }] = (await client.query("select entry from asking_event where type = 'refused' limit 1")).rows;
  await client.query("update asking_event set officer = 'officer:somebody' where entry = $1", [entry]);
  await expect(start("asking")).rejects.toMatchObject({ code: "REGISTER_DAMAGED" });
  await client.query("update asking_event set officer = null where entry = $1", [entry]);
  await (await start("asking")).close();
  await client.query("delete from asking_event where entry = (select max(entry) from asking_event)");
  await expect(start("asking")).rejects.toMatchObject({ code: "REGISTER_DAMAGED" });
  await client.end();
});
