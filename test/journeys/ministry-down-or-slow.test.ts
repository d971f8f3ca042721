import { execFile } from "node:child_process";
import { readFileSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { AppProcess } from "../../apps/sandbox/src/app-process.js";
import { ask, type Asked } from "../../apps/sandbox/src/ask.js";
import { canaryNumbers } from "../../apps/sandbox/src/country/canary.js";
import { type Ministry, runningMinistries as ministries } from "../../apps/sandbox/src/compose-apps.js";
import { hasMariadb } from "../../apps/sandbox/src/mariadb.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { type Line, openLine } from "./lines.js";
import { asSuperuser } from "./mis-reads.js";
import { codesOf, metricOf, type Orvanda, startOrvanda, type Told, told } from "./orvanda.js";
import { startSecondGateway } from "./second-gateway.js";

/**
 * To every caller: one ministry that is down or slow costs you its own answers only, in good time, said plainly, and with when to
 * ask again. Each in turn, the civil register too.
 */
/** Milliseconds for an answer: the gateway's deadline, and what a busy machine that runs everything adds to it. */
const DEADLINE = 4_000;
const SLACK = 4_000;

let orvanda: Orvanda;
let second: AppProcess;
const lines = new Map<Ministry, Line>();

beforeAll(async () => {
  orvanda = await startOrvanda();
  for (const ministry of ministries) lines.set(ministry, await openLine(`${orvanda.urls.adapter}/${ministry}`));
  second = await startSecondGateway(orvanda, {
    WEFT_PROVIDER_DEADLINE: "2500",
    WEFT_DEADLINE: String(DEADLINE),
    WEFT_BREAKER_REST: "500",
    WEFT_ADAPTERS: JSON.stringify(Object.fromEntries([...lines].map(([name, { url }]) => [`org:${name}`, url]))),
  });
});
afterAll(async () => {
  await second?.stop();
  for (const line of lines.values()) await line.close();
  await orvanda?.stop();
});

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of undo.splice(0)) await end();
});

const fields: Readonly<Record<Ministry, string>> = {
  civil: "vitalStatus { finding }",
  cash: "cashTransfer { status }",
  disability: "disability { meetsStatutoryLevel }",
  food: "foodSupport { status }",
  farm: "farmInputs { status }",
  education: "schooling { attending }",
  insurance: "socialInsurance { contributing fundsAnswered }",
  health: "health { feeExempt }",
  employment: "employment { jobSeeking }",
  pay: `payments(from: "2026-10-01", first: 1) { nodes { state } }`,
};

/** All but one answer a caseworker; the payment provider only tells who pays. */
function questionFor(ministry: Ministry): Asked {
  const others = ministries.filter((name) => name !== "pay");
  return ministry === "pay" ? about(["civil", "cash", "pay"], "programme") : about(others, "caseworker");
}

function narrowQuestionFor(ministry: Ministry): Asked {
  return about([ministry], questionFor(ministry).persona);
}

function about(asked: readonly Ministry[], persona: Asked["persona"]): Asked {
  const query = `query About($who: PersonKey!) { person(key: $who) { ${asked.map((name) => fields[name]).join(" ")} } }`;
  return { persona, query, variables: { who: orvanda.who("Amara Tessel") } };
}

/** All of the whole answer but this ministry's field, which is null and says why and when to come back. */
function expectOnlyMissing(ministry: Ministry, whole: Told, partial: Told): void {
  const field = /^\w+/.exec(fields[ministry])![0];
  const { person } = whole.data as { person: object };
  expect(partial.status).toBe(200);
  expect(partial.data, JSON.stringify(partial.sources)).toEqual({ person: { ...person, [field]: null } });
  const [error, ...others] = partial.errors;
  expect(others).toEqual([]);
  expect(error).toMatchObject({
    path: ["person", field],
    extensions: { code: "SOURCE_UNAVAILABLE", coordinate: `Person.${field}`, provider: `org:${ministry}` },
  });
  expect(error?.extensions.retryAfter).toBeGreaterThan(0);
  const states = partial.sources.map(({ provider, status }) => `${provider} ${status}`);
  const wanted = whole.sources.map(
    ({ provider }) => `${provider} ${provider === `org:${ministry}` ? "unavailable" : "ok"}`,
  );
  expect(states.sort()).toEqual(wanted.sort());
}

