import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Checkpoint, issueRecord } from "#libs/access-log";
import { digestOf, type OrgId, type PartyId, type PurposeCode, random16 } from "#libs/terms";
import { runningMinistries as ministries } from "../../apps/sandbox/src/compose-apps.js";
import { LOG_ORIGIN } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { namedPersons } from "../../apps/sandbox/src/country/cast.js";
import { type Question, questionsOf } from "../../apps/sandbox/src/questions.js";
import type { Orvanda, Told } from "./orvanda.js";
import { logClient } from "./records.js";

/** Gateway, log and PostgreSQL are killed one after the other while people ask and records come in; what was seen meanwhile. */
export interface Survived {
  /** What at least one ministry answered, about whom. */
  readonly answers: readonly { readonly who: string; readonly told: Told }[];
  /** What the log acknowledged to whoever appended to it directly, with its proof. */
  readonly appended: readonly { readonly index: number; readonly jwt: string }[];
  /** The log's checkpoint before each kill. */
  readonly checkpoints: readonly Checkpoint[];
  readonly killed: readonly string[];
  /** Questions and appends that broke. */
  readonly broken: number;
}

const victims = ["gateway", "log", "postgres"] as const;
/** Milliseconds of load before a kill, at most. */
const LONGEST = 400;
/** The same before it must have been answered again. */
const PATIENCE = 60_000;
/** Between two questions of one side: less than what the ministries' machines bear. */
const PAUSE = 50;
const ASKING = 6;
const APPENDING = 4;

export async function killUnderLoad(orvanda: Orvanda, kills: number, seed: number): Promise<Survived> {
  // Of its own: what the load draws comes as the answers do.
  const draw = drawFrom(seed);
  const load = startLoad(orvanda, drawFrom(seed + 1));
  const log = logClient(orvanda.urls.log);
  const checkpoints: Checkpoint[] = [];
  const killed: string[] = [];
  try {
    for (let n = 0; n < kills; n++) {
      checkpoints.push(await log.checkpoint());
      const victim = victims[draw(victims.length)]!;
      await sleep(draw(LONGEST));
      await orvanda.kill(victim);
      killed.push(victim);
      await orvanda.startApp(victim);
      await untilWell(orvanda, load.question());
    }
  } finally {
    await load.stop();
    await log.close();
  }
  return { ...load.seen(), checkpoints, killed };
}

function startLoad(orvanda: Orvanda, draw: (below: number) => number) {
  const { eligibility } = questionsOf(orvanda.country);
  const names = [...namedPersons.keys()].filter((name) => orvanda.country.person(namedPersons.get(name)!).nid !== null);
  const answers: { who: string; told: Told }[] = [];
  const appended: { index: number; jwt: string }[] = [];
  const state = { broken: 0, isStopped: false };
  const question = (name = names[0]!): Question => ({ ...eligibility, variables: { who: orvanda.who(name) } });
  const ask = async (): Promise<void> => {
    const name = names[draw(names.length)]!;
    const told = await orvanda.ask(question(name));
    if (told.sources.some(({ status }) => status === "ok")) answers.push({ who: orvanda.who(name).value, told });
    else state.broken += 1;
    await sleep(PAUSE);
  };
  const client = logClient(orvanda.urls.log);
  const append = async (): Promise<void> => {
    const record = intent();
    const { index } = await client.append(record, digestOf(random16()));
    appended.push({ index, jwt: record.jwt });
    await sleep(PAUSE);
  };
  const side = async (work: () => Promise<void>): Promise<void> => {
    while (!state.isStopped) {
      await work().catch(() => {
        state.broken += 1;
        return sleep(20);
      });
    }
  };
  const sides = [
    ...Array.from({ length: ASKING }, () => side(ask)),
    ...Array.from({ length: APPENDING }, () => side(append)),
  ];
  return {
    question,
    seen: () => ({ answers, appended, broken: state.broken }),
    async stop() {
      state.isStopped = true;
      await Promise.all(sides);
      await client.close();
    },
  };
}

const signer = { kid: "gateway-main-1", key: sandboxKey("gateway-main-1").privateKey };

function intent() {
  const digest = digestOf("x");
  const caller = {
    consumer: "org:welfare" as OrgId,
    client: "client:welfare-casework" as PartyId,
    officer: "officer:8c1" as PartyId,
    purpose: "enrolment" as PurposeCode,
  };
  const request = { operation: digest, supergraph: digest, policy: digest, denied: [] };
  return issueRecord(
    { kind: "intent", iss: "gateway:main", log: LOG_ORIGIN, caller, request, sections: [] },
    signer,
    new Date(),
  );
}

/** Nobody helps: it is asked until the civil register answers, which PostgreSQL and the register of consents stand behind. */
async function untilWell(orvanda: Orvanda, question: Question): Promise<void> {
  const patience = performance.now() + PATIENCE;
  let last: unknown;
  while (performance.now() < patience) {
    const told = await orvanda.ask(question).catch((error: unknown) => error as Error);
    if (!(told instanceof Error) && told.sources.some(isWell)) return;
    last = told instanceof Error ? told.message : told.body;
    await sleep(100);
  }
  throw new Error(`What was killed is started again, and still nothing is answered: ${JSON.stringify(last)}`);
}

function isWell({ provider, status }: Told["sources"][number]): boolean {
  return provider === "org:civil" && status === "ok";
}

/**
 * The records on whose proof each ministry's adapter answered, as it has them on its own disk. The adapter is stopped for good: nobody
 * else may open its store while it runs.
 */
export async function answeredBy(orvanda: Orvanda): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  await orvanda.stopApp("adapter");
  return new Map(
    ministries.map((name) => {
      const store = new DatabaseSync(path.join(orvanda.dataDir, "state", "adapter", `${name}.db`), { readOnly: true });
      const rows = store.prepare("select distinct jti from answered").all() as { jti: string }[];
      store.close();
      return [`org:${name}`, new Set(rows.map(({ jti }) => jti))];
    }),
  );
}

/** mulberry32: whole numbers below a bound, the same for the same seed. */
function drawFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
