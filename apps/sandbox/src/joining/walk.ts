import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { built } from "../repository.js";
import type { Edit, Step } from "./chapter.js";
import type { Ground } from "./ground.js";

/** Whose database it is, and what only its people know. */
export interface Joining {
  /** Of the chapter's table: MINISTRY, NAME_EN … OUTSIDE. */
  readonly variables: Readonly<Record<string, string>>;
  /** Instead of the chapter's. */
  readonly edits?: readonly Edit[];
  /** Whoever interrupts ends the command under way. */
  readonly signal?: AbortSignal;
  /** The database's administrator: runs the statements that `weft adapter grants` printed, and gives the account's address. */
  readonly administer: (statements: string) => Promise<string>;
}

/** What a command was, and what it said. */
export interface Told {
  readonly command: string;
  readonly said: string;
  readonly code: number;
}

export interface Walked {
  readonly told: readonly Told[];
  /** Lines that a person wrote or took out. */
  readonly edited: number;
  /** Stops what stays: the adapter. */
  stop(): Promise<void>;
}

export interface Audience {
  heading(text: string): void;
  command(text: string): void;
  said(told: Told): void;
  edits(edits: readonly Edit[]): void;
}

/**
 * Walks a ministry into the registry by the chapter's own commands, each by a real shell, as a process of its own. Between them people do
 * what people do: hear a fingerprint, edit a file, run a statement, read a hash. Throws where a command ends otherwise than the chapter says.
 */
export async function walk(
  steps: readonly Step[],
  { workshop, env }: Ground,
  joining: Joining,
  audience: Audience,
): Promise<Walked> {
  const told: Told[] = [];
  const staying: ChildProcess[] = [];
  const learnt: Record<string, string> = { ...env, ...joining.variables };
  let edited = 0;
  const stop = async () => void (await Promise.all(staying.map(end)));
  try {
    for (const step of steps) {
      joining.signal?.throwIfAborted();
      if (step.kind === "heading") audience.heading(step.text);
      if (step.kind === "edits") {
        const edits = joining.edits ?? step.edits;
        audience.edits(edits);
        edited += edit(path.join(workshop, "contracts", "subgraphs", learnt["MINISTRY"] ?? ""), edits);
      }
      if (step.kind !== "command") continue;
      audience.command(shown(step.text, learnt));
      const done = step.stays
        ? await stay(step.text, { workshop, learnt, staying })
        : await run(step.text, { workshop, learnt, signal: joining.signal });
      told.push(done);
      audience.said(done);
      if (done.code !== step.endsWith) throw new Error(`${done.command}\nended with ${done.code}:\n${done.said}`);
      Object.assign(learnt, await learn(done, learnt, joining));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { told, edited, stop };
}

/** What people take from one command to the next. */
async function learn(
  { command, said }: Told,
  { MINISTRY: ministry = "" }: Readonly<Record<string, string>>,
  { administer }: Joining,
): Promise<Record<string, string>> {
  const fingerprint = /fingerprint +((?:\d{5} ?){8})/.exec(said)?.[1]?.trim();
  const use = / keys new .*--use (\w+)/.exec(command)?.[1];
  if (fingerprint !== undefined && use !== undefined) return { [`HEARD_${use.toUpperCase()}`]: fingerprint };
  const hash = / agreement show /.test(command) ? /sha-256:[\w-]{43}/.exec(said)?.[0] : undefined;
  if (hash !== undefined) return { HASH: hash };
  if (!/ adapter grants /.test(command)) return {};
  return { [`${ministry.toUpperCase().replaceAll("-", "_")}_DB_URL`]: await administer(said) };
}

interface Shell {
  readonly workshop: string;
  readonly learnt: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

async function run(text: string, { workshop: cwd, learnt: env, signal }: Shell): Promise<Told> {
  // -u: a variable that nobody set is a mistake, not an empty word.
  const shell = ["-u", "-c", text];
  const child = spawn("/bin/sh", shell, { cwd, env, stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
  const said = collect(child);
  const [code] = (await once(child, "close")) as [number | null];
  return { command: text, said: said(), code: code ?? 1 };
}

const UP = /The adapter runs\./;
const PATIENCE = 90_000;

interface Place extends Pick<Shell, "workshop" | "learnt"> {
  readonly staying: ChildProcess[];
}

/** As a shell's `&`, but that it ends with us, however we end. */
async function stay(text: string, { workshop, learnt, staying }: Place): Promise<Told> {
  const [, ...command] = text.split(" ");
  const guard = pathToFileURL(path.join(built, "bin", "follow-parent.js")).href;
  const program = ["--disable-warning=ExperimentalWarning", "--import", guard, path.join(built, "bin", "weft.js")];
  const child = spawn(process.execPath, [...program, ...command], {
    cwd: workshop,
    env: learnt,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  staying.push(child);
  const said = collect(child);
  const ready = new Promise<void>((resolve) => child.stdout?.on("data", () => UP.test(said()) && resolve()));
  const late = AbortSignal.timeout(PATIENCE);
  await Promise.race([ready, once(child, "exit"), once(late, "abort")]);
  // Without the lines of the process's own log.
  const words = said().replaceAll(/^\{.*\}\n/gm, "");
  return { command: text, said: words, code: child.exitCode ?? (UP.test(said()) ? 0 : 1) };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => (text += chunk));
  }
  return () => text;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

/** Returns how many lines were written or taken out. Each edit must find its lines. */
function edit(home: string, edits: readonly Edit[]): number {
  for (const { file, from, to } of edits) {
    const place = path.join(home, file);
    const text = readFileSync(place, "utf8");
    const found = `${from.join("\n")}\n`;
    if (!`\n${text}`.includes(`\n${found}`)) throw new Error(`${file} has no line:\n${found}`);
    const written = to.map((line) => `${line}\n`).join("");
    writeFileSync(place, `\n${text}`.replace(`\n${found}`, () => `\n${written}`).slice(1));
  }
  return edits.reduce((sum, { from, to }) => sum + Math.max(from.length, to.length), 0);
}

/** As it would be typed: with what stands for a word written out, but for secrets, of which there are none in any command. */
function shown(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$([A-Z][A-Z_]*)/g, (name, word: string) => variables[word] ?? name);
}