interface Trouble {
  readonly ministry: Ministry;
  readonly what: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

const service = (ministry: "disability" | "pay" | "insurance" | "employment"): Trouble[] => [
  {
    ministry,
    what: "has its service stopped",
    begin: () => orvanda.stopApp(ministry),
    end: () => orvanda.startApp(ministry),
  },
  {
    ministry,
    what: "has a service that takes thirty seconds",
    begin: () => orvanda.behave(ministry, "slow"),
    end: () => orvanda.behave(ministry, "ok"),
  },
  {
    ministry,
    what: "has a service that is too busy",
    begin: () => orvanda.behave(ministry, "busy"),
    end: () => orvanda.behave(ministry, "ok"),
  },
];

const database = (ministry: "civil" | "cash", name: string, table: string): Trouble[] => {
  const role = `weft_${ministry}`;
  const administer = (statement: string) =>
    asSuperuser(orvanda, name, (client) =>
      client.query(`${statement}; select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`),
    );
  let lock: pg.Client;
  return [
    {
      ministry,
      what: "lets nobody into its database",
      begin: () => administer(`alter role ${role} nologin`),
      end: () => administer(`alter role ${role} login`),
    },
    {
      ministry,
      what: "has a table locked",
      async begin() {
        lock = new pg.Client({ connectionString: orvanda.superuserUrl(name) });
        await lock.connect();
        await lock.query(`begin; lock table ${table} in access exclusive mode`);
      },
      end: () => lock.end(),
    },
  ];
};

const file = (ministry: "food" | "farm" | "education", of: () => string): Trouble => ({
  ministry,
  what: "has taken its register file away",
  begin: () => renameSync(of(), `${of()}.away`),
  end: () => renameSync(`${of()}.away`, of()),
});

const troubles: readonly Trouble[] = [
  ...database("civil", "civil", "person"),
  ...database("cash", "cashxfer", "penerima_mst"),
  ...service("disability"),
  ...service("pay"),
  ...service("insurance"),
  ...service("employment"),
  ...(hasMariadb
    ? [
        {
          ministry: "health",
          what: "has its database server stopped",
          begin: () => orvanda.stopApp("mariadb"),
          end: () => orvanda.startApp("mariadb"),
        } satisfies Trouble,
      ]
    : []),
  file("food", () => orvanda.files.foodRegister),
  file("farm", () => orvanda.files.farmRegister),
  file("education", () => orvanda.files.schoolRegister),
];

/** What is between the gateway and a ministry; every second one is cut, the others fall silent. */
const brokenLines: readonly Trouble[] = ministries.map((ministry, at) => {
  const state = at % 2 === 0 ? "cut" : "silent";
  return {
    ministry,
    what: `has a line that is ${state}`,
    begin: () => lines.get(ministry)!.become(state),
    end: () => lines.get(ministry)!.become("open"),
  };
});

test.each([...troubles, ...brokenLines])(
  "$ministry $what: the others answer in time, its breaker opens, and closes by itself",
  async ({ ministry, begin, end }) => {
    const question = questionFor(ministry);
    const whole = await untilWhole(question);
    expect(whole.errors).toEqual([]);
    undo.push(end);
    await begin();
    const { answer, milliseconds } = await timed(question);
    expectOnlyMissing(ministry, whole, answer);
    expect(milliseconds).toBeLessThan(DEADLINE + SLACK);
    await openBreaker(ministry);
    expectOnlyMissing(ministry, whole, await askSecond(question));
    undo.pop();
    await end();
    expect((await untilWhole(question)).data).toEqual(whole.data);
    expect(await breakerOf(ministry)).toBe(0);
  },
);

test("one fund of three is down: what the others know stands, that there is nothing is not said, and nobody else is touched", async () => {
  const question = narrowQuestionFor("insurance");
  const standing = (told: Told) => (told.data as { person: { socialInsurance: object } }).person.socialInsurance;
  const payer = { ...question, variables: { who: keyOfCanary() } };
  expect(standing(await untilWhole(question))).toEqual({ contributing: "NONE_RECORDED", fundsAnswered: 3 });
  undo.push(() => orvanda.behave("insurance", "ok"));
  await orvanda.behave("insurance", "busy", "trade");
  const partial = await askSecond(question);
  expect(standing(partial)).toEqual({ contributing: null, fundsAnswered: 2 });
  expect(partial.errors).toMatchObject([
    { path: ["person", "socialInsurance", "contributing"], extensions: { code: "SOURCE_UNAVAILABLE" } },
  ]);
  expect(partial.sources).toMatchObject([{ provider: "org:insurance", status: "ok" }]);
  expect(standing(await askSecond(payer))).toEqual({ contributing: "YES", fundsAnswered: 2 });
  expect(await breakerOf("insurance")).toBe(0);
});

function keyOfCanary() {
  return { scheme: "NATIONAL_ID", value: orvanda.country.person(canaryNumbers[0]!).nid };
}

test("while a breaker is open, nothing is sent to the ministry", async () => {
  const line = lines.get("civil")!;
  undo.push(() => line.become("open"));
  line.become("cut");
  const question = questionFor("civil");
  await openBreaker("civil");
  const before = line.opened;
  const rest = await Promise.all(Array.from({ length: 5 }, () => timed(question)));
  // One call tries, each time that the breaker has rested.
  expect(line.opened - before).toBeLessThanOrEqual(1);
  for (const { answer } of rest)
    expect(answer.sources).toContainEqual(expect.objectContaining({ provider: "org:civil", status: "unavailable" }));
  line.become("open");
  await untilWhole(question);
});

/** `weft adapter …` for the food ministry, as its own engineer runs it. */
const weft = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ["dist/bin/weft.js", "adapter", ...args, "--state", path.join(orvanda.dataDir, "state", "adapter")],
    { cwd: repository },
  );
