import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { orvanda } from "../../dist/apps/sandbox/src/country/country.js";
import { sandboxKey } from "../../dist/apps/sandbox/src/keys.js";
import { civilRegister } from "../../dist/apps/sandbox/src/mis/civil.js";
import { enterPeople } from "../../dist/apps/sandbox/src/mis/database.js";
import { defaultContracts, startNetwork } from "../../dist/apps/sandbox/src/network.js";
import { signSandboxContracts } from "../../dist/apps/sandbox/src/sign-contracts.js";
import { type Contracts, loadContracts } from "../../dist/libs/contracts/src/index.js";
import type { CanonicalPerson } from "../../dist/libs/terms/src/index.js";
import { type AdapterCalls, type AdapterFetch, openAdapterCalls } from "./adapter-calls.ts";
import { cpuSeconds } from "./cpu.ts";
import { median, quantile, round } from "./statistics.ts";

/**
 * What an adapter does over a PostgreSQL of so many people: fetches as a gateway makes them, each with its record and proof, verified, decided, taken in the
 * store, read and masked as in production. The records are appended ahead. Wall time: adapter, PostgreSQL and the bench share the machine.
 */
export interface LookupFigure {
  readonly people: number;
  readonly says: string;
  /** Of persons, whole answers, median of the rounds. */
  readonly perSecond: number;
  /** Of one fetch, milliseconds. */
  readonly median: number;
  readonly p95: number;
  /** CPU of the adapter's process for one fetch, milliseconds. */
  readonly cpu: number;
  /** Of the adapter's process, which serves six ministries, after the rounds; MB. */
  readonly rss: number;
  /** One minute's, when it was measured. */
  readonly load: number;
}

const sizes = {
  quick: { people: [600, 1_000], rounds: 1, fetches: 20 },
  full: { people: [10_000, 1_000_000], rounds: 5, fetches: 2_000 },
} as const;
/** At once: as a busy gateway asks; of a thousand persons, as many fetches as `protect` gives connections. */
const IN_FLIGHT = { one: 16, many: 3 } as const;

interface Case {
  readonly says: string;
  readonly persons: number;
  readonly inFlight: number;
  readonly fetch: (persons: readonly CanonicalPerson[], n: number) => AdapterFetch;
  /** Stands once in an answer for each person of whom something is told. */
  readonly told: string;
}

const application: Case = {
  says: "one person, five fields of two tables, 16 fetches at once",
  persons: 1,
  inFlight: IN_FLIGHT.one,
  told: '"vitalStatus":{',
  fetch: (persons, n) => ({
    ministry: "civil",
    consumer: "org:welfare",
    agreement: "dsa-civil-welfare-2026",
    purpose: "eligibility-assessment",
    officer: `officer:bench-${Math.floor(n / 30)}`,
    query:
      "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{identity{fullName residenceDistrict asOf} vitalStatus{finding asOf}}}}",
    coordinates: [
      "Person.identity",
      "Identity.fullName",
      "Identity.residenceDistrict",
      "Identity.asOf",
      "Person.vitalStatus",
      "VitalStatus.finding",
      "VitalStatus.asOf",
    ],
    persons,
  }),
};
const roster = (persons: number): Case => ({
  says: `${persons} persons in one fetch, whether any is dead, 3 fetches at once`,
  persons,
  inFlight: IN_FLIGHT.many,
  told: '"vitalStatus":{',
  fetch: (asked, n) => ({
    ministry: "civil",
    consumer: "org:cash",
    agreement: "dsa-civil-cash-2026",
    purpose: "benefit-payment",
    officer: `officer:bench-${n}`,
    query:
      "query($representations:[_Any!]!){_entities(representations:$representations){...on Person{vitalStatus{finding}}}}",
    coordinates: ["Person.vitalStatus", "VitalStatus.finding"],
    persons: asked,
  }),
});

