import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { Contracts } from "./contracts.js";
import { loadContracts, type LoadOptions } from "./load.js";
import { ContractProblems, type Problem } from "./problem.js";
import { REGISTRY_FILE } from "./contents.js";

export interface WatchOptions extends LoadOptions {
  /** Milliseconds between two looks at the folder; 1000 if not said. */
  readonly interval?: number;
}

export interface ContractsListener {
  /** A new version serves, whole. The one before is still valid for whoever holds it. */
  readonly onSwap: (contracts: Contracts) => void;
  /** The folder has changed and does not serve; the last good version stays. */
  readonly onReject: (problems: readonly Problem[]) => void;
}

export interface ContractsWatch {
  readonly current: () => Contracts;
  readonly close: () => void;
}

/**
 * Loads the folder, throwing where it does not serve, and then follows it: a change is taken whole or not at all. An older
 * version, and a second content under the same version, are refused.
 */
export async function watchContracts(
  dir: string,
  options: WatchOptions,
  listener: ContractsListener,
): Promise<ContractsWatch> {
  let seen: string | undefined = await fingerprint(dir);
  let current = await loadContracts(dir, options);
  let closed = false;

  const look = async (): Promise<void> => {
    const now = await fingerprint(dir);
    if (now === seen) return;
    seen = now;
    try {
      const next = await loadContracts(dir, { ...options, minimumVersion: current.version });
      if (closed || next.digest === current.digest) return;
      if (next.version === current.version) throw new ContractProblems([secondContent(current.version)]);
      listener.onSwap(next);
      current = next;
    } catch (error) {
      // Not the folder's fault: no file could be opened just now, or no mark be kept. The same change is looked at again.
      if (!(error instanceof ContractProblems)) seen = undefined;
      if (!closed) listener.onReject(problemsOf(error));
    }
  };
  const next = (): NodeJS.Timeout =>
    setTimeout(() => {
      void look().finally(() => (closed ? undefined : (timer = next())));
    }, options.interval ?? 1000).unref();
  let timer = next();

  return {
    current: () => current,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function secondContent(version: number): Problem {
  const wrong = `version ${version} was served before with another content`;
  return { file: REGISTRY_FILE, line: 1, wrong, right: `version ${version + 1} or higher` };
}

/** A file that vanishes while the folder is being read is a change under way: the next look finds it finished. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ContractProblems) return error.problems;
  const wrong =
    error instanceof Error && "code" in error ? `could not be read (${String(error.code)})` : "could not be read";
  return [{ file: REGISTRY_FILE, line: 1, wrong, right: "a folder that nobody is writing" }];
}

/** Changes whenever a file does. It only tells when to look; what is seen is verified. */
async function fingerprint(dir: string): Promise<string> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((it) => it.isFile()).map((it) => path.join(it.parentPath, it.name));
    const facts = await Promise.all(files.sort().map(async (file) => [file, await stat(file)] as const));
    return facts.map(([file, { mtimeMs, size, ino }]) => `${file} ${mtimeMs} ${size} ${ino}`).join("\n");
  } catch {
    return "unreadable";
  }
}
