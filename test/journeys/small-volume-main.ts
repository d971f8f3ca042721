/**
 * A PostgreSQL in a folder that is a small volume of its own, which nobody but this process and its children sees. What it is told by
 * messages it does, one after the other, and answers each.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { type PostgresServer, startPostgres } from "../../dist/apps/sandbox/src/postgres.js";
import type { Duty } from "./small-volume.ts";

const [folder = ""] = process.argv.slice(2);
const ballast = path.join(folder, "ballast");
/** Nothing is tidied up, and nothing written, but when the test says so. */
const settings = { checkpoint_timeout: "1h", autovacuum: "off", min_wal_size: "32MB" };
const complaints: string[] = [];
let server: PostgresServer | undefined;

const duties: Readonly<Record<Duty, () => unknown>> = {
  async start() {
    const port = server === undefined ? {} : { port: server.port };
    const log = (line: string) => complaints.push(line);
    server = await startPostgres({ dataDir: path.join(folder, "postgres"), ...port, settings, log });
    await server.createDatabase("accesslog");
    return server.superuserUrl("accesslog");
  },
  fill,
  empty: () => rmSync(ballast, { force: true }),
  complaints: () => complaints.filter((line) => /ERROR|FATAL|PANIC/.test(line)),
};

/** To the last byte. */
function fill(): void {
  const file = openSync(ballast, "a");
  for (let size = 1024 * 1024; size >= 1;) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      size /= 2;
    }
  }
  closeSync(file);
}

process.on("message", (duty: Duty) => void answer(duty));
process.once("disconnect", () => process.exit());

async function answer(duty: Duty): Promise<void> {
  try {
    process.send?.({ done: (await duties[duty]()) ?? null });
  } catch (error) {
    process.send?.({ failed: (error as Error).message });
  }
}
