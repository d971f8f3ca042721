import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { parseCheckpoint, parseNote } from "#libs/access-log";
import { type CanonicalPerson, type OrgId, sealMastersOf, Seals } from "#libs/terms";
import { verifyFolder } from "../../apps/cli/src/log-audit.js";
import { eraseDisclosures } from "../../apps/cli/src/log-erase.js";
import { exportLog, recordsIn } from "../../apps/cli/src/log-folder.js";
import { sandboxKey, verifierKey } from "../../apps/sandbox/src/keys.js";
import { type Question, questionsOf } from "../../apps/sandbox/src/questions.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { answeredBy, killUnderLoad } from "./kills.js";
import { asSuperuser, type MisWatch, nothing, watchMisReads } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda } from "./orvanda.js";
import { beginAdapter } from "./three-adapters.js";
import { type KeptRecord, logClient, logSize, readKept, recordAt, recordsFrom } from "./records.js";

/**
 * To every citizen: nothing about you is read unless it is first in the log. The log is stopped, hung, made read-only and cut from its
 * database (a full disk has a file of its own, `log-volume-full`); each time nobody learns anything, no ministry's system is asked, and
 * all is well again afterwards without anyone's help.
 */
let orvanda: Orvanda;
let watch: MisWatch;
let questions: readonly Question[];

beforeAll(async () => {
  orvanda = await startOrvanda();
  questions = Object.values(questionsOf(orvanda.country));
  watch = await watchMisReads(orvanda);
});
afterAll(() => orvanda?.stop());

test("with the log well, every question reads and the watch sees it", async () => {
  for (const question of questions) {
    expect(await orvanda.ask(question)).toMatchObject({ status: 200 });
    const { statements, calls, answered } = await watch.reads();
    expect(statements.length + calls).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(0);
  }
});

interface Trouble {
  readonly what: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

/** What is in the log stays, and none of its sessions may write; they are begun anew under the setting. */
const readOnly = (state: "on" | "off") =>
  inLogDatabase(`alter role weft_log set default_transaction_read_only = ${state};
    select pg_terminate_backend(pid) from pg_stat_activity where usename = 'weft_log'`);

const troubles: readonly Trouble[] = [
  { what: "is stopped", begin: () => orvanda.stopApp("log"), end: () => orvanda.startApp("log") },
  { what: "hangs", begin: async () => signalLog("SIGSTOP"), end: async () => signalLog("SIGCONT") },
  { what: "has a read-only database", begin: () => readOnly("on"), end: () => readOnly("off") },
  {
    what: "lost its right to write",
    begin: () => inLogDatabase("revoke insert on record from weft_log_append"),
    end: () => inLogDatabase("grant insert on record to weft_log_append"),
  },
  { what: "lost its database", begin: () => orvanda.kill("postgres"), end: () => orvanda.startApp("postgres") },
];

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of undo.splice(0)) await end();
});

test.each(troubles)("when the log $what, nothing is read", async ({ begin, end }) => {
  await watch.reads();
  undo.push(end);
  await begin();
  const answers = await Promise.all(questions.map((question) => orvanda.ask(question)));
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, data: undefined, record: undefined });
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
  }
  expect(await watch.reads()).toEqual(nothing);

  undo.pop();
  await end();
  const { record } = await untilAnswered(questions[0]!);
  expect(await recordAt(orvanda, record!)).toMatchObject({ kind: "intent" });
  expect((await watch.reads()).answered).toBeGreaterThan(0);
});

test("an answer leaves its intent before it and its outcome after it", async () => {
  const answer = await orvanda.ask(questions[0]!);
  const records = await accessOf(answer.record!);
  expect(records.map(({ kind }) => kind)).toEqual(["intent", "outcome"]);
  const [intent, outcome] = records;
  expect(intent?.caller).toMatchObject({ consumer: "org:welfare", purpose: "eligibility-assessment" });
  expect(intent?.request?.denied.map(({ coordinate }) => coordinate)).toContain("Person.payments");
  expect(outcome?.outcome?.status).toBe("partial");
  expect(outcome?.outcome?.sources.map(({ provider }) => provider).sort()).toEqual(
    answer.sources.map(({ provider }) => provider).sort(),
  );
});

test("persons that only a list tells are recorded by its ministry, and again for each ministry that is asked about them", async () => {
  const answer = await orvanda.ask(questions[1]!);
  const records = await accessOf(answer.record!);
  const [intent, ...later] = records;
  expect(intent?.sections).toMatchObject([{ aud: "org:cash", subjects: [], scope: { maxRows: 50 } }]);
  expect(later.map(({ kind, iss }) => `${kind} ${iss}`).sort()).toEqual([
    "intent gateway:main",
    "intent gateway:main",
    "outcome gateway:main",
    "rows adapter:cash",
  ]);
  const rows = later.find(({ kind }) => kind === "rows");
  expect(rows?.sections[0]?.subjects.length).toBe(nodesOf(answer.data).length);
});

