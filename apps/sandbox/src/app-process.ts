import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { built } from "./repository.js";

/** One app or MIS of the sandbox, as a process of its own on loopback. */
export interface AppSpec {
  readonly name: string;
  /** Below `dist`: `bin/gateway.js`. */
  readonly script: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Path that answers 200 once the app serves; among its operations, where these have a port of their own. */
  readonly ready: string;
  readonly logFile: string;
}

export interface AppProcess {
  readonly name: string;
  readonly url: string;
  /** Where its health and metrics are. */
  readonly operationsUrl: string;
  readonly pid: number | undefined;
  /** Starts it again after `stop` or `kill`; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL for one that does not end. */
  stop(): Promise<void>;
  /** SIGKILL at once: what a power cut looks like. */
  kill(): Promise<void>;
}

/** Compiled code is kept beside the built code: a second start saves a fifth of its processor time. */
export const compileCache = path.join(built, ".compile-cache");
const READY_LIMIT = 60_000;
const STOP_LIMIT = 12_000;
const POLL = 100;

export function createApp(spec: AppSpec): AppProcess {
  let child: ChildProcess | undefined;
  const url = loopbackUrl(spec.port, spec.env);
  const operationsPort = spec.env["WEFT_OPERATIONS_PORT"];
  const operationsUrl = operationsPort === undefined ? url : `http://127.0.0.1:${operationsPort}`;
  mkdirSync(path.dirname(spec.logFile), { recursive: true });
  writeFileSync(spec.logFile, "", { mode: 0o600 });
  return {
    name: spec.name,
    url,
    operationsUrl,
    get pid() {
      return child?.pid;
    },
    async start() {
      if (child && isRunning(child)) return;
      child = launch(spec);
      await untilReady(spec, child, operationsUrl + spec.ready);
    },
    async stop() {
      await end(child, "SIGTERM");
    },
    async kill() {
      await end(child, "SIGKILL");
    },
  };
}

/** Of an app that listens on loopback: it speaks TLS where its settings name a certificate. */
export function loopbackUrl(port: number, env: Readonly<Record<string, string>>): string {
  return `${env["WEFT_TLS_CERT_FILE"] === undefined ? "http" : "https"}://127.0.0.1:${port}`;
}

/** In a session of its own, so that Ctrl-C reaches the sandbox alone, which then stops its apps in order. */
function launch(spec: AppSpec): ChildProcess {
  const log = openSync(spec.logFile, "a", 0o600);
  const guard = pathToFileURL(path.join(built, "bin", "follow-parent.js")).href;
  try {
    return spawn(process.execPath, ["--import", guard, path.join(built, spec.script)], {
      env: { PATH: process.env["PATH"], TZ: "UTC", NODE_COMPILE_CACHE: compileCache, ...spec.env },
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

/** What it said last, without the stack. */
function tail(file: string): string {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines
    .filter((line) => line !== "" && !/^\s+at /.test(line))
    .slice(-12)
    .join("\n");
}
