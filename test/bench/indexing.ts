import { generateKeyPairSync } from "node:crypto";
import os from "node:os";
import pg from "pg";
import type { PostgresServer } from "../../dist/apps/sandbox/src/postgres.js";
import { issueRecord, openIndexer, openPostgresLog } from "../../dist/libs/access-log/src/index.js";
import { draft } from "./recording.ts";
import { treeCpuSeconds } from "./cpu.ts";
import { round } from "./statistics.ts";

/** How fast the search index follows: real records of two ministries each, read from the log, taken apart and written. */
export interface IndexingFigure {
  readonly records: number;
  readonly perSecond: number;
  /** Microseconds of CPU a record: of this process, and of PostgreSQL. */
  readonly nodeCpu: number;
  readonly postgresCpu: number;
  readonly load: number;
}

export async function measureIndexing(postgres: PostgresServer, records: number): Promise<IndexingFigure> {
  await postgres.createDatabase("indexing");
  const url = postgres.superuserUrl("indexing");
  await (await openPostgresLog(url)).close();
  await fillLog(url, records);
  const indexer = await openIndexer(url);
  try {
    const [cpu, server, start] = [process.cpuUsage(), treeCpuSeconds(postgres.pid), performance.now()];
    while ((await indexer.step()) > 0);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      records,
      perSecond: Math.round(records / seconds),
      nodeCpu: round((user + system) / records),
      postgresCpu: round(((treeCpuSeconds(postgres.pid) - server) * 1e6) / records),
      load: round(os.loadavg()[0]!),
    };
  } finally {
    await indexer.close();
  }
}

const AT_ONCE = 1_000;

/** As an append would leave them, without the tree. */
export async function fillLog(url: string, records: number): Promise<void> {
  const signer = { kid: "bench", key: generateKeyPairSync("ed25519").privateKey };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let from = 0; from < records; from += AT_ONCE) {
      const made = Array.from({ length: Math.min(AT_ONCE, records - from) }, () =>
        issueRecord(draft(2), signer, new Date()),
      );
      const indexes = made.map((_, n) => from + n);
      const texts = [made.map(({ jwt }) => jwt), made.map(({ disclosures }) => disclosures.join("~"))];
      await client.query("insert into record (index, jwt, at) select *, now() from unnest($1::bigint[], $2::text[])", [
        indexes,
        texts[0],
      ]);
      await client.query(
        "insert into disclosure (index, texts, at) select *, now() from unnest($1::bigint[], $2::text[])",
        [indexes, texts[1]],
      );
    }
    await client.query("update log_head set size = $1", [records]);
  } finally {
    await client.end();
  }
}

export function printIndexing({ records, perSecond, nodeCpu, postgresCpu, load }: IndexingFigure): string {
  const cpu = `${nodeCpu} µs of CPU here and ${postgresCpu} µs in PostgreSQL a record`;
  return `index: ${records} records of two ministries each\n  ${perSecond} records/s; ${cpu}; load ${load}`;
}
