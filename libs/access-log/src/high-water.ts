import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/**
 * The highest checkpoint that this log signed, kept apart from its database. A database that was restored from an older state,
 * or that failed over to a standby that lags, no longer holds that tree: the log then refuses to sign anything.
 */
export interface HighWater {
  /** What was noted last, and what before it. Each is a signed note or the torn half of one: signatures tell. */
  read(): readonly string[];
  /** In the operating system's hands when it returns, before anyone is told of the checkpoint. */
  raise(note: string): void;
  close(): void;
}

const SLOT = 4096;

/**
 * One file of two slots, written in turn: a kill while one is written leaves the other whole. A process's first note replaces the
 * file by a rename, so it never writes over the only good slot. Written through to the disk each second: only the loss of this
 * machine's power at the very moment of a database's fall-back would need more.
 */
export function highWaterFile(folder: string, syncEvery = 1_000): HighWater {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "highest-checkpoint");
  let file: number | undefined;
  let turn = 1;
  let synced = true;
  const sync = () => {
    if (file !== undefined && !synced) fsyncSync(file);
    synced = true;
  };
  const timer = setInterval(sync, syncEvery).unref();
  return {
    read: () => readSlots(path),
    raise: (note) => {
      if (file === undefined) {
        writeFileSync(`${path}.next`, slotOf(note), { mode: 0o600, flush: true });
        renameSync(`${path}.next`, path);
        file = openSync(path, "r+");
        return;
      }
      writeSync(file, slotOf(note), 0, SLOT, turn * SLOT);
      turn = 1 - turn;
      synced = false;
    },
    close: () => {
      clearInterval(timer);
      sync();
      if (file !== undefined) closeSync(file);
    },
  };
}

function slotOf(note: string): Buffer {
  const slot = Buffer.alloc(SLOT);
  if (slot.write(note) < Buffer.byteLength(note)) throw new RangeError("a checkpoint longer than its slot");
  return slot;
}

function readSlots(path: string): string[] {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  return [bytes.subarray(0, SLOT), bytes.subarray(SLOT, 2 * SLOT)]
    .map((slot) => slot.toString("utf8").replace(/\0+$/, ""))
    .filter((note) => note !== "");
}

export function memoryHighWater(first?: string): HighWater {
  let noted = first === undefined ? [] : [first];
  return {
    read: () => noted,
    raise: (note) => {
      noted = [note];
    },
    close: () => undefined,
  };
}
