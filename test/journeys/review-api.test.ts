import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryOf, pinLogs, readDisclosures, RECORD_TYP, RecordPayload, verifyProof } from "#libs/access-log";
import type { AlertsAnswer, RecordAnswer, RevealAnswer, RevealsAnswer, SearchAnswer } from "#libs/review";
import { parseJws } from "#libs/terms";
import { runningMinistries } from "../../apps/sandbox/src/compose-apps.js";
import { questionsOf } from "../../apps/sandbox/src/questions.js";
import { type Orvanda, startOrvanda } from "./orvanda.js";
import { emergencies } from "./review/emergencies.js";
import { looks } from "./review/looks.js";
import { requests, requestsOfAHouse } from "./review/requests.js";
import { usage, usageByPage } from "./review/usage.js";
import { type Signed, signedIn, signIn, Visitor, walkToReturn } from "./reviewer.js";

/** To a data-protection officer: you see what concerns your house, nothing else, and never without a record that you looked. */
let orvanda: Orvanda;
let civil: Signed;
let welfare: Signed;
let authority: Signed;

const occasion = { purpose: "audit", case: "i-2026-7" };
const search = { occasion, terms: {}, limit: 200 };
/** As whoever fills a case reference with what a page might run. */
const nasty = ["javascript-alert-1", "a/../../b", "img.src-x.onerror-1"];

/** Rules that wait for nothing: neither for outcomes nor for late cases. */
const watching = {
  WEFT_WATCH_FOR: "org:dpa",
  WEFT_WATCH_EVERY: "1",
  WEFT_WATCH_DELAY: "1",
  WEFT_WATCH_RULES: JSON.stringify({ registrationDays: 0 }),
};

beforeAll(async () => {
  orvanda = await startOrvanda({ console: true, settings: { console: watching } });
  const { eligibility, roster, customer } = questionsOf(orvanda.country);
  for (const question of [eligibility, roster, customer]) await orvanda.ask(question);
  for (const caseId of nasty) await orvanda.ask({ ...eligibility, caseId });
  civil = await signIn(orvanda.urls, "civil");
  welfare = await signIn(orvanda.urls, "welfare");
  authority = await signIn(orvanda.urls, "authority");
});
afterAll(() => orvanda?.stop());

/** The index follows the log; what was recorded just now is found once it has. */
async function indexed(): Promise<void> {
  const behind = async () =>
    ((await (await fetch(`${orvanda.urls.log}/search/status`)).json()) as { behind: number }).behind;
  await expect.poll(behind, { timeout: 20_000, interval: 50 }).toBe(0);
}

async function hitsOf(who: Signed, terms: object = {}): Promise<SearchAnswer> {
  await indexed();
  const heard = await who.post("/api/search", { ...search, terms });
  expect(heard.status, heard.text).toBe(200);
  return heard.body as SearchAnswer;
}

test("an officer of each house is who their own house says they are", () => {
  expect(civil.me).toMatchObject({ organisation: "org:civil", roles: ["dpo"], scope: "own" });
  expect(authority.me).toMatchObject({ organisation: "org:dpa", roles: ["authority"], scope: "all" });
});

test("a ministry sees what it was asked, a consumer what it asked, the authority all and who looked", async () => {
  const [atCivil, atWelfare, all] = [await hitsOf(civil), await hitsOf(welfare), await hitsOf(authority)];
  expect(atCivil.hits.length).toBeGreaterThan(3);
  for (const { caller, sections, outcome } of atCivil.hits) {
    const told = [...sections, ...(outcome?.sources ?? [])].map(({ provider }) => provider);
    if (caller?.consumer !== "org:civil") expect([...new Set(told)]).toEqual(["org:civil"]);
  }
  expect(new Set(atWelfare.hits.map(({ caller }) => caller?.consumer))).toEqual(new Set(["org:welfare"]));
  // All but the payment provider, whom only the programme asks.
  expect(new Set(atWelfare.hits.flatMap(({ sections }) => sections.map(({ provider }) => provider))).size).toBe(
    runningMinistries.length - 1,
  );
  const looks = all.hits.filter(({ kind }) => kind === "review");
  expect(looks.map(({ index }) => index)).toEqual(expect.arrayContaining([atWelfare.record, atCivil.record]));
  expect(new Set(all.hits.map(({ caller }) => caller?.consumer))).toContain("org:bank");
});

