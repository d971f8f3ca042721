import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { asSuperuser } from "../mis-reads.js";
import type { Orvanda } from "../orvanda.js";

/** All that the register has kept: every row of its database, and what it wrote about itself. */
export async function tracesIn(orvanda: Orvanda): Promise<object> {
  const rows = await asSuperuser(orvanda, "consent", async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by tablename",
    );
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const digest = `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as all from ${name} t`;
      found[name] = (await client.query<{ all: string }>(digest)).rows[0]!.all;
    }
    return found;
  });
  expect(Object.keys(rows)).toContain("record_version");
  return { rows, log: readFileSync(path.join(orvanda.dataDir, "logs", "consent.log"), "utf8") };
}

/** How often each of its doors was used, by anybody. */
export async function callsByRoute(orvanda: Orvanda): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${orvanda.urls.consent}/metrics`)).text();
  const lines = [...text.matchAll(/^weft_http_request_seconds_count\{route="([^"]+)"[^}]*\} (\d+)/gm)];
  return new Map(lines.map(([, route, count]) => [route!, Number(count)]));
}
