import { readFileSync } from "node:fs";
import path from "node:path";
import { asSuperuser } from "../mis-reads.js";
import type { Orvanda } from "../orvanda.js";
import type { Place } from "./search.js";

/**
 * PostgreSQL's write-ahead log holds what was written to any database of the server, and in the sandbox the ministries' databases are on
 * the same one. They are only read while questions are asked; once their pages have nothing left to note down, whatever the
 * write-ahead log gains is the access log's.
 */
export async function quietMinistries(orvanda: Orvanda): Promise<void> {
  for (const database of ["civil", "cashxfer"])
    await asSuperuser(orvanda, database, (client) => client.query("vacuum (freeze)"));
  await asSuperuser(orvanda, "postgres", async (client) => {
    await client.query("alter system set autovacuum = off");
    await client.query("alter system set wal_keep_size = '1GB'");
    await client.query("select pg_reload_conf()");
    await client.query("checkpoint");
  });
}

/** Byte position in the write-ahead log. */
export async function walPosition(orvanda: Orvanda): Promise<number> {
  return asSuperuser(orvanda, "postgres", async (client) => {
    const { rows } = await client.query<{ position: string }>(
      "select pg_current_wal_flush_lsn() - '0/0'::pg_lsn as position",
    );
    return Number(rows[0]?.position);
  });
}

const SEGMENT = 16 * 1024 * 1024;
const PAGE = 8192;

/** What was written between two positions, without the page headers that would cut a value in two. */
export function walBetween(dataDir: string, from: number, until: number): Place {
  const parts: Buffer[] = [];
  for (let at = from; at < until;) {
    const segment = Math.floor(at / SEGMENT);
    const bytes = readFileSync(path.join(dataDir, "postgres", "pg_wal", segmentName(segment)));
    for (const end = Math.min(until, (segment + 1) * SEGMENT); at < end; at = nextPage(at))
      parts.push(bytes.subarray(afterHeader(at) - segment * SEGMENT, Math.min(end, nextPage(at)) - segment * SEGMENT));
  }
  return { name: "PostgreSQL write-ahead log", bytes: Buffer.concat(parts) };
}

function nextPage(at: number): number {
  return (Math.floor(at / PAGE) + 1) * PAGE;
}

/** 40 bytes at the start of a segment, 24 at that of any other page. */
function afterHeader(at: number): number {
  if (at % PAGE !== 0) return at;
  return at + (at % SEGMENT === 0 ? 40 : 24);
}

function segmentName(segment: number): string {
  const hex = (part: number) => part.toString(16).toUpperCase().padStart(8, "0");
  return `00000001${hex(Math.floor(segment / 256))}${hex(segment % 256)}`;
}
