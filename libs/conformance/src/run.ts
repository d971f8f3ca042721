import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadContracts } from "#libs/contracts";
import type { SubjectRef } from "#libs/terms";
import { type Case, readVectors } from "./cases.js";
import { openGateway } from "./gateway.js";
import { canariesIn, type People, readPeople } from "./people.js";
import { publicJwk } from "./keys.js";
import { ask, askOnce, procedureOf, type Trial } from "./procedures.js";
import { openWorld, type World } from "./world.js";

export interface RunOptions {
  /** Where the adapter takes fetches, as http://127.0.0.1:4200/trial/graphql. */
  readonly url: string;
  /** What `prepare` wrote. */
  readonly dir: string;
  readonly vectors: string;
  /** The names of the cases to run; all unless told. */
  readonly only?: (name: string) => boolean;
  /** What the adapter does not offer: cases that need it are left out, and say so. */
  readonly without?: readonly string[];
  /** Milliseconds to wait for the adapter to be ready; a minute and a half unless told. */
  readonly patience?: number;
  readonly onResult?: (result: Result) => void;
  readonly onWaiting?: (world: World) => void;
}

export interface Result {
  readonly case: string;
  readonly why: string;
  readonly spec: string;
  readonly outcome: "passed" | "failed" | "left out";
  /** What is wrong, or why it was left out. */
  readonly says: readonly string[];
}

const PATIENCE = 90_000;
const EVERY = 250;

/** Plays the world around one adapter and asks it every case, one after the other. */
export async function runSuite(options: RunOptions): Promise<readonly Result[]> {
  const world = await openWorld(options.dir);
  try {
    const trial = await openTrial(options, world);
    options.onWaiting?.(world);
    const results: Result[] = [];
    const tell = (result: Result) => {
      results.push(result);
      options.onResult?.(result);
    };
    const { cases } = readVectors(options.vectors);
    const chosen = cases.filter((one) => options.only?.(one.case) ?? true);
    await untilAnswered(trial, options.patience ?? PATIENCE);
    for (const one of chosen) tell(await runCase(one, trial, options.without ?? []));
    return results;
  } finally {
    await world.close();
  }
}

async function openTrial({ url, vectors: folder, dir }: RunOptions, world: World): Promise<Trial> {
  const [vectors, people] = [readVectors(folder), readPeople(folder)];
  const { agreements } = await loadContracts(path.join(dir, "contracts"), {
    authorityKey: publicJwk(world.keys["authority-1"]),
    compose: false,
  });
  const gateway = openGateway({ world, people, vectors, agreements });
  giveReceipts(people, gateway.refOf, world);
  return { url, world, gateway, canaries: canariesIn(folder) };
}

function giveReceipts(people: People, refOf: (name: string) => SubjectRef, world: World): void {
  for (const [name, { receipts }] of Object.entries(people))
    for (const receipt of receipts) world.register.give(refOf(name), receipt);
}

const probe: Case = {
  case: "ready",
  why: "",
  spec: "",
  ask: "standing",
  about: ["hana"],
  variables: {},
  record: {},
  send: {},
  others: [],
  expect: { data: {}, errors: [], withheld: 0 },
};

/** Whatever it answers, but that it is not there or not ready yet. */
async function untilAnswered(trial: Trial, patience: number): Promise<void> {
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const reply = await ask(probe, trial).catch(() => undefined);
    if (reply !== undefined && reply.status !== 503 && reply.status !== 404) return;
    await sleep(EVERY);
  }
}

async function runCase(one: Case, trial: Trial, without: readonly string[]): Promise<Result> {
  const { case: name, why, spec, needs } = one;
  if (needs !== undefined && without.includes(needs))
    return { case: name, why, spec, outcome: "left out", says: [`the adapter offers no ${needs}`] };
  const says = await (one.do === undefined ? askOnce : procedureOf[one.do])(one, trial).catch((error: unknown) => [
    `no reply (${error instanceof Error ? error.message : "unknown"})`,
  ]);
  return { case: name, why, spec, outcome: says.length === 0 ? "passed" : "failed", says };
}