const ofFood = ["--ministry", "food"];

test("a ministry pauses one consumer by its own switch, at once, also through a restart; others are served, and it goes on", async () => {
  const question = narrowQuestionFor("food");
  const other = about(["food"], "programme");
  await untilWhole(question);
  const before = await untilWhole(other);
  const until = new Date(Date.now() + 600_000).toISOString();
  undo.push(() => weft("resume", "consumer org:welfare", ...ofFood).catch(() => {}));
  await weft("pause", "consumer", "org:welfare", "--until", until, ...ofFood);
  const paused = await orvanda.ask(question);
  expect(codesOf(paused)).toEqual(["SOURCE_UNAVAILABLE"]);
  const { retryAfter } = paused.sources.find(({ provider }) => provider === "org:food")!;
  expect(retryAfter).toBeGreaterThan(400);
  expect(retryAfter).toBeLessThanOrEqual(600);
  expect((await orvanda.ask(other)).data).toEqual(before.data);
  await orvanda.stopApp("adapter");
  await orvanda.startApp("adapter");
  expect(codesOf(await orvanda.ask(question))).toEqual(["SOURCE_UNAVAILABLE"]);
  expect((await weft("status")).stdout).toContain("Paused: consumer org:welfare.");
  await weft("resume", "consumer", "org:welfare", ...ofFood);
  expect((await untilWhole(question)).errors).toEqual([]);
});

