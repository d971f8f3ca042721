import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadContracts } from "#libs/contracts";
import { WeftError } from "#libs/terms";
import { type Case, readVectors } from "./cases.js";
import { openGateway } from "./gateway.js";
import { circumstanceOf, type Consents, isBeforeReady } from "./circumstances.js";
import { canariesIn, readPeople, readRows } from "./people.js";
import { publicJwk } from "./keys.js";
import { ask, type Trial } from "./asking.js";
import { askOnce, procedureOf } from "./procedures.js";
import type { Reply } from "./reply.js";
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
  readonly onWaiting?: () => void;
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
const PATIENCE_FOR_RECEIPTS = 10_000;

/** The world around adapters, for as many runs as one likes. */
export interface Suite {
  /** Asks one adapter every case, one after the other. Throws NOT_READY where it does not answer. */
  run(options: Omit<RunOptions, "dir" | "vectors">): Promise<readonly Result[]>;
  close(): Promise<void>;
}

/** Throws CONFIG_INVALID where the folder was not prepared, or a vector is not of its form. */
export async function openSuite(dir: string, vectors: string): Promise<Suite> {
  const { cases } = readVectors(vectors);
  const world = await openWorld(dir);
  // Until it is known that no case asks for another, so that an adapter which is started now has not seen any.
  world.log.witnessed = "never";
  const contracts = await loadContracts(path.join(dir, "contracts"), {
    authorityKey: publicJwk(world.keys["authority-1"]),
    compose: false,
  });
  const opened = openTrial(vectors, world, contracts.agreements);
  return {
    run: (options) => runCases(cases, { ...opened, trial: { ...opened.trial, url: options.url } }, options),
    close: () => world.close(),
  };
}

/** Opens the world, runs the cases, and closes it. */
export async function runSuite({ dir, vectors, ...options }: RunOptions): Promise<readonly Result[]> {
  const suite = await openSuite(dir, vectors);
  try {
    return await suite.run(options);
  } finally {
    await suite.close();
  }
}

async function runCases(
  cases: readonly Case[],
  opened: Opened,
  options: Omit<RunOptions, "dir" | "vectors">,
): Promise<readonly Result[]> {
  const { world } = opened.trial;
  const chosen = cases.filter((one) => options.only?.(one.case) ?? true);
  const early = chosen.filter(isBeforeReady);
  const results: Result[] = [];
  const run = async (one: Case) => {
    const result = { ...about(one), ...(await runCase(one, opened, options)) };
    results.push(result);
    options.onResult?.(result);
  };
  const patience = options.patience ?? PATIENCE;
  options.onWaiting?.();
  world.log.witnessed = early.length > 0 ? "never" : "now";
  if (early.length > 0) await untilReply(opened.trial, patience, () => true);
  for (const one of early) await run(one);
  world.log.witnessed = "now";
  await untilReply(opened.trial, patience, isReady);
  await world.register.untilRead(PATIENCE_FOR_RECEIPTS);
  for (const one of chosen) if (!isBeforeReady(one)) await run(one);
  return results;
}

function about({ case: name, why, spec }: Case): Pick<Result, "case" | "why" | "spec"> {
  return { case: name, why, spec };
}

interface Opened {
  readonly trial: Trial;
  readonly consents: Consents;
}

/** Gives the receipts that the register holds from the beginning. */
function openTrial(
  folder: string,
  world: World,
  agreements: Parameters<typeof openGateway>[0]["agreements"],
): { readonly trial: Omit<Trial, "url">; readonly consents: Consents } {
  const [vectors, people, rows] = [readVectors(folder), readPeople(folder), readRows(folder)];
  const gateway = openGateway({ world, people, rows, vectors, agreements });
  const places = new Map<string, number[]>();
  const give = (name: string, later: boolean) => {
    const planned = people[name]?.receipts.filter((receipt) => receipt.later === later) ?? [];
    const given = planned.map((receipt) => world.register.give(gateway.refOf(receipt.person ?? name), receipt));
    places.set(name, [...(places.get(name) ?? []), ...given]);
  };
  for (const name of Object.keys(people)) give(name, false);
  return {
    trial: { world, gateway, vectors, canaries: canariesIn(folder) },
    consents: {
      give: (name) => give(name, true),
      withdraw: (name) => places.get(name)?.forEach(world.register.withdraw),
    },
  };
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
  next: {},
  or: [],
  expect: { data: {}, errors: [], withheld: 0 },
};

function isReady({ status }: Reply): boolean {
  return status !== 503 && status !== 404;
}

async function untilReply(trial: Trial, patience: number, holds: (reply: Reply) => boolean): Promise<void> {
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const reply = await ask(probe, trial).catch(() => undefined);
    if (reply !== undefined && holds(reply)) return;
    await sleep(EVERY);
  }
  throw new WeftError("NOT_READY", { message: `The adapter at ${trial.url} does not answer, or is not ready.` });
}

async function runCase(
  one: Case,
  { trial, consents }: Opened,
  { without = [], patience = PATIENCE }: Pick<RunOptions, "without" | "patience">,
): Promise<Pick<Result, "outcome" | "says">> {
  if (one.needs !== undefined && without.includes(one.needs))
    return { outcome: "left out", says: [`the adapter offers no ${one.needs}`] };
  if (isBeforeReady(one) && isReady(await ask(probe, trial)))
    return {
      outcome: "left out",
      says: ["the adapter has seen a cosigned checkpoint before: start it without earlier state"],
    };
  const circumstance = one.given && circumstanceOf[one.given];
  await circumstance?.make(trial.world, consents, one.about);
  const says = await (one.do === undefined ? askOnce : procedureOf[one.do])(one, trial).catch((error: unknown) => [
    `no reply (${error instanceof Error ? error.message : "unknown"})`,
  ]);
  if (circumstance && !isBeforeReady(one)) {
    circumstance.mend(trial.world);
    await untilReply(trial, patience, isReady);
  }
  return { outcome: says.length === 0 ? "passed" : "failed", says };
}
