import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { npmCi, step } from "./step.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = path.join(root, "node_modules");

// --- packages

/** node_modules as package-lock.json says; npm runs only when they differ. */
export async function install() {
  if (isInstalled()) return;
  await withLock(async () => {
    if (isInstalled()) return;
    if (!isInstalledByHand()) await npmCi("installing packages", root);
    writeFileSync(path.join(modules, ".weft-lock"), lockDigest());
  });
}

function isInstalled() {
  const stamp = path.join(modules, ".weft-lock");
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockDigest();
}

function lockDigest() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

/** npm leaves in node_modules the list of what it installed last; a developer's own `npm install` is as good as ours. */
function isInstalledByHand() {
  const file = path.join(modules, ".package-lock.json");
  if (!existsSync(file)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(file, "utf8")).packages;
  const isThere = ([name, { version, optional }]) => found[name]?.version === version || (optional && !(name in found));
  const { "": _itself, ...packages } = wanted;
  return Object.entries(packages).every(isThere) && Object.keys(found).every((name) => name in packages);
}

// --- build

const projects = ["libs", "apps"];
const bundler = fileURLToPath(new URL("bundle.mjs", import.meta.url));
const vite = path.join(modules, "vite", "bin", "vite.js");
/** What a browser gets: another compiler, and no part of the programs. */
const pages = path.join(root, "apps", "console", "web");
const stampFile = path.join(root, "dist", ".weft-build");

/** The TypeScript projects to dist/, and from there the programs to dist/bin, when any source differs from the last build. */
export async function build() {
  if (isBuilt()) return;
  await withLock(async () => {
    if (isBuilt()) return;
    const sources = sourcesOf();
    // What was removed from the sources must not live on in dist.
    const before = readStamp();
    if (before && Object.keys(before).some((file) => !(file in sources)))
      rmSync(path.join(root, "dist"), { recursive: true, force: true });
    const tsc = path.join(modules, "typescript", "bin", "tsc");
    await step("building", process.execPath, [tsc, "-b", ...projects], { cwd: root });
    copyAssets(Object.keys(sources));
    await step("bundling", process.execPath, [bundler, root], { cwd: root });
    await step(
      "building the console's pages",
      process.execPath,
      [vite, "build", "-c", path.join(pages, "vite.config.ts")],
      {
        cwd: root,
      },
    );
    mkdirSync(path.dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, JSON.stringify(sources));
  });
}

function isBuilt() {
  const before = readStamp();
  if (!before) return false;
  const now = sourcesOf();
  const files = Object.keys(now);
  return files.length === Object.keys(before).length && files.every((file) => before[file] === now[file]);
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return undefined;
  }
}

const assets = /\.(sql|html|css|svg|js|graphql|wsdl|ya?ml)$/;

/** Every file that dist/ is made of, with its size and time of change. */
function sourcesOf() {
  const files = projects.flatMap((project) =>
    readdirSync(path.join(root, project), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => walk(path.join(project, entry.name, "src"))),
  );
  const kept = files.filter(
    (file) => !/\.(test|fixture)\.ts$/.test(file) && (/\.(ts|json)$/.test(file) || assets.test(file)),
  );
  kept.push(
    ...walk(path.relative(root, pages)).filter((file) => !file.endsWith(".test.ts")),
    path.relative(root, bundler),
    "tsconfig.base.json",
    "package-lock.json",
    ...projects.map((project) => path.join(project, "tsconfig.json")),
  );
  return Object.fromEntries(kept.sort().map((file) => [file, stateOf(file)]));
}

function walk(folder) {
  const full = path.join(root, folder);
  if (!existsSync(full)) return [];
  const entries = readdirSync(full, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

function stateOf(file) {
  const found = statSync(path.join(root, file), { throwIfNoEntry: false });
  return found ? `${found.size} ${found.mtimeMs}` : "none";
}

/** SQL, pages and the like lie beside the code that reads them; tsc leaves them behind. */
function copyAssets(files) {
  for (const file of files)
    if (assets.test(file)) cpSync(path.join(root, file), path.join(root, "dist", file), { preserveTimestamps: true });
}
