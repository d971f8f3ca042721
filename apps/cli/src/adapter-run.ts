import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readEnvFile } from "./adapter.js";
import { UsageError } from "./places.js";
import { pageUrl } from "./adapter-page.js";

export interface RunOptions {
  /** The adapter's environment as a file of NAME=value. */
  readonly env: string;
  readonly page: string;
}

/** The program beside this one. */
const program = path.join(import.meta.dirname, "adapter.js");
const READY_LIMIT = 60_000;

/**
 * `weft adapter run`: the adapter with the environment of a file, in the foreground, and the address of its page; it ends with this process,
 * however that goes. A service manager starts the program itself.
 */
export async function runAdapter({ env: file, page }: RunOptions): Promise<number> {
  const env = readEnvFile(file);
  const stateDir = env["WEFT_STATE_DIR"];
  if (stateDir === undefined) throw new UsageError(`${file} does not say WEFT_STATE_DIR.`);
  const started = Date.now();
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env["PATH"], WEFT_PAGE_PORT: page, ...env, WEFT_PARENT_PIPE: "stdin" },
    stdio: ["pipe", "inherit", "inherit"],
  });
  const gone = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const over = new AbortController();
  child.once("exit", () => over.abort());
  try {
    const url = await untilPage(stateDir, started, over.signal);
    if (url !== undefined) console.log(`\nThe adapter runs. Its page: ${url}\nCtrl-C stops it.\n`);
    const [code] = await gone;
    return code ?? 1;
  } finally {
    child.kill("SIGTERM");
  }
}

/** The file is written anew by each start. */
async function untilPage(stateDir: string, started: number, over: AbortSignal): Promise<string | undefined> {
  const patience = performance.now() + READY_LIMIT;
  while (!over.aborted && performance.now() < patience) {
    try {
      return pageUrl(stateDir, started);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      await sleep(100, undefined, { signal: over }).catch(() => undefined);
    }
  }
  return undefined;
}
