import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { WeftError } from "#libs/terms";
import { z } from "zod";

/**
 * When the registry was first seen to list each key, kept in a folder of the process's own. A key's period in the registry may begin
 * before anybody could read of it; whoever verifies knows it from when it was published.
 */
export interface SeenKeys {
  /** Milliseconds. The first time it is `now`, and it is remembered. */
  since(key: string, now: number): number;
}

const seenFile = z.record(z.string(), z.number());

export function openSeenKeys(stateDir: string): SeenKeys {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = path.join(stateDir, "issuer-keys.json");
  const seen = new Map(Object.entries(readSeen(file)));
  return {
    since(key, now) {
      const known = seen.get(key);
      if (known !== undefined) return known;
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries([...seen, [key, now]])), { flush: true });
      renameSync(`${file}.new`, file);
      seen.set(key, now);
      return now;
    },
  };
}

function readSeen(file: string): z.output<typeof seenFile> {
  try {
    return seenFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new WeftError("CONFIG_INVALID", { message: "The file of keys that were seen is damaged.", cause: error });
  }
}