test("a planned window is told to consumers beforehand, with the answers", async () => {
  const from = new Date(Date.now() + 86_400_000).toISOString();
  const until = new Date(Date.now() + 90_000_000).toISOString();
  undo.push(() => weft("resume", "all", ...ofFood).catch(() => {}));
  await weft("pause", "all", "--from", from, "--until", until, ...ofFood);
  const { sources, errors } = await untilWhole(questionFor("food"));
  expect(errors).toEqual([]);
  const told = sources.map(({ provider, maintenance }) => [provider, maintenance]);
  expect(told).toContainEqual(["org:food", { from, until }]);
  expect(told.filter(([, maintenance]) => maintenance !== undefined)).toHaveLength(1);
});

test("the switch obeys nobody without its key, and refuses what it does not know", async () => {
  const file = path.join(orvanda.dataDir, "state", "adapter", "page.json");
  expect(statSync(file).mode & 0o077).toBe(0);
  const { url } = JSON.parse(readFileSync(file, "utf8")) as { url: string };
  const elsewhere = url.slice(0, -1) + (url.endsWith("A") ? "B" : "A");
  const post = (to: string, form: Record<string, string>) =>
    fetch(to, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
  const all = { ministry: "food", scope: "all" };
  for (const to of [`${elsewhere}/pause`, new URL("/pause", url).href, `${new URL(url).origin}//pause`])
    expect((await post(to, all)).status, to).toBe(404);
  const wrong = [
    { ministry: "nobody", scope: "all" },
    { ministry: "food", scope: "agreement dsa-nobody" },
    { ministry: "food", scope: "consumer org:nobody" },
    { ...all, until: "tomorrow" },
    { ...all, until: "2020-01-01T00:00" },
    { ...all, from: "<script>alert(1)</script>" },
  ];
  for (const form of wrong) expect((await post(`${url}/pause`, form)).status, JSON.stringify(form)).toBe(400);
  await expect(weft("resume", "all", ...ofFood)).rejects.toMatchObject({ stderr: "Nothing of that name is paused.\n" });
  expect((await untilWhole(narrowQuestionFor("food"))).errors).toEqual([]);
});

test("with every adapter gone, an answer still comes: it has no values, and says so of each ministry", async () => {
  const question = questionFor("civil");
  const asked = ministries.filter((name) => name !== "pay");
  await orvanda.kill("adapter");
  const { answer, milliseconds } = await timed(question);
  expect(milliseconds).toBeLessThan(DEADLINE + SLACK);
  expect(answer.status).toBe(200);
  expect(Object.values((answer.data as { person: object }).person)).toEqual(Array.from(asked, () => null));
  expect(answer.sources.map(({ status }) => status)).toEqual(Array.from(asked, () => "unavailable"));
  expect(answer.errors).toHaveLength(asked.length);
  await orvanda.startApp("adapter");
  expect((await untilWhole(question)).errors).toEqual([]);
});

/** A breaker weighs what failed in the last ten seconds against what did not: many ask, and ask again. */
async function openBreaker(ministry: Ministry): Promise<void> {
  const question = narrowQuestionFor(ministry);
  for (let round = 0; round < 8; round++) {
    await Promise.all(Array.from({ length: 12 }, () => askSecond(question)));
    if ((await breakerOf(ministry)) > 0) return;
  }
  throw new Error(`The breaker of ${ministry} stays closed.`);
}

async function askSecond(question: Asked): Promise<Told> {
  return told(await ask({ urls: { ...orvanda.urls, gateway: second.url }, audience: orvanda.urls.gateway }, question));
}

interface Timed {
  readonly answer: Told;
  readonly milliseconds: number;
}

async function timed(question: Asked): Promise<Timed> {
  const started = performance.now();
  return { answer: await askSecond(question), milliseconds: performance.now() - started };
}

/** 0 closed, 1 half open, 2 open. */
function breakerOf(ministry: Ministry): Promise<number> {
  return metricOf(second.url, "weft_breaker_state", { provider: `org:${ministry}` });
}

async function untilWhole(question: Asked): Promise<Told> {
  for (let patience = 60; ; patience--) {
    const answer = await askSecond(question);
    if (answer.errors.length === 0 || patience === 0) return answer;
    await sleep(250);
  }
}
