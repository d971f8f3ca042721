import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileConfig } from "../source-config.js";
import { readCsv } from "./csv.js";
import { type FileTable, noRegister } from "./table.js";
import { readXlsx } from "./xlsx.js";

/** One register file, read in place: the last good reading of it, exchanged whole. */
export interface Register {
  current(): Promise<FileTable>;
}

/** How long a read waits for a changed file to be read again; after that it is served from the last good reading. */
const PATIENCE = 2000;
/** An office program that saves takes the old file away a moment before the new one has its name. */
const SAVING = 200;

export function openRegister(path: string, config: FileConfig, columns: ReadonlySet<string>): Register {
  let good: FileTable | undefined;
  let seen = "";
  let reading: Promise<void> | undefined;
  const readAgain = async (mark: string) => {
    const form = config.kind === "csv" ? readCsv(path, config, columns) : readXlsx(path, config, columns);
    const { rows, errors } = await form.catch(async (error: unknown) => {
      // Unchanged and unreadable: not looked at again until it changes. Still being written: looked at with the next read.
      if ((await fileMark(path)) === mark) seen = mark;
      throw error;
    });
    if ((await fileMark(path)) !== mark) return;
    good = { rows, errors, modified: (await stat(path)).mtime };
    seen = mark;
  };
  return {
    async current() {
      const mark = (await fileMark(path)) ?? (await sleep(SAVING).then(() => fileMark(path)));
      // What its ministry took away is not answered from memory.
      if (mark === undefined) throw noRegister();
      if (mark !== seen) {
        reading ??= readAgain(mark).finally(() => (reading = undefined));
        const done = reading.catch(() => undefined);
        await (good ? Promise.race([done, sleep(PATIENCE, undefined, { ref: false })]) : done);
      }
      if (!good) throw noRegister();
      return good;
    },
  };
}

/** Changes when the file does: size, time or inode. Undefined where there is none. */
async function fileMark(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return undefined;
  }
}
