import { generateKeyPairSync } from "node:crypto";
import os from "node:os";
import pg from "pg";
import type { PostgresServer } from "../../dist/apps/sandbox/src/postgres.js";
import {
  type Candidate,
  memoryHighWater,
  noteSigner,
  openPostgresLog,
  openSequencer,
} from "../../dist/libs/access-log/src/index.js";
import { treeCpuSeconds } from "./cpu.ts";
import { type IndexingFigure, measureIndexing, printIndexing } from "./indexing.ts";
import { withPostgres } from "./own-postgres.ts";
import { median, round } from "./statistics.ts";
import { candidates } from "./synthetic.ts";

/**
 * How many records a second the log's storage takes: sequenced, committed on a PostgreSQL with fsync on, the tree signed, each answered
 * with its proof. Admission is left out: signatures are verified by as many processes as there are.
 */
export interface AppendFigure {
  readonly name: string;
  readonly says: string;
  /** Median of the rounds, wall time. */
  readonly perSecond: number;
  /** The best round: on a machine that others use, the nearest to what it can do. */
  readonly bestPerSecond: number;
  /** Microseconds of CPU a record: of this process, and of PostgreSQL. */
  readonly nodeCpu: number;
  readonly postgresCpu: number;
  /** One minute's, when it was measured. */
  readonly load: number;
}

export interface LogFigures {
  readonly log: readonly AppendFigure[];
  readonly indexing: IndexingFigure;
}

interface Amount {
  /** Records for the index to follow. */
  readonly indexed: number;
  readonly records: number;
  readonly rounds: number;
}

const amounts: Record<"quick" | "full", Amount> = {
  quick: { records: 2_000, rounds: 2, indexed: 500 },
  full: { records: 40_000, rounds: 7, indexed: 40_000 },
};
const cases = [
  { name: "narrow", says: "hashes, JWTs and known keys", disclosed: 1 },
  { name: "whole", says: "the same with 2,400 characters of disclosures each", disclosed: 2_400 },
] as const;
/** As many as wait for an answer at once. */
const IN_FLIGHT = 4_000;

export async function measureLog(size: "quick" | "full"): Promise<LogFigures> {
  return withPostgres({ shared_buffers: "256MB", max_wal_size: "4GB" }, async (postgres) => {
    const log: AppendFigure[] = [];
    for (const it of cases) {
      const figure = await measureCase(postgres, it, amounts[size]);
      log.push(figure);
      process.stdout.write(`${printAppends(figure)}\n`);
    }
    const floor = await measureFloor(postgres, amounts[size]);
    process.stdout.write(`${printAppends(floor)}\n`);
    log.push(floor);
    const indexing = await measureIndexing(postgres, amounts[size].indexed);
    process.stdout.write(`${printIndexing(indexing)}\n`);
    return { log, indexing };
  });
}

async function measureCase(
  postgres: PostgresServer,
  { name, says, disclosed }: (typeof cases)[number],
  { records, rounds }: Amount,
): Promise<AppendFigure> {
  await postgres.createDatabase(name);
  const storage = await openPostgresLog(postgres.superuserUrl(name));
  const signer = noteSigner("log.bench.example", generateKeyPairSync("ed25519").privateKey);
  const sequencer = await openSequencer({ storage, signer, highWater: memoryHighWater() });
  try {
    return await measureRounds(postgres, {
      name,
      says,
      rounds,
      given: () => candidates(records, { disclosed }),
      append: (given) => appendAll(given, sequencer.append),
    });
  } finally {
    await storage.close();
  }
}

/** The least that is durable: the same JWTs into a table without anything else, a thousand to a commit, one commit after the other. */
async function measureFloor(postgres: PostgresServer, { records, rounds }: Amount): Promise<AppendFigure> {
  await postgres.createDatabase("floor");
  const client = new pg.Client({ connectionString: postgres.superuserUrl("floor") });
  await client.connect();
  try {
    await client.query("create table floor (index bigint generated always as identity, jwt text not null)");
    return await measureRounds(postgres, {
      name: "floor",
      says: "the JWTs alone, into a table without an index",
      rounds,
      given: () => candidates(records, { disclosed: 1 }),
      append: async (given) => {
        for (let from = 0; from < given.length; from += 1_000)
          await client.query({
            name: "floor",
            text: "insert into floor (jwt) select string_to_table($1, ' ')",
            values: [
              given
                .slice(from, from + 1_000)
                .map(({ jwt }) => jwt)
                .join(" "),
            ],
          });
      },
    });
  } finally {
    await client.end();
  }
}

interface Rounds {
  readonly name: string;
  readonly says: string;
  readonly rounds: number;
  readonly given: () => readonly Candidate[];
  readonly append: (given: readonly Candidate[]) => Promise<void>;
}

async function measureRounds(
  postgres: PostgresServer,
  { name, says, rounds, given, append }: Rounds,
): Promise<AppendFigure> {
  const found: { perSecond: number; node: number; server: number }[] = [];
  for (let n = 0; n <= rounds; n++) {
    const made = given();
    const [cpu, server, start] = [process.cpuUsage(), treeCpuSeconds(postgres.pid), performance.now()];
    await append(made);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const serverCpu = (treeCpuSeconds(postgres.pid) - server) * 1e6;
    // The first round is warm-up.
    if (n > 0)
      found.push({
        perSecond: made.length / seconds,
        node: (user + system) / made.length,
        server: serverCpu / made.length,
      });
  }
  return {
    name,
    says,
    perSecond: Math.round(median(found.map(({ perSecond }) => perSecond))),
    bestPerSecond: Math.round(Math.max(...found.map(({ perSecond }) => perSecond))),
    nodeCpu: round(median(found.map(({ node }) => node))),
    postgresCpu: round(median(found.map((one) => one.server))),
    load: round(os.loadavg()[0]!),
  };
}

async function appendAll(given: readonly Candidate[], append: (candidate: Candidate) => Promise<unknown>) {
  let next = 0;
  const side = async (): Promise<void> => {
    for (let candidate = given[next++]; candidate; candidate = given[next++]) await append(candidate);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, side));
}

function printAppends({ name, says, perSecond, bestPerSecond, nodeCpu, postgresCpu, load }: AppendFigure): string {
  const cpu = `${nodeCpu} µs of CPU here and ${postgresCpu} µs in PostgreSQL a record`;
  return `${name}: ${says}\n  ${perSecond} appends/s, best round ${bestPerSecond}; ${cpu}; load ${load}`;
}
