import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The highest checkpoint that this log signed, kept apart from its database. A database that was restored from an older state,
 * or that failed over to a standby that lags, no longer holds that tree: the log then refuses to sign anything.
 */
export interface HighWater {
  /** The signed note; undefined before the first. */
  read(): string | undefined;
  /** In the operating system's hands when it returns, before anyone is told of the checkpoint. */
  raise(note: string): void;
}

/** One file in a folder, replaced by a rename: a kill at any moment leaves the old note or the new one. */
export function highWaterFile(folder: string): HighWater {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "highest-checkpoint");
  const next = `${file}.next`;
  return {
    read: () => {
      try {
        return readFileSync(file, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    raise: (note) => {
      writeFileSync(next, note, { mode: 0o600 });
      renameSync(next, file);
    },
  };
}

export function memoryHighWater(first?: string): HighWater {
  let highest = first;
  return {
    read: () => highest,
    raise: (note) => {
      highest = note;
    },
  };
}
