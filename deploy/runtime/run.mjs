// One door for every command: npm start, npm test, npm run ask|join-demo|bench|weft|build|lint.
//
// It gets from a clean clone on a machine with some Node.js >= 20 to the command, and does nothing that is not needed:
// a Node.js that is new enough, the packages of the lock file, the build; then the command, in this very process.
// Plain JavaScript without packages: it runs before there are any.
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isNewEnough, runOnPinnedNode } from "./pinned-node.mjs";
import { build, install, root } from "./set-up.mjs";
import { SetUpError } from "./step.mjs";

const entries = {
  start: "dist/bin/start.js",
  ask: "dist/bin/ask.js",
  "join-demo": "dist/bin/join-demo.js",
  // Node.js strips its types; it needs no build of its own.
  bench: "test/bench/main.ts",
  weft: "dist/bin/weft.js",
};

async function main([command, ...args]) {
  if (!isNewEnough(process.versions.node)) return runOnPinnedNode([command, ...args]);
  endWithParent();
  prepareEnvironment();
  await install();
  if (command === "test" || command === "lint") return runChecks(command, args);
  await build();
  if (command === "build") return 0;
  return runEntry(command, args);
}

async function runChecks(command, args) {
  await build();
  const { lint, test } = await import("./checks.mjs");
  return command === "lint" ? lint() : test(args);
}

/** In this process: signals, the terminal and the exit code are the command's own. */
async function runEntry(command, args) {
  const entry = path.join(root, entries[command] ?? "");
  const known = Object.keys(entries).filter((name) => existsSync(path.join(root, entries[name])));
  if (!known.includes(command))
    throw new SetUpError(
      `There is no command "${command ?? ""}". Commands: ${[...known, "test", "lint", "build"].join(", ")}.`,
    );
  process.argv = [process.argv[0], entry, ...args];
  // Beside the built code, as the sandbox does it for its apps. The first Node.js here may be one that has no such thing.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(path.join(root, "dist", ".compile-cache"));
  await import(pathToFileURL(entry).href);
  return undefined;
}

/** The process that put us on a newer Node.js holds a channel to us; when it is gone, however it went, so are we. */
function endWithParent() {
  if (!process.channel) return;
  process.channel.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

function prepareEnvironment() {
  const bin = path.join(root, "node_modules", ".bin");
  process.env.PATH = [path.dirname(process.execPath), bin, process.env.PATH].join(path.delimiter);
  process.env.APOLLO_TELEMETRY_DISABLED = "1";
  // node:sqlite is announced as experimental with each start; every other warning stays.
  const print = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const listener of print) listener(warning);
  });
}

try {
  const code = await main(process.argv.slice(2));
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`weft: ${error.message}\n`);
  process.exitCode = 1;
}
