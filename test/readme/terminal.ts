import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command as somebody types it, in the repository, with the sandbox in a folder of its own. */
export interface Terminal {
  readonly pid: number;
  /** Resolves once the command has printed this; throws with what it printed where it ends before. */
  untilSays(text: string): Promise<void>;
  stdout(): string;
  /** To the whole group, as a terminal does: SIGINT is Ctrl-C, SIGKILL a power cut. */
  signal(name: "SIGINT" | "SIGKILL"): void;
  readonly ended: Promise<Ended>;
}

export function type(command: string, sandboxDir: string): Terminal {
  const child = spawn("sh", ["-c", command], {
    cwd: repository,
    env: { ...process.env, WEFT_SANDBOX_DIR: sandboxDir, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => (said[stream] += stripVTControlCharacters(text)));
  const ended = endOf(child, said);
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    signal: (name) => process.kill(-(child.pid ?? 0), name),
    ended,
    async untilSays(text) {
      while (!(said.stdout + said.stderr).includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${command} ended before it said "${text}":\n${said.stdout}\n${said.stderr}`);
        await sleep(50);
      }
    },
  };
}

async function endOf(child: ChildProcess, said: { stdout: string; stderr: string }): Promise<Ended> {
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

/** Runs to its end. */
export function run(command: string, sandboxDir: string): Promise<Ended> {
  return type(command, sandboxDir).ended;
}

/** Every process of this machine that was given something in a folder: by its command line or its environment. Linux. */
export function processesOf(folder: string): { readonly pid: number; readonly what: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .map((pid) => ({ pid, what: commandLineOf(pid), given: readOf(pid, "environ") }))
    .filter(({ what, given }) => what.includes(folder) || given.includes(folder))
    .map(({ pid, what }) => ({ pid, what }));
}

/** Empty where there is none, also for one that has ended and whose parent has not noticed. */
export function commandLineOf(pid: number): string {
  return readOf(pid, "cmdline").replaceAll("\0", " ").trim();
}

function readOf(pid: number, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(path.join("/proc", String(pid), file), "latin1");
  } catch {
    return "";
  }
}
