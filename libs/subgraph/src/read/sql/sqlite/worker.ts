import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { constants, DatabaseSync, type SQLInputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

/**
 * One connection to a SQLite file, in a thread of its own: a statement of SQLite holds its thread until it ends. Nothing is written, not
 * beside the file either. Imports nothing of ours, so that it starts fast and from wherever it lies.
 */
const { file } = workerData as { readonly file: string };

interface Open {
  readonly db: DatabaseSync;
  /** What the file must still be for the connection to be of use. */
  readonly mark: string;
  readonly isFrozen: boolean;
  /** Its MIS has it open with a write-ahead log, which goes away when the last connection does: ours must not be that one. */
  readonly isShared: boolean;
}

let open: Open | undefined;

parentPort?.on("message", ({ text, values }: { text: string; values: SQLInputValue[] }) => {
  try {
    parentPort?.postMessage({ rows: answer(text, values) }, []);
  } catch (error) {
    close();
    const { errcode, code } = error as { errcode?: number; code?: string };
    parentPort?.postMessage({ error: errcode ?? (code?.startsWith("ERR_") ? ERROR : CANNOT_OPEN) }, []);
  }
});

/** SQLite's own numbers. */
const ERROR = 1;
const BUSY = 5;
const CANNOT_OPEN = 14;

/** A file that changed while it was read as frozen is read once more. */
function answer(text: string, values: SQLInputValue[]): unknown[] {
  for (let attempt = 0; attempt < 2; attempt++) {
    const { db, isFrozen, isShared, mark } = current();
    const rows = db.prepare(text).all(...values);
    if (isShared) close();
    if (!isFrozen || markOf(true) === mark) return rows.map((row) => ({ ...row }));
  }
  throw Object.assign(new Error("the file changes"), { errcode: BUSY });
}

/** Another file under the same name is noticed before the next statement. */
function current(): Open {
  if (open && markOf(open.isFrozen) !== open.mark) close();
  open ??= openFile();
  return open;
}

function close(): void {
  open?.db.close();
  open = undefined;
}

/** Whether a connection still sees the file: which file it is and, of one read as frozen, that nobody has written to it since. */
function markOf(isFrozen: boolean): string {
  const { dev, ino, size, mtimeMs } = statSync(file);
  return isFrozen ? `${dev} ${ino} ${size} ${mtimeMs} ${existsSync(`${file}-wal`)}` : `${dev} ${ino}`;
}

/**
 * A file with a write-ahead log could only be opened by writing a -shm beside it. Where nobody has it open there is no -wal, the file is
 * whole, and is read as frozen.
 */
function openFile(): Open {
  const hasLog = hasWriteAheadLog();
  const isFrozen = hasLog && !existsSync(`${file}-wal`);
  const mark = markOf(isFrozen);
  const url = pathToFileURL(file);
  url.searchParams.set("mode", "ro");
  if (isFrozen) url.searchParams.set("immutable", "1");
  const db = new DatabaseSync(url, { readOnly: true, timeout: 200, allowExtension: false });
  db.function("weft_digits", { deterministic: true }, (text) => drop(text, /\D/g));
  db.function("weft_alphanumeric", { deterministic: true }, (text) => drop(text, /[^0-9A-Za-z]/g));
  db.setAuthorizer((action, first) => (mayRead(action, first) ? constants.SQLITE_OK : constants.SQLITE_DENY));
  return { db, mark, isFrozen, isShared: hasLog && !isFrozen };
}

function hasWriteAheadLog(): boolean {
  const head = Buffer.alloc(20);
  const handle = openSync(file, "r");
  try {
    readSync(handle, head, 0, 20, 0);
  } finally {
    closeSync(handle);
  }
  return head[18] === 2;
}

/** What a table's columns and indexes are. */
const catalogue = new Set<string | null>(["table_info", "index_list", "index_info"]);

function mayRead(action: number, first: string | null): boolean {
  const reading = [
    constants.SQLITE_SELECT,
    constants.SQLITE_READ,
    constants.SQLITE_FUNCTION,
    constants.SQLITE_RECURSIVE,
  ];
  return reading.includes(action) || (action === constants.SQLITE_PRAGMA && catalogue.has(first));
}

function drop(text: unknown, pattern: RegExp): string | null {
  return typeof text === "string" || typeof text === "number" ? String(text).replaceAll(pattern, "") : null;
}

// From here on a statement's time counts.
parentPort?.postMessage({ rows: [] }, []);
