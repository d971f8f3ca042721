import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** What the person at the terminal can do something about: shown without a stack. */
export class SetUpError extends Error {}

const TELL_AFTER = 500;
const TELL_EVERY = 15_000;
const KEPT = 16_384;

/**
 * Runs a program quietly. A step that takes a while says so on stderr, with its time; one that fails shows what it said.
 */
export async function step(what, command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said = (said + text).slice(-KEPT)));
  child.on("error", (error) => (said += error.message));
  const stopTelling = tell(what);
  const forwarded = forward(child);
  const [code] = await once(child, "close").catch(() => [1]);
  forwarded();
  stopTelling(code === 0);
  if (code !== 0) throw new SetUpError(`${what}: failed.\n${said.trim()}`);
}

function tell(what) {
  const from = Date.now();
  const seconds = () => `${((Date.now() - from) / 1000).toFixed(0)} s`;
  let told = false;
  const line = (text) => {
    told = true;
    process.stderr.write(`weft: ${what}${text}\n`);
  };
  const first = setTimeout(() => line(" ..."), TELL_AFTER);
  const again = setInterval(() => line(` ... ${seconds()}`), TELL_EVERY);
  return (isGood) => {
    clearTimeout(first);
    clearInterval(again);
    if (told && isGood) line(`: done in ${seconds()}`);
  };
}

/** Ctrl-C reaches a child of the same terminal by itself; a signal sent to us alone does not. */
export function forward(child) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.removeListener(signal, pass);
  };
}

/**
 * npm as it was found: the one that runs us, else the one on PATH. It sees none of the outer npm's settings for *its*
 * command, folder or package, and says nothing but errors.
 */
export async function npmCi(what, folder) {
  const { npm_execpath: own } = process.env;
  const isNpm = own !== undefined && /npm-cli\.c?js$/.test(own);
  const [command, ...before] = isNpm ? [process.execPath, own] : ["npm"];
  const flags = [
    "--include=dev",
    "--include=optional",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
  ];
  const run = () => step(what, command, [...before, "ci", ...flags], { cwd: folder, env: npmEnvironment() });
  try {
    await run();
  } catch (error) {
    if (!/ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET|network/i.test(error.message)) throw error;
    await run();
  }
}

function npmEnvironment() {
  const ofTheOuterCommand =
    /^(npm_(lifecycle|package|command|node)|npm_config_(local_prefix|prefix|omit|include|dry_run))|^(NODE_ENV|INIT_CWD)$/;
  const kept = Object.entries(process.env).filter(([name]) => !ofTheOuterCommand.test(name));
  // Native addons build against the headers of the Node.js that will load them.
  const nodedir = path.resolve(path.dirname(process.execPath), "..");
  return { ...Object.fromEntries(kept), npm_config_nodedir: nodedir };
}
