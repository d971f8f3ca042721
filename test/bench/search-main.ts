import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { PostgresServer } from "../../dist/apps/sandbox/src/postgres.js";
import {
  openPostgresLog,
  type Facet,
  openSearch,
  type RecordSearch,
  type ReviewScope,
  type SearchQuery,
} from "../../dist/libs/access-log/src/index.js";
import type { CaseId, Coordinate, OrgId, PartyId, PurposeCode, SubjectRef } from "../../dist/libs/terms/src/index.js";
import { withPostgres } from "./own-postgres.ts";
import { fillSearch } from "./search-rows.ts";
import { median, quantile, round } from "./statistics.ts";

/** How long a search takes and how much of the database it reads, by kind. */
export interface SearchFigure {
  readonly records: number;
  readonly says: string;
  readonly hits: number;
  /** Wall time, milliseconds. */
  readonly median: number;
  readonly slowest: number;
  /** Blocks of 8 KiB that one search touches, in memory or not. */
  readonly buffers: number;
}

const sizes = { quick: [5_000], full: [1_000_000, 10_000_000] } as const;
const ROUNDS = 9;
const PAGE = 50;

export async function measureSearch(
  size: "quick" | "full",
  most = Infinity,
): Promise<{ readonly search: readonly SearchFigure[] }> {
  const settings = { shared_buffers: "1GB", max_wal_size: "8GB", jit: "off" };
  return withPostgres(settings, async (postgres) => {
    const search: SearchFigure[] = [];
    for (const records of sizes[size].filter((count) => count <= most))
      search.push(...(await measureAt(postgres, records)));
    return { search };
  });
}

interface Question {
  readonly says: string;
  readonly scope?: ReviewScope;
  readonly query: SearchQuery;
  readonly counts?: readonly Facet[];
}

const dpo: ReviewScope = { organisation: "org:ministry-3" as OrgId };
const allFacets = ["consumer", "provider", "officer", "purpose", "coordinate", "kind", "outcome"] as const;
/** As the console asks them, with a timeline by the day. */
const firstScreen = ["consumer", "purpose", "officer", "outcome"] as const;
const fourWeeks = { from: new Date("2026-12-03T09:30:00Z") };
const newest = { from: new Date("2026-12-01"), until: new Date("2026-12-02") };

/** A person as eight ministries know them, by two numbers each. */
function refsOf(person: number): SubjectRef[] {
  return Array.from({ length: 16 }, (_, n) => `p1.${n % 8}.${person}.${n >> 3}` as SubjectRef);
}

function questionsAt(records: number): readonly Question[] {
  return [
    { says: "newest page", query: {} },
    { says: "person: 16 references", query: { subjects: refsOf(0) } },
    { says: "person, one ministry's view", scope: dpo, query: { subjects: refsOf(0) } },
    { says: "officer", query: { officer: "officer:17" as PartyId } },
    { says: "organisation as consumer", query: { consumer: "org:consumer-3" as OrgId } },
    { says: "organisation as provider", query: { provider: "org:ministry-3" as OrgId } },
    { says: "a ministry's own, newest page", scope: dpo, query: {} },
    { says: "purpose, common", query: { purposes: ["purpose-3" as PurposeCode] } },
    { says: "purpose, rare", query: { purposes: ["vital-interest" as PurposeCode] } },
    { says: "coordinate", query: { coordinates: ["Ministry3.field2" as Coordinate] } },
    { says: "coordinate, one ministry's view", scope: dpo, query: { coordinates: ["Ministry3.field2" as Coordinate] } },
    { says: "coordinate that nobody asked for", query: { coordinates: ["Ministry9.field9" as Coordinate] } },
    { says: "case", query: { case: `c-${Math.floor(records / 60)}` as CaseId } },
    { says: "outcome interrupted", query: { outcomes: ["interrupted"] } },
    {
      says: "officer and rare purpose",
      query: { officer: "officer:17" as PartyId, purposes: ["vital-interest" as PurposeCode] },
    },
    { says: "a day", query: newest },
    { says: "first screen's counts: four weeks", query: fourWeeks, counts: firstScreen },
    { says: "the same, a ministry's own", scope: dpo, query: fourWeeks, counts: firstScreen },
    { says: "first screen's counts: the year", query: {}, counts: firstScreen },
    { says: "counted: the year, by all", query: {}, counts: allFacets },
    { says: "counted: the year, by all, a ministry's own", scope: dpo, query: {}, counts: allFacets },
    { says: "counted: one officer, a year, by all", query: { officer: "officer:17" as PartyId }, counts: allFacets },
    {
      says: "first screen's counts: one organisation's newest 50,000",
      query: { consumer: "org:consumer-3" as OrgId },
      counts: firstScreen,
    },
    {
      says: "counted: a provider's newest 50,000, by all",
      query: { provider: "org:ministry-3" as OrgId },
      counts: allFacets,
    },
  ];
}

async function measureAt(postgres: PostgresServer, records: number): Promise<SearchFigure[]> {
  const database = `records${records}`;
  await postgres.createDatabase(database);
  const url = postgres.superuserUrl(database);
  await (await openPostgresLog(url)).close();
  const start = performance.now();
  await fillSearch(url, records);
  const size = await sizeOf(url);
  say(
    `${records} records in ${Math.round((performance.now() - start) / 1000)} s, ${size}; load ${round(os.loadavg()[0]!)}`,
  );
  const search = await openSearch(url);
  try {
    const figures: SearchFigure[] = [];
    for (const question of questionsAt(records)) {
      const figure = await measureQuestion(search, url, question, records);
      figures.push(figure);
      say(printSearch(figure));
    }
    return figures;
  } finally {
    await search.close();
    const client = new pg.Client({ connectionString: postgres.superuserUrl() });
    await client.connect();
    await client.query(`drop database ${database} with (force)`);
    await client.end();
  }
}

async function measureQuestion(
  search: RecordSearch,
  url: string,
  it: Question,
  records: number,
): Promise<SearchFigure> {
  const scope = it.scope ?? { all: true };
  const ask = async (): Promise<number> =>
    it.counts
      ? (await search.count(scope, it.query, { facets: it.counts, every: "day" })).total
      : (await search.find(scope, it.query, { limit: PAGE })).hits.length;
  let hits = await ask();
  const times: number[] = [];
  const before = await blocksRead(url);
  for (let n = 0; n < ROUNDS; n++) {
    const start = performance.now();
    hits = await ask();
    times.push(performance.now() - start);
  }
  // A server's process tells what it read at the end of a statement, once a second.
  await sleep(1_100);
  await search.find({ all: true }, { access: -1 }, { limit: 1 });
  await sleep(100);
  const buffers = Math.round(((await blocksRead(url)) - before) / ROUNDS);
  return { records, says: it.says, hits, median: round(median(times)), slowest: round(quantile(times, 0.99)), buffers };
}

async function blocksRead(url: string): Promise<number> {
  return Number(
    await valueOf(url, "select blks_hit + blks_read from pg_stat_database where datname = current_database()"),
  );
}

async function sizeOf(url: string): Promise<string> {
  return valueOf(url, "select pg_size_pretty(pg_database_size(current_database()))");
}

async function valueOf(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(statement);
    return Object.values(rows[0]!)[0]!;
  } finally {
    await client.end();
  }
}

function printSearch({ says, hits, median: middle, slowest, buffers }: SearchFigure): string {
  return `  ${says.padEnd(60)} ${String(middle).padStart(8)} ms   slowest ${String(slowest).padStart(8)} ms   ${String(buffers).padStart(8)} buffers   ${hits} found`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
