import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type PostgresServer, startPostgres } from "../../dist/apps/sandbox/src/postgres.js";

/** A PostgreSQL for one measurement, with fsync on. It and its folder are gone afterwards, also when the command is stopped. */
export async function withPostgres<T>(
  settings: Readonly<Record<string, string>>,
  work: (postgres: PostgresServer) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "weft bench "));
  const postgres = await startPostgres({ dataDir: path.join(folder, "postgres"), settings });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const leave = (): void => void stop().then(() => process.exit(1));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, leave);
  try {
    return await work(postgres);
  } finally {
    for (const signal of signals) process.removeListener(signal, leave);
    await stop();
  }
}
