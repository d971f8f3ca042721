import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadContracts } from "#libs/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Asked } from "../../apps/sandbox/src/ask.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import { signSandboxContracts } from "../../apps/sandbox/src/sign-contracts.js";
import { asSuperuser, logStatements, statementsOf } from "./mis-reads.js";
import { codesOf, type Orvanda, startOrvanda, type Told } from "./orvanda.js";

/** To a ministry that fears for its machine: it is asked the same statements whoever asks what, and never more than it allows. */
const CONNECTIONS = 2;
const PERSONS_A_MINUTE = 120;
const USER = "weft_civil";

const folder = mkdtempSync(path.join(tmpdir(), "weft-untouched-"));
let orvanda: Orvanda;

beforeAll(async () => {
  const contracts = path.join(folder, "contracts");
  cpSync(defaultContracts, contracts, { recursive: true });
  const { version } = await loadContracts(contracts, {
    authorityKey: sandboxKey("authority-1").publicJwk,
    compose: false,
  });
  const adapter = path.join(contracts, "subgraphs", "civil", "adapter.yaml");
  const protect = `protect: { connections: ${CONNECTIONS}, statementTimeout: PT2S, queue: PT1S, personsPerMinute: ${PERSONS_A_MINUTE} }`;
  writeFileSync(adapter, readFileSync(adapter, "utf8").replace(/^protect: .*$/m, protect));
  await signSandboxContracts(contracts, version + 1);
  orvanda = await startOrvanda({ contracts, settings: { gateway: { WEFT_CLIENT_RATE: "999999" } } });
  await logStatements(orvanda, { parameters: true });
});
afterAll(async () => {
  await orvanda?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const people = () => [...orvanda.country.persons()].flatMap(({ nid }) => nid ?? []);

/** The programme asks before it pays: no limit but the ministry's own is in its way. */
function ask(nids: readonly string[]): Promise<Told> {
  const query = `query Alive($who: [PersonKey!]!) { persons(keys: $who) { vitalStatus { finding } } }`;
  const who = nids.map((value) => ({ scheme: "NATIONAL_ID", value }));
  return orvanda.ask({ persona: "programme", query, variables: { who } } satisfies Asked);
}

const reads = async () => (await statementsOf(orvanda, USER)).filter(({ text }) => /\bfrom\s+"?(?!pg_)\w/i.test(text));

test("whoever is asked about, and how many, the database sees the same few texts, and no number in any of them", async () => {
  await ask(people().slice(0, 1));
  await ask(people().slice(1, 21));
  const known = new Set((await reads()).map(({ text }) => text));
  // A list of codes; who is meant; what of them may be told.
  expect(known.size).toBe(3);
  for (const hostile of ["' or 1=1 --", "1234567890'; drop table person; --", "\u0000", "9".repeat(10)])
    await ask([hostile]);
  await ask(people().slice(21, 51));
  const after = await reads();
  expect(new Set(after.map(({ text }) => text))).toEqual(known);
  for (const { text } of after) expect(text).not.toMatch(/\d{5,}|drop|or 1=1/i);
  expect(after.some(({ parameters }) => parameters.includes(people()[30]!))).toBe(true);
});

/** As many as are in flight at once, for so many seconds, or until somebody was turned away: a busy machine asks less in that time. */
const [IN_FLIGHT, SECONDS, AT_MOST] = [32, 5, 45];

test("under full load the database sees no more connections and no more persons than the ministry allows; who is not served hears when to come back", async () => {
  const before = (await reads()).length;
  const numbers = people();
  const [start, answers, connections]: [number, Told[], number[]] = [performance.now(), [], []];
  const elapsed = () => (performance.now() - start) / 1000;
  let next = 0;
  const goesOn = () => elapsed() < SECONDS || (elapsed() < AT_MOST && answers.every(isWhole));
  const caller = async (): Promise<void> => {
    while (goesOn()) answers.push(await ask([numbers[next++ % numbers.length]!]));
  };
  const watch = async (): Promise<void> => {
    while (goesOn()) connections.push(await connectionsNow());
  };
  await Promise.all([watch(), ...Array.from({ length: IN_FLIGHT }, caller)]);
  const lasted = elapsed();

  const statements = (await reads()).slice(before);
  const asked = statements
    .filter(({ parameters }) => !parameters.includes("$3"))
    .reduce((sum, { parameters }) => sum + personsIn(parameters), 0);
  expect(Math.max(...connections)).toBe(CONNECTIONS);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(PERSONS_A_MINUTE + Math.ceil((lasted * PERSONS_A_MINUTE) / 60));
  // One statement finds who is meant, one reads what may be told of them: no more for each person than these.
  expect(statements.length).toBeLessThanOrEqual(2 * asked);
  const [served, turnedAway] = [answers.filter(isWhole), answers.filter((answer) => !isWhole(answer))];
  expect(served.length).toBeGreaterThan(0);
  expect(turnedAway.length).toBeGreaterThan(0);
  for (const answer of turnedAway) {
    expect(codesOf(answer)).toEqual(["SOURCE_UNAVAILABLE"]);
    for (const { extensions } of answer.errors) expect(extensions.retryAfter).toBeGreaterThan(0);
  }
});

const isWhole = ({ errors }: Told) => errors.length === 0;

/** Keys of the first parameter. */
function personsIn(parameters: string): number {
  const [, keys = ""] = /\$1 = '\{([^}]*)\}'/.exec(parameters) ?? [];
  return keys === "" ? 0 : keys.split(",").length;
}

async function connectionsNow(): Promise<number> {
  return asSuperuser(orvanda, "civil", async (client) => {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where usename = $1",
      [USER],
    );
    return rows[0]?.n ?? 0;
  });
}