test("one access is shown in words, decided field by field, and proven to whoever believes nobody", async () => {
  const { hits } = await hitsOf(welfare, { kinds: ["intent"], case: "c-2026-0042" });
  const heard = await welfare.post("/api/record", { occasion, index: hits[0]!.index });
  const { words, decisions, evidence, vkey, outcomeWords } = heard.body as RecordAnswer;
  expect(words).toContain("Social Welfare Office (officer:8c1, with client:welfare-casework) asked about 1 person");
  expect(outcomeWords).toContain("The question was answered");
  expect(decisions).toContainEqual(
    expect.objectContaining({ coordinate: "Identity.fullName", decision: "permit", basis: "PUBLIC_TASK" }),
  );
  expect(decisions).toContainEqual(
    expect.objectContaining({
      decision: "deny",
      code: "PURPOSE_NOT_ALLOWED",
      coordinate: expect.any(String) as string,
    }),
  );
  expect(verifyProof(evidence.proof, entryOf(evidence.jwt), pinLogs([vkey])).index).toBe(evidence.index);
  const payload = RecordPayload.parse(parseJws(evidence.jwt, RECORD_TYP).payload);
  expect(readDisclosures(evidence.disclosures ?? [], payload).named.get("caller")).toMatchObject({
    consumer: "org:welfare",
  });
});

test("what a house has no part in is not there, whichever way one asks", async () => {
  const { hits } = await hitsOf(authority, { consumer: "org:bank", kinds: ["intent"] });
  const foreign = hits[0]!.index;
  expect((await welfare.post("/api/record", { occasion, index: foreign })).code).toBe("NOT_FOUND");
  expect((await hitsOf(welfare, { access: foreign })).hits).toEqual([]);
  expect((await hitsOf(civil, { provider: "org:pay" })).hits).toEqual([]);
  const looks = (await hitsOf(authority, { kinds: ["review"], consumer: "org:welfare" })).hits[0]!.index;
  expect((await civil.post("/api/record", { occasion, index: looks })).code).toBe("NOT_FOUND");
});

test("a person is found by the number that was typed, and the number is nowhere afterwards", async () => {
  const number = orvanda.who("Amara Tessel").value;
  const persons = [{ scheme: "nid", number: `${number.slice(0, 4)} ${number.slice(4)}` }];
  const { hits, record } = await hitsOf(civil, { persons });
  expect(hits.length).toBeGreaterThan(0);
  expect(hits.every(({ sections }) => sections.some(({ namesPerson }) => namesPerson))).toBe(true);
  expect((await hitsOf(civil, { persons: [{ scheme: "nid", number: "0000000001" }] })).hits).toEqual([]);
  expect((await civil.post("/api/search", { ...search, terms: { persons: [{ scheme: "x", number }] } })).code).toBe(
    "PERSON_KEY_INVALID",
  );
  await indexed();
  const look = await authority.post("/api/record", { occasion, index: record });
  expect((look.body as RecordAnswer).words).toContain("It looked for one person, by references");
  expect(look.text).not.toContain(number);
  expect(await everythingKept()).not.toContain(number);
});

/** All that the console keeps: its table, its log, its state. */
async function everythingKept(): Promise<string> {
  const client = new pg.Client({ connectionString: orvanda.superuserUrl("console") });
  await client.connect();
  const { rows } = await client.query(
    "select session::text as row from session union all select reveal::text from reveal",
  );
  await client.end();
  const seen = path.join(orvanda.dataDir, "seen", "console");
  const files = [
    path.join(orvanda.dataDir, "logs", "console.log"),
    ...readdirSync(seen).map((file) => path.join(seen, file)),
  ];
  const metrics = await (await fetch(`${orvanda.operationsUrls.console}/metrics`)).text();
  return JSON.stringify(rows) + files.map((file) => readFileSync(file, "utf8")).join("\n") + metrics;
}

