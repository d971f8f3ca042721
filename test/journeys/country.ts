import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inject } from "vitest";
import { makeCountry } from "../../apps/sandbox/src/network.js";

/**
 * A data folder of one's own with a country of so many people. The first test file that asks makes it, for all files of the run;
 * each has a copy.
 */
export async function copyOfCountry(people: number): Promise<string> {
  const country = path.join(inject("countries"), String(people));
  if (takes(`${country}.taken`)) await make(people, country);
  while (!existsSync(country)) {
    if (!existsSync(`${country}.taken`)) return copyOfCountry(people);
    await sleep(100);
  }
  const dataDir = mkdtempSync(path.join(tmpdir(), "weft journey "));
  // PostgreSQL insists on its folder's owner and mode, which `cp -a` keeps.
  await promisify(execFile)("cp", ["-a", `${country}/.`, dataDir]);
  return dataDir;
}

/** Of several who ask at once, one. */
function takes(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Whole or not at all; after a failure the next one tries. */
async function make(people: number, country: string): Promise<void> {
  try {
    await makeCountry(people, `${country}.new`);
    renameSync(`${country}.new`, country);
  } catch (error) {
    rmSync(`${country}.new`, { recursive: true, force: true });
    rmSync(`${country}.taken`, { recursive: true });
    throw error;
  }
}
