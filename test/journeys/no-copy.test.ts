import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Asked } from "../../apps/sandbox/src/ask.js";
import { canaryValues } from "../../apps/sandbox/src/country/country.js";
import { appNames, runningMinistries as ministries } from "../../apps/sandbox/src/compose-apps.js";
import type { Consent } from "../../apps/sandbox/src/consent-register.js";
import { referralConsentOf } from "../../apps/sandbox/src/network.js";
import type { Coordinate } from "#libs/terms";
import { asSuperuser } from "./mis-reads.js";
import { type Canary, fiftyCanaries } from "./no-copy/fifty.js";
import { type Leak, leaksOf } from "./no-copy/leaks.js";
import { needlesOf } from "./no-copy/needles.js";
import { type Outage, outagesOf, SPOILT, spoilRegister } from "./no-copy/outages.js";
import { filesBelow, openElsewhere, postgresTables, sqliteTables, type Tables } from "./no-copy/places.js";
import { dailyQuestions, oddQuestions, oddRequests, referralOf, rosterPage } from "./no-copy/questions.js";
import { type Hit, type Place, type Search, searchFor, unwrapped } from "./no-copy/search.js";
import { quietMinistries, walBetween, walPosition } from "./no-copy/wal.js";
import { codesOf, type Orvanda, startOrvanda, type Told } from "./orvanda.js";

// A busy machine may take its time; what it must not do is fail.
vi.setConfig({ testTimeout: 120_000 });

/**
 * To every citizen: nothing that a ministry holds about you is kept by what stands between the ministries. Fifty people carry a
 * marker in each field. They are asked about in every way, well and badly, while things work and while they break; then all that
 * the gateway, the log and the adapters have written down is searched for the markers, in every spelling.
 */
let orvanda: Orvanda;
let canaries: readonly Canary[];
let needles: ReturnType<typeof needlesOf>;
let search: Search;
let walStart: number;

/** What belongs to the ministries in the sandbox's one folder, and the truth about its people. */
let owned: readonly string[];

beforeAll(async () => {
  orvanda = await startOrvanda({ people: 600, console: true });
  canaries = fiftyCanaries(orvanda.country);
  needles = needlesOf(canaryValues(orvanda.country), SPOILT);
  search = searchFor(needles);
  await spoilRegister(orvanda, canaries[49]!);
  for (const { person } of canaries.slice(0, 10))
    await orvanda.consents.giveConsent(withHealth(referralConsentOf(person)));
  owned = [
    "mis",
    "mariadb",
    "truth",
    "logs/disability.log",
    "logs/pay.log",
    "logs/insurance.log",
    "logs/employment.log",
    ...(await ministryDatabases()),
  ];
  await quietMinistries(orvanda);
  walStart = await walPosition(orvanda);
});
afterAll(() => orvanda?.stop());

/** And to what the clinics' register holds of them. */
function withHealth(consent: Consent): Consent {
  const fields = ["exemption", "exemptSince", "inLongTermCare", "source", "asOf", "quality"];
  const more = ["Person.health", ...fields.map((field) => `HealthStanding.${field}`)] as Coordinate[];
  return { ...consent, coordinates: [...consent.coordinates, ...more] };
}

/** The folders of the two ministries' databases. The write-ahead log of all is searched by position, not by file. */
async function ministryDatabases(): Promise<string[]> {
  return asSuperuser(orvanda, "postgres", async (client) => {
    const { rows } = await client.query<{ oid: string }>(
      "select oid::text from pg_database where datname in ('civil', 'cashxfer')",
    );
    return ["postgres/pg_wal", ...rows.map(({ oid }) => `postgres/base/${oid}`)];
  });
}

test("all fifty are asked about by those who may, and their values go through", async () => {
  const questions = canaries.flatMap((canary, at) => dailyQuestions(canary).slice(0, at < 12 ? 4 : 2));
  const referrals = [0, 20, 40].map((at) => referralOf(canaries.slice(at, at + 20)));
  const answered = [...(await askInTurn([...questions, ...referrals])), ...(await wholeRoster())];
  expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
  // The search below means something only if it finds in the answers what it must not find elsewhere.
  const found = new Set(search(placeOf("answers", answered)).map(({ found: text }) => text));
  for (const { name } of canaries) expect(found).toContain(`${name.slice(0, 12)}…`);
  expect(JSON.stringify(answered)).toContain("713700.37");
});

