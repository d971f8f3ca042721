/**
 * What a request costs: CPU of the gateway process, beside stock Apollo Gateway under Nest in the same run.
 *
 *     npm run bench -- [--quick] [--only CASE]... [--json FILE] [--profile DIR]
 *     npm run bench -- --consent --uniform [--quick] [--json FILE]     the adapter's cost of consent; does time tell who withholds
 *     npm run bench -- --log | --search [--quick] [--json FILE]          how fast the log appends and is indexed; how fast it is searched
 *     npm run bench -- --console [--quick] [--json FILE]                 how long the console's screens take at a million records
 *     npm run bench -- --lookups [--quick] [--json FILE]                 how many persons an adapter looks up in a PostgreSQL of 10,000 and of a million
 *     npm run bench -- --vigilance [--quick] [--json FILE]               which snooping stories the rules find
 *
 * Both gateways answer the same questions over the same supergraph from the same servers. Weft does all that it does for a ministry:
 * token and proof of possession, decision, record in a real access log, proof, sealed references, envelope. The stock gateway does
 * none of it. CPU, not wall time: what else the machine does changes it little, and both alike.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { measureCallers } from "./caller.ts";
import { CALLS, casesOf, FLOOR, type Size } from "./cases.ts";
import { measureConsole } from "./console-main.ts";
import { type ConsentPart, measureConsent } from "./consent-main.ts";
import { measureLog } from "./log-main.ts";
import { measureLookups } from "./lookups-main.ts";
import { type Case, type Figure, measure } from "./measure.ts";
import { type BenchNetwork, startNetwork } from "./network.ts";
import { sizeOf } from "./plan.ts";
import { measureRecording } from "./recording.ts";
import { measureSearch } from "./search-main.ts";
import { measureVigilance } from "./vigilance-main.ts";
import { median, round, type Rounds } from "./statistics.ts";

interface Amount extends Size {
  readonly calls: Rounds;
  readonly appends: number;
}

const full: Amount = { requests: 1000, warmUp: 6, rounds: 5, calls: { rounds: 10, calls: 200 }, appends: 6000 };
/** To see that it works: its figures say nothing. */
const quick: Amount = { requests: 8, warmUp: 1, rounds: 2, calls: { rounds: 2, calls: 10 }, appends: 40 };

const GOAL = 0.1;

async function measureAll(network: BenchNetwork, amount: Amount, only: readonly string[]) {
  const cases = casesOf(network, amount).filter(({ name }) => only.length === 0 || only.includes(name));
  const gateways = [];
  for (const it of cases) gateways.push(await measureCase(it));
  const callers = await measureCallers(amount.calls);
  printFigures("Knowing a caller, microseconds of CPU", callers);
  const recording = await measureRecording(network.log.url, amount.calls, amount.appends);
  printFigures("Recording: microseconds of CPU a call; appends", recording);
  return { gateways, callers, recording };
}

async function measureCase(it: Case) {
  const plan = sizeOf(it.question);
  say(`${it.says}: ${plan.fetches} fetches in ${plan.waves} waves`);
  const figures = await measure(it);
  const [ours, theirs] = [figures[0]!, figures.at(-1)!];
  const ratio = median(theirs.rounds.map((cost, n) => (ours.rounds[n] ?? Number.NaN) / cost));
  for (const figure of figures) say(`  ${printFigure(figure, theirs)}`);
  for (const [name, what] of [
    [FLOOR, "The signatures and calls alone are"],
    [CALLS, "The HTTP calls alone, with nothing signed and nothing decided, are"],
  ] as const) {
    const floor = figures.find((figure) => figure.name === name);
    if (floor) say(`  ${what} 1/${shareOf(floor, theirs)} of stock: no gateway that makes them costs less.`);
  }
  say(`  Weft costs 1/${(1 / ratio).toFixed(1)} of stock; the goal is 1/${1 / GOAL}.\n`);
  return { name: it.name, says: it.says, ...plan, requests: it.requests * it.rounds, ratio: round(ratio, 4), figures };
}

function printFigure(figure: Figure, stock: Figure): string {
  const { name, cpuMilliseconds, requestsPerSecond } = figure;
  const cost = `${cpuMilliseconds.toFixed(3)} ms of CPU a request`;
  return `${name.padEnd(34)} ${cost}   1/${shareOf(figure, stock)}   ${requestsPerSecond} requests/s`;
}

function shareOf({ cpuMilliseconds }: Figure, stock: Figure): string {
  return (stock.cpuMilliseconds / cpuMilliseconds).toFixed(1);
}

function printFigures(title: string, figures: object): void {
  say(title);
  for (const [name, value] of Object.entries(figures)) say(`  ${name.padEnd(34)} ${String(value)}`);
  say("");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    profile: { type: "string" },
    consent: { type: "boolean", default: false },
    uniform: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
    search: { type: "boolean", default: false },
    vigilance: { type: "boolean", default: false },
    console: { type: "boolean", default: false },
    lookups: { type: "boolean", default: false },
    records: { type: "string" },
  },
});
const machine = `${os.cpus().length} cores, ${os.cpus()[0]?.model ?? "unknown"}, Node.js ${process.version}, ${os.type()}`;
say(`${machine}\n`);
async function measureGateways(): Promise<object> {
  const network = await startNetwork({ profile: values.profile });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= network.stop());
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void stop().then(() => process.exit(1)));
  try {
    return await measureAll(network, values.quick ? quick : full, values.only);
  } finally {
    await stop();
  }
}

const size = values.quick ? "quick" : "full";
const alone = (["consent", "uniform", "log", "search", "vigilance", "console", "lookups"] as const).some(
  (name) => values[name],
);
const consentParts: ConsentPart[] = [];
if (values.consent || (!alone && values.only.length === 0)) consentParts.push("cost");
if (values.uniform) consentParts.push("uniform");
const figures = {
  ...(!alone && (await measureGateways())),
  ...(await measureConsent(consentParts, size)),
  ...(values.vigilance && measureVigilance(size)),
  ...((!alone && values.only.length === 0) || values.lookups ? await measureLookups(size) : {}),
  ...(values.console && (await measureConsole(size))),
  ...(values.log && (await measureLog(size))),
  ...(values.search && (await measureSearch(size, values.records === undefined ? undefined : Number(values.records)))),
};
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