test("what stands in a case reference comes back as data, in JSON that no browser takes for a page", async () => {
  for (const caseId of nasty) {
    const heard = await welfare.post("/api/search", { ...search, terms: { case: caseId } });
    expect((heard.body as SearchAnswer).hits[0]?.caller?.case).toBe(caseId);
    expect(heard.headers.get("content-type")).toMatch(/^application\/json/);
    expect(heard.headers.get("x-content-type-options")).toBe("nosniff");
    expect(heard.headers.get("cache-control")).toBe("no-store");
  }
  for (const caseId of ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0"])
    expect((await welfare.post("/api/search", { ...search, terms: { case: caseId } })).code).toBe("REQUEST_MALFORMED");
});

test("no other page can make a reviewer's browser look", async () => {
  const elsewhere = "https://elsewhere.example";
  const attempts = [
    { origin: elsewhere },
    { origin: "null" },
    { origin: undefined },
    { origin: undefined, "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "weft-csrf": undefined },
    { "weft-csrf": welfare.me.csrf },
  ];
  const before = await recorded();
  for (const headers of attempts) {
    const heard = await civil.post("/api/search", search, headers);
    expect([heard.status, heard.code], JSON.stringify(headers)).toEqual([403, "ORIGIN_REJECTED"]);
    expect(heard.headers.get("access-control-allow-origin")).toBeNull();
  }
  const form = { "content-type": "text/plain" };
  expect((await civil.post("/api/search", search, form)).code).toBe("MEDIA_TYPE_NOT_SUPPORTED");
  expect((await civil.get("/api/me", { "sec-fetch-site": "cross-site" })).code).toBe("ORIGIN_REJECTED");
  expect(await recorded()).toBe(before);
});

/** How often somebody looked. What the rules left is not theirs. */
async function recorded(): Promise<number> {
  await indexed();
  const client = new pg.Client({ connectionString: orvanda.superuserUrl("accesslog") });
  await client.connect();
  const looks = "select count(*)::int as looks from search_record where kind = 'review' and officer <> 'review:main'";
  const { rows } = await client.query<{ looks: number }>(looks);
  await client.end();
  return rows[0]!.looks;
}

test("nobody can prepare the session that somebody signs in to", async () => {
  const visitor = new Visitor();
  const planted = "A".repeat(43);
  visitor.cookies(orvanda.urls.console).set("__Host-weft-session", planted);
  await signIn(orvanda.urls, "civil", visitor);
  const first = visitor.cookies(orvanda.urls.console).get("__Host-weft-session")!;
  expect(first).not.toBe(planted);
  // Signing in again ends what was before.
  await signIn(orvanda.urls, "civil", visitor);
  const old = new Visitor();
  old.cookies(orvanda.urls.console).set("__Host-weft-session", first);
  expect((await old.go(`${orvanda.urls.console}/api/me`)).response.status).toBe(401);
  const twice = { cookie: `__Host-weft-session=${planted}; __Host-weft-session=${first}` };
  expect((await new Visitor().go(`${orvanda.urls.console}/api/me`, { headers: twice })).response.status).toBe(401);
});

test("an answer of a sign-in is of use to the browser that asked, once", async () => {
  const [mine, theirs] = [new Visitor(), new Visitor()];
  const answer = await walkToReturn(orvanda.urls, "authority", mine);
  const refusedAt = async (visitor: Visitor, url: string) => (await visitor.go(url)).response.headers.get("location");
  await theirs.go(`${orvanda.urls.console}/sign-in?organisation=org:dpa`);
  expect(await refusedAt(theirs, answer)).toBe("/?refused=SIGN_IN_REJECTED");
  expect(await refusedAt(new Visitor(), answer)).toBe("/?refused=SIGN_IN_REJECTED");
  const altered = new URL(answer);
  altered.searchParams.set("iss", "https://issuer.civil.orvanda.example");
  const ticket = mine.cookies(orvanda.urls.console).get("__Host-weft-sign-in")!;
  expect(await refusedAt(mine, altered.href)).toBe("/?refused=SIGN_IN_REJECTED");
  mine.cookies(orvanda.urls.console).set("__Host-weft-sign-in", ticket);
  expect(await refusedAt(mine, answer)).toBe("/");
  mine.cookies(orvanda.urls.console).set("__Host-weft-sign-in", ticket);
  expect(await refusedAt(mine, answer)).toBe("/?refused=SIGN_IN_REJECTED");
  // A ticket of one organisation does not turn into another's.
  mine.cookies(orvanda.urls.console).set("__Host-weft-sign-in", ticket.replace("org:dpa", "org:civil"));
  expect(await refusedAt(mine, answer)).toBe("/?refused=SIGN_IN_REJECTED");
});

test("cookies are of this origin alone, unseen by scripts, and are over when one leaves", async () => {
  const visitor = new Visitor();
  const { response } = await visitor.go(await walkToReturn(orvanda.urls, "civil", visitor));
  const [session] = response.headers.getSetCookie();
  expect(session).toMatch(/^__Host-weft-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/);
  const who = await signedIn(orvanda.urls, visitor);
  const kept = visitor.cookies(orvanda.urls.console).get("__Host-weft-session")!;
  expect((await who.post("/api/sign-out", {})).status).toBe(204);
  visitor.cookies(orvanda.urls.console).set("__Host-weft-session", kept);
  expect((await who.get("/api/me")).code).toBe("SESSION_MISSING");
  expect((await who.post("/api/search", search)).code).toBe("SESSION_MISSING");
});

test("a list leaves as a file, with a reason that stands in the log, and holds no more than the page showed", async () => {
  const asked = { occasion, terms: { kinds: ["intent"] }, reason: "investigation" };
  const csv = await civil.post("/api/export", { ...asked, format: "csv" });
  expect(csv.status, csv.text).toBe(200);
  expect(csv.headers.get("content-disposition")).toMatch(/^attachment; filename="weft-export-\d+\.csv"$/);
  const rows = csv.text.trim().split("\r\n").slice(1);
  const { hits } = await hitsOf(civil, { kinds: ["intent"] });
  expect(rows.length).toBe(hits.length);
  // Of an access whose first step asked others, the later one that reached us is a row of its own.
  expect(new Set(rows.map((row) => row.split(",")[9]))).toEqual(new Set(['"org:civil"', '""']));
  const json = await civil.post("/api/export", { ...asked, format: "json" });
  expect((json.body as unknown as SearchAnswer).hits).toEqual(hits);
  await indexed();
  const look = await authority.post("/api/record", { occasion, index: Number(csv.headers.get("weft-record")) });
  expect((look.body as RecordAnswer).words).toContain("It took away a list of kinds intent (investigation).");
  expect((await civil.post("/api/export", { ...asked, format: "csv", reason: undefined })).code).toBe(
    "REQUEST_MALFORMED",
  );
});

test("who an officer is, their own house learns when two of it agree, and nobody else; each step is in the log", async () => {
  const { hits } = await hitsOf(civil, { consumer: "org:welfare", kinds: ["intent"] });
  const asked = await civil.post("/api/reveals", { occasion, of: hits[0]!.index, reason: "unexplained-access" });
  expect(asked.status, asked.text).toBe(201);
  const { id } = (asked.body as RevealAnswer).reveal;
  const second = await signIn(orvanda.urls, "welfareSecond");
  const cash = await signIn(orvanda.urls, "cash");
  const step = async (who: Signed, action: string, body: object = {}) => {
    const heard = await who.post(`/api/reveals/${id}/${action}`, body);
    return heard.code ?? (heard.body as RevealAnswer).reveal.state;
  };
  expect(await step(civil, "accept")).toBe("ROLE_REQUIRED");
  expect(await step(cash, "accept")).toBe("NOT_FOUND");
  expect(await step(second, "accept")).toBe("ROLE_REQUIRED");
  expect(await step(welfare, "show")).toBe("REVIEW_CHANGED");
  expect(await step(welfare, "accept")).toBe("accepted");
  expect(await step(welfare, "approve")).toBe("SECOND_PERSON_REQUIRED");
  expect(await step(welfare, "show")).toBe("REVIEW_CHANGED");
  expect(await step(second, "approve")).toBe("approved");
  expect(await step(second, "show")).toBe("ROLE_REQUIRED");
  const shown = await welfare.post(`/api/reveals/${id}/show`, {});
  expect((shown.body as RevealAnswer).staffNumber).toBe("staff-8c1");
  expect(await step(civil, "show")).toBe("ROLE_REQUIRED");
  expect(await step(welfare, "answer", { outcome: "justified" })).toBe("answered");
  const told = await civil.get("/api/reveals");
  expect((told.body as RevealsAnswer).reveals[0]).toMatchObject({
    id,
    state: "answered",
    outcome: "justified",
    actions: [],
  });
  expect(told.text).not.toMatch(/staff-8c1|officer:welfare/);
  expect(((await cash.get("/api/reveals")).body as RevealsAnswer).reveals).toEqual([]);
  const { steps } = (told.body as RevealsAnswer).reveals[0]!;
  expect(steps.map((one) => one.step)).toEqual(["asked", "accepted", "approved", "shown", "answered"]);
  await indexed();
  for (const one of steps) {
    const look = await authority.post("/api/record", { occasion, index: one.record });
    expect((look.body as RecordAnswer).words).toContain(`Step "${one.step}" towards knowing who officer:8c1`);
  }
});

test("whom one may not see one cannot ask about", async () => {
  const { hits } = await hitsOf(authority, { consumer: "org:bank", kinds: ["intent"] });
  const heard = await welfare.post("/api/reveals", { occasion, of: hits[0]!.index, reason: "pattern" });
  expect(heard.code).toBe("NOT_FOUND");
});

test("a second reviewer alone sees nothing, and nobody sees anything without a purpose and a case", async () => {
  const second = await signIn(orvanda.urls, "welfareSecond");
  expect(second.me.scope).toBeUndefined();
  expect((await second.post("/api/search", search)).code).toBe("ROLE_REQUIRED");
  for (const wrong of [
    { ...occasion, purpose: "eligibility-assessment" },
    { purpose: "audit" },
    { ...occasion, note: "x" },
  ])
    expect((await civil.post("/api/search", { ...search, occasion: wrong })).code).toBe("REQUEST_MALFORMED");
});

test("what one should look at is seen by the officer's own house, by the authority, and by the ministry that was asked", async () => {
  const client = new pg.Client({ connectionString: orvanda.superuserUrl("console") });
  await client.connect();
  await client.query(
    `insert into alert (id, rule, consumer, officer, providers, records, counts, score, at, state) values
       ('one', 'own-record', 'org:welfare', 'officer:8c1', '{org:civil}', '{3}', '{"persons":1}', 90, now(), 'open'),
       ('two', 'volume', 'org:welfare', 'officer:8c1', '{}', '{3,4}', '{"persons":212,"usual":31}', 70, now(), 'open'),
       ('three', 'unexplained', 'org:welfare', 'officer:8c1', '{org:civil}', '{5}', '{}', 40, now(), 'withdrawn')`,
  );
  await client.end();
  const alertsOf = async (who: Signed) =>
    ((await who.get("/api/alerts")).body as AlertsAnswer).alerts
      .map(({ id }) => id)
      .filter((id) => ["one", "two", "three"].includes(id));
  const cash = await signIn(orvanda.urls, "cash");
  expect(await Promise.all([welfare, authority, civil, cash].map(alertsOf))).toEqual([
    ["one", "two"],
    ["one", "two"],
    ["one"],
    [],
  ]);
  const { body } = await welfare.get("/api/alerts?limit=1");
  expect(body).toMatchObject({
    open: { "own-record": 1, volume: 1 },
    alerts: [{ records: [3], counts: { persons: 1 } }],
  });
  expect((await welfare.get("/api/alerts?limit=x")).code).toBe("REQUEST_MALFORMED");
  expect((await (await signIn(orvanda.urls, "welfareSecond")).get("/api/alerts")).code).toBe("ROLE_REQUIRED");
});

test("while the log takes no record, nobody looks at anything", async () => {
  const held = new pg.Client({ connectionString: orvanda.superuserUrl("accesslog") });
  await held.connect();
  await held.query("begin; lock table log_head in exclusive mode");
  const heard = await civil.post("/api/search", { ...search, occasion: { ...occasion, case: randomUUID() } });
  await held.query("rollback");
  await held.end();
  expect([heard.status, heard.code]).toEqual([503, "RECORD_UNAVAILABLE"]);
  await indexed();
  const health = (await civil.get("/api/log")).body as { consistent: boolean; checkpoint?: { size: number } };
  expect(health).toMatchObject({
    consistent: true,
    checkpoint: { size: expect.any(Number) as number },
    index: { behind: expect.any(Number) as number },
  });
});

const world = {
  get orvanda() {
    return orvanda;
  },
  get civil() {
    return civil;
  },
  get welfare() {
    return welfare;
  },
  get authority() {
    return authority;
  },
  indexed,
};
looks(world);
emergencies(world);
requests(world);
requestsOfAHouse(world);
usage(world);
usageByPage(world);