test("a refusal is in the log too, and names its record", async () => {
  const denied = { ...questions[0]!, prefer: "reject" as const };
  const invalid = { persona: "clinic" as const, query: "{ nothingLikeThis }" };
  for (const [asked, status, code] of [
    [denied, 403, "PURPOSE_NOT_ALLOWED"],
    [invalid, 400, "OPERATION_INVALID"],
  ] as const) {
    const answer = await orvanda.ask(asked);
    expect(answer).toMatchObject({ status, data: undefined });
    const record = await recordAt(orvanda, answer.record!);
    expect(record).toMatchObject({ kind: "refusal", sections: [], request: { refused: { code, times: 1 } } });
  }
});

test("an access of which nobody told the end is written down as interrupted", async () => {
  const from = await logSize(orvanda);
  await orvanda.behave("pay", "slow");
  const left = orvanda.ask(questions[1]!).catch(() => "the connection broke");
  await untilRecorded(from, ({ kind }) => kind === "rows");
  await orvanda.kill("gateway");
  expect(await left).toBe("the connection broke");
  await orvanda.behave("pay", "ok");
  const intent = (await recordsFrom(orvanda, from)).find(({ kind }) => kind === "intent");
  // A minute and a half later, as far as the log can tell.
  const passed = `update search_record set exp = exp - interval '90 seconds' where outcome = 'open' and jti = '${intent?.jti}'`;
  await expect.poll(async () => (await inLogDatabase(passed)).rowCount, { timeout: 10_000 }).toBe(1);
  const outcome = await untilRecorded(from, ({ kind, parent }) => kind === "outcome" && parent === intent?.jti);
  expect(outcome).toMatchObject({ iss: "log.orvanda.example/qv", outcome: { status: "interrupted", sources: [] } });
  await orvanda.startApp("gateway");
  expect(await orvanda.ask(questions[0]!)).toMatchObject({ status: 200 });
});

test("what a record discloses is erased by one command, which the log records first; its proof stays", async () => {
  const { record } = await orvanda.ask({ ...questions[0]!, prefer: "reject" });
  const { jwt } = await shown(record!);
  const database = path.join(orvanda.dataDir, "log-database");
  writeFileSync(database, orvanda.superuserUrl("accesslog"), { mode: 0o600 });
  const from = await logSize(orvanda);
  const options = { database, record: [record!], contracts: path.join(repository, "contracts"), language: "en" };
  expect(await eraseDisclosures(options)).toBe(0);
  expect(await shown(record!)).toMatchObject({ jwt, disclosures: null });
  const erasure = (await recordsFrom(orvanda, from)).find(({ kind }) => kind === "erasure");
  expect(erasure?.iss).toBe("log.orvanda.example/qv");
  const log = logClient(orvanda.urls.log);
  expect((await log.proof(record!, jwt)).index).toBe(record);
  await log.close();
});

async function shown(index: number) {
  const answer = await fetch(`${orvanda.urls.log}/review/record/${index}`);
  return (await answer.json()) as { jwt: string; disclosures: string[] | null };
}

test("a witness that is away for a while stops nobody, and vouches for all of it when it is back", async () => {
  await orvanda.stopApp("witness");
  undo.push(() => orvanda.startApp("witness"));
  const { record } = await untilAnswered(questions[0]!);
  const log = logClient(orvanda.urls.log);
  const vouchedFor = async () => parseCheckpoint(parseNote(await log.published()).text).size;
  expect(await vouchedFor()).toBeLessThanOrEqual(record!);
  await undo.pop()!();
  await expect.poll(vouchedFor, { timeout: 20_000 }).toBeGreaterThan(record!);
  await log.close();
});

