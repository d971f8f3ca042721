import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * A PostgreSQL for the log on a volume of its own that can really be filled: a memory file system, mounted where nobody else sees it, in
 * a user namespace in which anybody may mount. It goes when its process goes.
 */
export interface SmallVolume {
  /** The superuser's address of the log's database. */
  readonly databaseUrl: string;
  /** To the last byte. */
  fill(): Promise<unknown>;
  /** Makes room again. */
  empty(): Promise<unknown>;
  /** What an operator does where PostgreSQL has ended; nothing where it runs. */
  startAgain(): Promise<unknown>;
  /** What PostgreSQL wrote of errors so far. */
  complaints(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export type Duty = "start" | "fill" | "empty" | "complaints";

/** Of which a new cluster with the log's database takes a half. */
const SIZE = "96m";
const NAMESPACE = ["--user", "--map-root-user", "--mount", "--"];
const MOUNT = `mount -t tmpfs -o size=${SIZE} log "$1" && exec "$0" "$2" "$1"`;

export const missingNamespaces = "Not run: this machine lets nobody mount a volume in a user namespace.";

export function canMountVolumes(): boolean {
  return spawnSync("unshare", [...NAMESPACE, "mount", "-t", "tmpfs", "probe", tmpdir()]).status === 0;
}

export async function openSmallVolume(): Promise<SmallVolume> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft volume "));
  const child = fork(path.join(import.meta.dirname, "small-volume-main.ts"), [], {
    execPath: "unshare",
    execArgv: [...NAMESPACE, "sh", "-c", MOUNT, process.execPath, folder],
  });
  const ended = once(child, "exit").then(() => [{ failed: "its process has ended" }]);
  const tell = (duty: Duty) => askFor(duty, child, ended);
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
    rmdirSync(folder);
  };
  try {
    return {
      databaseUrl: String(await tell("start")),
      fill: () => tell("fill"),
      empty: () => tell("empty"),
      startAgain: () => tell("start"),
      complaints: async () => (await tell("complaints")) as string[],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function askFor(duty: Duty, child: ChildProcess, ended: Promise<unknown[]>): Promise<unknown> {
  const answered = once(child, "message");
  child.send(duty);
  const [{ done, failed }] = (await Promise.race([answered, ended])) as [{ done?: unknown; failed?: string }];
  if (failed !== undefined) throw new Error(`The small volume's PostgreSQL: ${failed}`);
  return done;
}