/** Eight at a time: one small machine plays a whole country. */
async function askInTurn(questions: readonly Asked[]): Promise<Told[]> {
  const waiting = [...questions];
  const answers: Told[] = [];
  const ask = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) answers.push(await orvanda.ask(next));
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return answers;
}

async function wholeRoster(): Promise<Told[]> {
  const pages: Told[] = [];
  for (let after: string | null = null, more = true; more;) {
    const page = await orvanda.ask(rosterPage(after));
    pages.push(page);
    const { pageInfo } = (page.data as { cashTransferEnrolments: RosterPage }).cashTransferEnrolments;
    ({ endCursor: after, hasNextPage: more } = pageInfo);
  }
  return pages;
}

interface RosterPage {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

test("odd and malformed questions with their values are answered in part, or refused with a code", async () => {
  const answers = await askInTurn(canaries.slice(0, 4).flatMap(oddQuestions));
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  expect(codesOf({ errors: answers.flatMap(({ errors }) => errors) })).toEqual(
    expect.arrayContaining(["OPERATION_INVALID", "PERSON_KEY_INVALID", "PURPOSE_NOT_ALLOWED", "VARIABLES_INVALID"]),
  );
  const statuses = await oddRequests(orvanda, canaries[5]!);
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
});

test("while ministries break, and the log too, questions about them fail cleanly", async () => {
  for (const outage of outagesOf(orvanda, canaries[49]!))
    expect(await during(outage), outage.what).toEqual(expect.arrayContaining(outage.code ? [outage.code] : []));
});

async function during({ begin, end }: Outage): Promise<string[]> {
  await begin();
  const asked = [...canaries.slice(20, 22), canaries[49]!].flatMap(dailyQuestions);
  const answers = await askInTurn([...asked, rosterPage(null), referralOf(canaries.slice(40))]);
  await end();
  return codesOf({ errors: answers.flatMap(({ errors }) => errors) });
}

test("gateway and log hold no file open for writing but their own", () => {
  for (const name of ["gateway", "log", "adapter"] as const)
    expect(openElsewhere(orvanda.pidOf(name)!, orvanda.dataDir), name).toEqual([]);
});

test("nothing of them is found in any file, table, log or figure outside their ministries", async () => {
  const figures = await Promise.all(
    (["gateway", "log", "adapter", "consent", "issuer", "console"] as const).flatMap(figuresOf),
  );
  // Outcomes and the log's own last words are written a moment later.
  await sleep(500);
  for (const name of appNames.toReversed()) await orvanda.stopApp(name);
  const database = await postgresTables(orvanda, "accesslog");
  const others = await Promise.all(["consent", "issuer", "console"].map((name) => postgresTables(orvanda, name)));
  const wal = walBetween(orvanda.dataDir, walStart, await walPosition(orvanda));
  await asSuperuser(orvanda, "postgres", (client) => client.query("checkpoint"));
  const tables = [
    database,
    ...others,
    ...ministries.map((ministry) => sqliteTables(storeCopy(ministry), `adapter ${ministry}`)),
  ];
  const files = filesBelow(orvanda.dataDir, owned);
  const places = [...figures, wal, ...files, ...tables.flatMap((found) => found.places)];
  report(places, files, tables, wal);
  expect(places.flatMap(lookAt)).toEqual([]);
  expect(database.rows).toBeGreaterThan(1000);
  expect(wal.bytes.length).toBeGreaterThan(100_000);
});

function lookAt(place: Place): Hit[] {
  return [...search(place), ...(isText(place) ? search(unwrapped(place)) : [])];
}

test("the search finds a planted leak of each kind in a process's log", () => {
  const log = readFileSync(path.join(orvanda.dataDir, "logs", "gateway.log"));
  for (const [at, { text }] of leaks().entries())
    writeFileSync(path.join(folder("leaks"), `${at}.log`), Buffer.concat([log, Buffer.from(text), Buffer.from("\n")]));
  const searched = new Map(filesBelow(folder("leaks"), []).map((place) => [place.name, lookAt(place)]));
  for (const [at, { what, found }] of leaks().entries())
    expect(searched.get(`${at}.log`), what).toContainEqual(expect.objectContaining({ spelling: found }));
  expect(lookAt({ name: "log", bytes: log })).toEqual([]);
});

test("the search finds a planted leak of each kind in the log's tables, their files and the write-ahead log", async () => {
  await asSuperuser(orvanda, "postgres", (client) => client.query("create database leak template accesslog"));
  const from = await walPosition(orvanda);
  await asSuperuser(orvanda, "leak", async (client) => {
    for (const [at, { text }] of leaks().entries())
      if (typeof text === "string")
        await client.query("insert into disclosure values ($1, $2)", [1_000_000 + at, `a~${text}~b`]);
      else await client.query("insert into request_key values ($1, now())", [text]);
    await client.query("checkpoint");
  });
  const { places } = await postgresTables(orvanda, "leak");
  expect(linesFound(places, "disclosure") + linesFound(places, "request_key")).toBe(leaks().length);
  const wal = walBetween(orvanda.dataDir, from, await walPosition(orvanda));
  expect(spellingsIn([wal])).toEqual(new Set(plainLeaks().map(({ found }) => found)));
  const files = filesBelow(path.join(orvanda.dataDir, "postgres"), ownedBelow("postgres"));
  expect(spellingsIn(files)).toEqual(new Set(plainLeaks().map(({ found }) => found)));
});

test("the search finds a planted leak of each kind in an adapter's store and in a figure", () => {
  const copy = storeCopy("civil");
  const store = new DatabaseSync(copy);
  for (const { text } of leaks()) store.prepare("insert into asked values ('d', 'a', 'o', ?)").run(text);
  store.close();
  expect(linesFound(sqliteTables(copy, "copy").places, "asked")).toBe(leaks().length);
  process.stdout.write(
    `     no copy: ${leaks().length} leaks planted in copies of a log, the log's tables and a store, all found\n`,
  );
  for (const { text, what } of leaks()) {
    const figure = Buffer.concat([Buffer.from('weft_answers_total{code="'), Buffer.from(text), Buffer.from('"} 1')]);
    expect(lookAt({ name: "metrics", bytes: figure }).length, what).toBeGreaterThan(0);
  }
});

function leaks(): Leak[] {
  return leaksOf(canaries[0]!);
}

/** What belongs to the ministries below one of the folders. */
function ownedBelow(dir: string): string[] {
  return owned.filter((name) => name.startsWith(`${dir}/`)).map((name) => name.slice(dir.length + 1));
}

/** Those that need no second reading. */
function plainLeaks(): Leak[] {
  return leaks().filter(({ what }) => what !== "base64 in base64");
}

function linesFound(places: readonly Place[], table: string): number {
  const place = places.find(({ name }) => name.endsWith(table));
  const lines = place?.bytes.toString("latin1").split("\n") ?? [];
  return lines.filter((line) => lookAt({ name: table, bytes: Buffer.from(line, "latin1") }).length > 0).length;
}

function spellingsIn(places: readonly Place[]): Set<string> {
  return new Set(places.flatMap(search).map(({ spelling }) => spelling));
}

function figuresOf(app: "gateway" | "log" | "adapter" | "consent" | "issuer" | "console"): Promise<Place>[] {
  return ["/metrics", "/health/ready"].map(async (page) => {
    const answer = await fetch(orvanda.urls[app] + page);
    return { name: app + page, bytes: Buffer.from(await answer.arrayBuffer()) };
  });
}

/** A copy, so that reading it changes nothing. */
function storeCopy(ministry: string): string {
  const dir = path.join(orvanda.dataDir, "state", "adapter");
  for (const { name } of filesBelow(dir, []).filter((file) => file.name.startsWith(`${ministry}.db`)))
    copyFileSync(path.join(dir, name), path.join(folder("stores"), name));
  return path.join(folder("stores"), `${ministry}.db`);
}

/** Copies and planted leaks lie with what is not searched. */
function folder(name: string): string {
  const dir = path.join(orvanda.dataDir, "truth", name);
  mkdirSync(dir, { recursive: true });
  return dir;
}

function isText({ name }: Place): boolean {
  return !name.startsWith("postgres/") && !name.startsWith("PostgreSQL") && !/\.db(-wal|-shm)?$/.test(name);
}

function placeOf(name: string, value: unknown): Place {
  return { name, bytes: Buffer.from(JSON.stringify(value)) };
}

function report(places: readonly Place[], files: readonly Place[], tables: readonly Tables[], wal: Place): void {
  const sum = (of: "tables" | "rows") => tables.reduce((total, found) => total + found[of], 0);
  const bytes = places.reduce((total, place) => total + place.bytes.length, 0);
  process.stdout.write(
    `     no copy: ${files.length} files, ${sum("tables")} tables with ${sum("rows")} rows, ${wal.bytes.length} bytes of write-ahead log, ` +
      `${(bytes / 1e6).toFixed(0)} MB in all, searched for ${needles.length} spellings\n`,
  );
}