test("an adapter whose own witness has not vouched for the log answers nothing", async () => {
  const pins = path.join(orvanda.dataDir, "keys", "other-witness-pins.json");
  const same = JSON.parse(readFileSync(path.join(orvanda.dataDir, "keys", "adapter-pins.json"), "utf8")) as object;
  const vkeys = [verifierKey("witness.example/other", sandboxKey("witness-2"), 0x04)];
  writeFileSync(pins, JSON.stringify({ ...same, witnesses: { quorum: 1, vkeys } }));
  const adapter = await beginAdapter(orvanda, "adapter-unwitnessed", {
    WEFT_MINISTRIES: "civil",
    WEFT_PINS_FILE: pins,
  });
  undo.push(() => adapter.stop());
  const started = adapter.start().catch(() => "it was never ready");
  const readiness = () =>
    fetch(`${adapter.url}/health/ready`).then(
      (answer) => answer.text(),
      () => "",
    );
  await expect.poll(readiness, { timeout: 30_000, interval: 200 }).toContain("log-not-witnessed");
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${adapter.url}/civil/graphql`, { method: "POST", headers, body: "{}" });
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("NOT_READY")]);
  await undo.pop()!();
  expect(await started).toBe("it was never ready");
});

test("an adapter whose account may do more than read what is mapped does not start, and says what", async () => {
  const adapter = await beginAdapter(orvanda, "adapter-overpowered", {
    WEFT_MINISTRIES: "civil",
    CIVIL_DB_URL: orvanda.superuserUrl("civil"),
  });
  undo.push(() => adapter.stop());
  await expect(adapter.start()).rejects.toThrow(/the account is a superuser/);
});

const KILLS = Number(process.env["WEFT_KILLS"] ?? 4);
const SEED = Number(process.env["WEFT_SEED"] ?? randomInt(1_000_000));

test(
  `kill -9, ${KILLS} times at any moment (WEFT_SEED=${SEED}): who was released is recorded, and the log is whole`,
  async () => {
    const { answers, appended, checkpoints, killed, broken } = await killUnderLoad(orvanda, KILLS, SEED);
    const counts = `${answers.length} answers, ${appended.length} appends, ${broken} broken`;
    console.log(`killed ${killed.join(", ")}; ${counts}`);
    expect(answers.length * appended.length * broken).toBeGreaterThan(0);

    // No index is given twice, what was acknowledged is where it was, and every tree that was shown is how the last one begins.
    const log = logClient(orvanda.urls.log);
    const indexes = [...appended.map(({ index }) => index), ...answers.map(({ told }) => told.record!)];
    expect(new Set(indexes).size).toBe(indexes.length);
    for (const { index, jwt } of appended) expect((await log.proof(index, jwt)).index).toBe(index);
    const last = await log.checkpoint();
    for (const checkpoint of checkpoints) await log.assertConsistent(checkpoint, last);

    // As anybody would verify it, from files and pinned keys alone.
    const vouchedFor = async () => parseCheckpoint(parseNote(await log.published()).text).size;
    await expect.poll(vouchedFor, { timeout: 20_000 }).toBeGreaterThanOrEqual(last.size);
    await log.close();
    const folder = path.join(orvanda.dataDir, "exported");
    expect(await exportLog(folder, orvanda.urls.log)).toBe(0);
    const contracts = path.join(repository, "contracts");
    expect(await verifyFolder(undefined, { contracts, language: "en", folder })).toBe(0);

    // Whoever was answered about is in the record that the answer names, sealed for each ministry that answered.
    const records = new Map<number, KeptRecord>();
    for await (const { index, ...record } of recordsIn(folder)) records.set(index, readKept(index, record));
    const seals = sandboxSeals(orvanda);
    const heard: { ministry: string; jti: string }[] = [];
    for (const { who, told } of answers) {
      const record = records.get(told.record!);
      for (const { provider } of told.sources.filter(({ status }) => status === "ok")) {
        const section = record?.sections.find(({ aud }) => aud === provider);
        expect(section?.subjects).toContain(seals.seal(provider as OrgId, `nid:${who}` as CanonicalPerson));
        heard.push({ ministry: provider, jti: record!.jti });
      }
    }

    // The ministries' own books: whatever an adapter answered, heard or not, it answered on a record that is there, with a section for it.
    const sections = new Map([...records.values()].map((record) => [record.jti as string, record.sections]));
    const books = await answeredBy(orvanda);
    for (const [ministry, jtis] of books) {
      const unrecorded = [...jtis].filter((jti) => !sections.get(jti)?.some(({ aud }) => aud === ministry));
      expect(unrecorded, ministry).toEqual([]);
    }
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.filter(({ ministry, jti }) => !books.get(ministry)?.has(jti))).toEqual([]);
  },
  60_000 + KILLS * 15_000,
);

function sandboxSeals({ dataDir }: Orvanda): Seals {
  const masters = sealMastersOf(readFileSync(path.join(dataDir, "keys", "seal-master.json"), "utf8"));
  const [seal] = [...masters.keys()];
  return new Seals({ seal: seal!, open: [seal!], masters });
}

async function inLogDatabase(statements: string): Promise<pg.QueryResult> {
  return asSuperuser(orvanda, "accesslog", (client) => client.query(statements));
}

function signalLog(signal: NodeJS.Signals): void {
  process.kill(orvanda.pidOf("log")!, signal);
}

/** Recovery is nobody's task: the same question is asked until it is answered, within ten seconds. */
async function untilAnswered(question: Question) {
  for (let patience = 40; ; patience--) {
    const answer = await orvanda.ask(question);
    if (answer.status === 200) return answer;
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
    if (patience === 0) throw new Error("The log is well again, and still nothing is answered.");
    await sleep(250);
  }
}

/** The first record of an access and all that name it as their parent; the outcome follows the answer. */
async function accessOf(index: number): Promise<readonly KeptRecord[]> {
  await untilRecorded(index, ({ kind }) => kind === "outcome");
  const records = await recordsFrom(orvanda, index);
  return records.filter(({ jti, parent }) => jti === records[0]?.jti || parent === records[0]?.jti);
}

async function untilRecorded(from: number, wanted: (record: KeptRecord) => boolean): Promise<KeptRecord> {
  for (let patience = 100; patience > 0; patience--) {
    const found = (await recordsFrom(orvanda, from)).find(wanted);
    if (found) return found;
    await sleep(100);
  }
  throw new Error("The record did not come.");
}

function nodesOf(data: unknown): readonly unknown[] {
  return (data as { cashTransferEnrolments: { nodes: unknown[] } }).cashTransferEnrolments.nodes;
}
