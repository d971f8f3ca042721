import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:os";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { forward, npmCi, SetUpError } from "./step.mjs";
import { withLock } from "./lock.mjs";

const folder = path.dirname(fileURLToPath(import.meta.url));

export function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 22);
}

/** The machine's Node.js is too old for us: take the one of our lock file, and begin again on it. */
export async function runOnPinnedNode(args) {
  const node = await pinnedNode();
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const entry = path.join(folder, "run.mjs");
  const child = spawn(node, [entry, ...args], { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  forward(child);
  const [code, signal] = await once(child, "exit");
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

async function pinnedNode() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20)
    throw new SetUpError(
      `Node.js ${process.versions.node} is too old even to set up a newer one: install 20 or later.`,
    );
  const name = `node-${process.platform}-${process.arch}`;
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  if (manifest.optionalDependencies[name] === undefined)
    throw new SetUpError(
      `No Node.js is pinned for ${process.platform} on ${process.arch}: install Node.js 24 and try again.`,
    );
  const node = path.join(folder, "node_modules", name, "bin", "node");
  if (!isCurrent(node))
    await withLock(async () => void (isCurrent(node) || (await fetchNode(manifest.optionalDependencies[name]))));
  if (!existsSync(node)) throw new SetUpError(`npm did not install ${name}: install Node.js 24 and try again.`);
  return node;
}

async function fetchNode(version) {
  await npmCi(`Node.js here is ${process.versions.node}; getting ${version}`, folder);
  writeFileSync(stampFile(), lockDigest());
}

function isCurrent(node) {
  return existsSync(node) && existsSync(stampFile()) && readFileSync(stampFile(), "utf8") === lockDigest();
}

function stampFile() {
  return path.join(folder, "node_modules", ".weft-lock");
}

function lockDigest() {
  return createHash("sha256")
    .update(readFileSync(path.join(folder, "package-lock.json")))
    .digest("hex");
}
