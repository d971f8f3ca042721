import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { WeftError } from "#libs/terms";

/**
 * The highest contracts version that this process ever served, kept in a folder of its own: after a restart an older folder, in which a
 * terminated agreement is still in force, must not come back.
 */
export interface HighestVersion {
  readonly seen: number;
  raise(version: number): void;
}

export function highestVersion(stateDir: string): HighestVersion {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = path.join(stateDir, "contracts-version");
  return {
    seen: readVersion(file),
    raise: (version) => {
      // Renamed into place: a crash leaves the old mark or the new one, never half of one.
      writeFileSync(`${file}.new`, `${version}\n`, { flush: true });
      renameSync(`${file}.new`, file);
    },
  };
}

function readVersion(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  if (!/^\d{1,15}$/.test(text))
    throw new WeftError("CONFIG_INVALID", { detail: "the mark of the highest contracts version is damaged" });
  return Number(text);
}
