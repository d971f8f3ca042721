import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Checkpoint } from "#libs/access-log";
import { type Question, questionsOf } from "../../apps/sandbox/src/questions.js";
import { type MisWatch, nothing, watchMisReads } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda, type Told } from "./orvanda.js";
import { logClient, recordsFrom } from "./records.js";
import { canMountVolumes, missingNamespaces, openSmallVolume, type SmallVolume } from "./small-volume.js";

/**
 * To every citizen: nothing about you is read while the log's disk is full, and no record is half in the log. The disk is one: a small
 * volume of the log's own, filled to the last byte.
 */
const canMount = canMountVolumes();
let volume: SmallVolume;
let orvanda: Orvanda;
let watch: MisWatch;
let questions: readonly Question[];

beforeAll(async () => {
  if (!canMount) return;
  volume = await openSmallVolume();
  orvanda = await startOrvanda({ logDatabase: volume.databaseUrl });
  questions = Object.values(questionsOf(orvanda.country));
  watch = await watchMisReads(orvanda);
});
afterAll(async () => {
  await orvanda?.stop();
  await volume?.stop();
});
beforeEach(({ skip }) => skip(!canMount, missingNamespaces));

test("on a full volume nothing is read; with room again all is well by itself, and nothing is half written", async () => {
  // The write-ahead log has room for all that follows: it is the tables that cannot grow.
  await inLogDatabase("checkpoint", "select pg_switch_wal()");
  expect(await orvanda.ask(questions[0]!)).toMatchObject({ status: 200 });
  const before = await checkpoint();

  const given = await untilNothingIsAnswered();
  expect(await volume.complaints()).toContainEqual(expect.stringMatching(/ERROR: .*No space left on device/));
  expect(await logAnswers("/health/live", "/health/ready", "/checkpoint")).toEqual([200, 503, 200]);
  const full = await rows();
  expectWhole(full);

  await volume.empty();
  given.push(await untilAnswered(questions[0]!));
  expect(await logAnswers("/health/ready")).toEqual([200]);
  await expectContinued(before, given);
  expect((await rows()).entries).toBeGreaterThan(full.entries);
});

test("where the full volume ends PostgreSQL itself, nothing is read either; room and a start of it are all it takes", async () => {
  expect(await orvanda.ask(questions[0]!)).toMatchObject({ status: 200 });
  const before = await checkpoint();
  const given = await untilNothingIsAnswered();
  await expect.poll(endDatabase, { timeout: 30_000 }).toBe(true);
  expect(await volume.complaints()).toContainEqual(expect.stringMatching(/PANIC: .*No space left on device/));
  await watch.reads();
  await expectNothingRead(await askAll());

  await volume.empty();
  await volume.startAgain();
  given.push(await untilAnswered(questions[0]!));
  await expectContinued(before, given);
});

/** What still fits into pages that are there is taken: the volume is filled again until nothing fits. Gives what was answered till then. */
async function untilNothingIsAnswered(): Promise<Told[]> {
  const given: Told[] = [];
  for (let patience = 60; patience > 0; patience--) {
    await volume.fill();
    await watch.reads();
    const answers = await askAll();
    if (answers.every(({ status }) => status !== 200)) {
      await expectNothingRead(answers);
      return given;
    }
    given.push(...answers.filter(({ status }) => status === 200));
  }
  throw new Error("The log still finds room on a full volume.");
}

/** One after the other: records that arrive together are taken together or not at all. */
async function askAll(): Promise<Told[]> {
  const answers: Told[] = [];
  for (const question of questions) answers.push(await orvanda.ask(question));
  return answers;
}

async function expectNothingRead(answers: readonly Told[]): Promise<void> {
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, data: undefined, record: undefined });
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
  }
  expect(await watch.reads()).toEqual(nothing);
}

/** Recovery is nobody's task: the same question is asked until it is answered. */
async function untilAnswered(question: Question): Promise<Told> {
  for (let patience = 40; patience > 0; patience--) {
    const answer = await orvanda.ask(question);
    if (answer.status === 200) return answer;
    expect(codesOf(answer)).toEqual(["RECORD_UNAVAILABLE"]);
    await sleep(250);
  }
  throw new Error("There is room again, and still nothing is answered.");
}

/** Every access that was answered has its first record at the index that the answer named; none is there that was not answered. */
async function expectContinued(before: Checkpoint, given: readonly Told[]): Promise<void> {
  const client = logClient(orvanda.urls.log);
  try {
    await client.assertConsistent(before, await client.checkpoint());
  } finally {
    await client.close();
  }
  const records = await recordsFrom(orvanda, before.size);
  const accesses = records.filter(({ kind, parent }) => kind === "intent" && parent === undefined);
  expect(accesses.map(({ index }) => index)).toEqual(given.map(({ record }) => record!).sort((a, b) => a - b));
  expectWhole(await rows());
}

async function checkpoint(): Promise<Checkpoint> {
  const client = logClient(orvanda.urls.log);
  try {
    return await client.checkpoint();
  } finally {
    await client.close();
  }
}

interface Rows {
  readonly entries: number;
  readonly leaves: number;
  readonly records: number;
  readonly disclosures: number;
}

async function rows(): Promise<Rows> {
  const [counted] = await inLogDatabase(`
    select size::int as entries, (select sum(octet_length(hashes))::int / 32 from leaf_run) as leaves,
      (select count(*)::int from record) as records, (select count(*)::int from disclosure) as disclosures
    from log_head`);
  return counted as Rows;
}

/** An entry is in the tree, with its record and what it discloses, or it is nowhere. */
function expectWhole({ entries, ...parts }: Rows): void {
  expect(parts).toEqual({ leaves: entries, records: entries, disclosures: entries });
}

async function logAnswers(...paths: string[]): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await fetch(orvanda.urls.log + path)).status));
}

/** PostgreSQL takes one segment of its write-ahead log after the other, until there is room for none: then its recovery has none either. */
async function endDatabase(): Promise<boolean> {
  return inLogDatabase("select pg_logical_emit_message(true, '', ''), pg_switch_wal()").then(
    () => false,
    (error: { code?: string }) => error.code === "ECONNREFUSED",
  );
}

/** Rows of the last statement. */
async function inLogDatabase(...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: volume.databaseUrl });
  client.on("error", () => {});
  await client.connect();
  try {
    let last: unknown[] = [];
    for (const statement of statements) last = (await client.query<Record<string, unknown>>(statement)).rows;
    return last;
  } finally {
    await client.end().catch(() => {});
  }
}
