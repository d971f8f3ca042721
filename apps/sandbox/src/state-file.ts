import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** `sandbox.json` in the data folder: where a running sandbox is to be found. */
const state = z.object({
  pid: z.int(),
  people: z.int(),
  urls: z.object({ gateway: z.url(), issuer: z.url(), log: z.url(), graphiql: z.url().optional() }),
});
export type SandboxState = z.infer<typeof state>;

const fileIn = (dataDir: string) => path.join(dataDir, "sandbox.json");

export function writeState(dataDir: string, content: SandboxState): void {
  const file = fileIn(dataDir);
  // Another terminal may be looking.
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Undefined where none runs, also where one left without saying so. */
export function findState(dataDir: string): SandboxState | undefined {
  if (!existsSync(fileIn(dataDir))) return undefined;
  const read = state.safeParse(readJson(fileIn(dataDir)));
  // In a container each start may have the same number.
  return read.success && read.data.pid !== process.pid && isAlive(read.data.pid) ? read.data : undefined;
}

/** After a power cut it may be empty. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

export function removeState(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
