import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { builtApps } from "./repository.js";

/** One app or MIS of the sandbox, as a process of its own on loopback. */
export interface AppSpec {
  readonly name: string;
  /** Below the built apps folder: `gateway/src/main.js`. */
  readonly script: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Path that answers 200 once the app serves. */
  readonly ready: string;
  readonly logFile: string;
}

export interface AppProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  /** Starts it again after `stop` or `kill`; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL for one that does not end. */
  stop(): Promise<void>;
  /** SIGKILL at once: what a power cut looks like. */
  kill(): Promise<void>;
}

const READY_LIMIT = 60_000;
const STOP_LIMIT = 12_000;
const POLL = 50;

export function createApp(spec: AppSpec): AppProcess {
  let child: ChildProcess | undefined;
  const url = `http://127.0.0.1:${spec.port}`;
  return {
    name: spec.name,
    url,
    get pid() {
      return child?.pid;
    },
    async start() {
      if (child && isRunning(child)) return;
      child = launch(spec);
      await untilReady(spec, child, url + spec.ready);
    },
    async stop() {
      await end(child, "SIGTERM");
    },
    async kill() {
      await end(child, "SIGKILL");
    },
  };
}

/** In a session of its own, so that Ctrl-C reaches the sandbox alone, which then stops its apps in order. */
function launch(spec: AppSpec): ChildProcess {
  mkdirSync(path.dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a", 0o600);
  const guard = pathToFileURL(path.join(builtApps, "sandbox/src/follow-parent.js")).href;
  try {
    return spawn(process.execPath, ["--enable-source-maps", "--import", guard, path.join(builtApps, spec.script)], {
      env: { PATH: process.env["PATH"], TZ: "UTC", ...spec.env },
      stdio: ["ignore", log, log, "ipc"],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(spec: AppSpec, child: ChildProcess, url: string): Promise<void> {
  const patience = performance.now() + READY_LIMIT;
  while (performance.now() < patience) {
    if (!isRunning(child)) throw new Error(`${spec.name} stopped while starting:\n${tail(spec.logFile)}`);
    if (await answers(url)) return;
    await sleep(POLL);
  }
  await end(child, "SIGKILL");
  throw new Error(`${spec.name} was not ready within ${READY_LIMIT / 1000} s:\n${tail(spec.logFile)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess | undefined, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (!child || !isRunning(child)) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
  await gone;
  clearTimeout(late);
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-12).join("\n");
}

/** The wanted port where it is free, else any that is. */
export async function freePort(wanted: number): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? 0;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}