export async function measureLookups(size: "quick" | "full"): Promise<{ readonly lookups: readonly LookupFigure[] }> {
  const { people, rounds, fetches } = sizes[size];
  const folder = mkdtempSync(path.join(os.tmpdir(), "weft bench "));
  const contracts = path.join(folder, "contracts");
  try {
    const agreed = await writeContracts(contracts);
    const network = await startNetwork({ dataDir: path.join(folder, "data"), contracts, people: 500 });
    const adapter = { url: network.urls.adapter, pid: network.pidOf("adapter")! };
    const calls = openAdapterCalls({ network, contracts: agreed, adapter }, IN_FLIGHT.one);
    try {
      const lookups: LookupFigure[] = [];
      let entered = 500;
      for (const count of people) {
        const numbers = await enterUntil(network.superuserUrl("civil"), entered, count);
        entered = count;
        for (const it of [application, roster(Math.min(1_000, numbers.length))]) {
          const amount = { rounds, fetches: it.persons === 1 ? fetches : Math.ceil(fetches / 50) };
          const figure = { people: count, ...(await measureCase(calls, adapter.pid, it, numbers, amount)) };
          lookups.push(figure);
          process.stdout.write(`${printLookup(figure)}\n`);
        }
      }
      return { lookups };
    } finally {
      await calls.close();
      await network.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As many persons a minute as one likes, a thousand at once: what is measured is what the machine can do. */
async function writeContracts(dir: string): Promise<Contracts> {
  cpSync(defaultContracts, dir, { recursive: true });
  const edit = (file: string, from: string, to: string): void => {
    const text = readFileSync(path.join(dir, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} is no longer what is changed here.`);
    writeFileSync(path.join(dir, file), text.replace(from, to));
  };
  edit("subgraphs/civil/adapter.yaml", "personsPerMinute: 6000", "personsPerMinute: 100000000");
  edit("agreements/dsa-civil-cash-2026/agreement.yaml", "personsPerRequest: 500", "personsPerRequest: 1000");
  const load = () => loadContracts(dir, { authorityKey: sandboxKey("authority-1").publicJwk, compose: false });
  const { version } = await loadContracts(defaultContracts, {
    authorityKey: sandboxKey("authority-1").publicJwk,
    compose: false,
  });
  await signSandboxContracts(dir, version + 1);
  return load();
}

/** The country of that many people is the smaller one and more: each is entered once. Gives numbers of persons across all of it. */
async function enterUntil(url: string, entered: number, count: number): Promise<readonly CanonicalPerson[]> {
  const country = orvanda(count);
  const client = new pg.Client({ connectionString: url, options: "-c synchronous_commit=off" });
  await client.connect();
  try {
    const newcomers = (function* () {
      for (let n = entered; n < count; n++) yield country.person(n);
    })();
    await enterPeople(client, civilRegister, country.prf, newcomers);
    await client.query("vacuum analyze");
    const { rows } = await client.query<{ nid: string }>(
      "select national_id as nid from person where national_id is not null order by md5(national_id) limit 50000",
    );
    return rows.map(({ nid }) => `nid:${nid}` as CanonicalPerson);
  } finally {
    await client.end();
  }
}

async function measureCase(
  calls: AdapterCalls,
  pid: number,
  it: Case,
  numbers: readonly CanonicalPerson[],
  { rounds, fetches }: { readonly rounds: number; readonly fetches: number },
): Promise<Omit<LookupFigure, "people">> {
  const found: { perSecond: number; times: number[]; cpu: number }[] = [];
  // The first round is warm-up.
  for (let n = 0; n <= rounds; n++) {
    const one = await measureRound(calls, pid, it, { numbers, fetches, from: n * fetches });
    if (n > 0) found.push(one);
  }
  const times = found.flatMap((one) => one.times);
  return {
    says: it.says,
    perSecond: Math.round(median(found.map(({ perSecond }) => perSecond))),
    median: round(median(times)),
    p95: round(quantile(times, 0.95)),
    cpu: round(median(found.map(({ cpu }) => cpu)), 2),
    rss: residentMegabytes(pid),
    load: round(os.loadavg()[0]!),
  };
}

interface Round {
  readonly numbers: readonly CanonicalPerson[];
  readonly fetches: number;
  /** Number of the first fetch: each asks for other persons. */
  readonly from: number;
}

async function measureRound(calls: AdapterCalls, pid: number, it: Case, { numbers, fetches, from }: Round) {
  const personsOf = (n: number) =>
    Array.from({ length: it.persons }, (_, at) => numbers[(n * it.persons + at) % numbers.length]!);
  const bodies = await Promise.all(
    Array.from({ length: fetches }, (_, n) => calls.prepare(it.fetch(personsOf(from + n), from + n))),
  );
  const times: number[] = [];
  const [cpu, start] = [cpuSeconds(pid), performance.now()];
  let next = 0;
  const side = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const { text, milliseconds } = await calls.send("civil", body);
      if (text.split(it.told).length - 1 !== it.persons) throw new Error(`Something is missing: ${text.slice(0, 500)}`);
      times.push(milliseconds);
    }
  };
  await Promise.all(Array.from({ length: it.inFlight }, side));
  const seconds = (performance.now() - start) / 1000;
  return {
    perSecond: (fetches * it.persons) / seconds,
    times,
    cpu: ((cpuSeconds(pid) - cpu) / fetches) * 1000,
  };
}

function residentMegabytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function printLookup({ people, says, perSecond, median: middle, p95, cpu, rss, load }: LookupFigure): string {
  return `${people} people, ${says}\n  ${perSecond} persons/s   median ${middle} ms   p95 ${p95} ms   ${cpu} ms of the adapter's CPU a fetch   RSS ${rss} MB   load ${load}`;
}
