import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type OrgId, type SubjectRef, WeftError } from "#libs/terms";
import type { ConsentEvidence } from "./evaluate.js";
import { type RegisterKeys, verifyReceipt } from "./receipt.js";
import { ReceiptIndex } from "./receipt-index.js";
import { type SignedStatus, verifyStatusList } from "./status-list.js";

/**
 * One provider's receipts and the list that says which of them still hold, brought to the adapter: to read needs no call home,
 * and the register learns nothing of who is read.
 */
export interface ConsentFeed extends Omit<ConsentEvidence, "usesOf"> {
  /** Everybody of whom there is a receipt: a list that rests on consent asks the ministry's system for nobody else. */
  subjects(): Iterable<SubjectRef>;
  /** False once the status list is older than ten seconds by the monotonic clock: then nothing may be released. */
  isFresh(): boolean;
  /** Why the feed cannot be relied on, for the operator; empty where it can. Holds no personal data. */
  problems(): readonly string[];
  /** Receipts read so far: never fewer than at an earlier start. */
  position(): number;
  close(): void;
}

export interface FeedClock {
  /** Seconds since 1970. */
  now(): number;
  /** Milliseconds that no one can set back. */
  monotonic(): number;
}

export interface FeedOptions {
  readonly clock?: FeedClock;
  /** Milliseconds between two looks; 0 looks only when told (`poll`). */
  readonly every?: number;
}

export const STATUS_MAX_AGE = 10_000;
const SKEW = 5;
const MAX_LINE = 64 * 1024;
const CHUNK = 1024 * 1024;

const systemClock: FeedClock = { now: () => Date.now() / 1000, monotonic: () => performance.now() };

/**
 * The feed as files, while the register runs on the same machine: `<dir>/<org>/receipts.jsonl`, append-only, one signed receipt a
 * line, and `<dir>/status.jwt`, signed anew every few seconds. A last line without its line feed is not there yet. A receipt once
 * read is never forgotten, even if the file shrinks; a line that cannot be verified might have been an objection, so the feed
 * is not sound from then on.
 */
export class FileFeed implements ConsentFeed {
  readonly #receipts: string;
  readonly #status: string;
  readonly #audience: OrgId;
  readonly #keys: RegisterKeys;
  readonly #clock: FeedClock;
  readonly #index = new ReceiptIndex();
  #file = { inode: 0, offset: 0, lines: 0 };
  #held: { readonly status: SignedStatus; readonly at: number } | undefined;
  #receiptProblem: string | undefined = "receipts: not read yet";
  #statusProblem: string | undefined = "status list: not read yet";
  #lineProblem: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(dir: string, audience: OrgId, keys: RegisterKeys, options: FeedOptions = {}) {
    this.#receipts = join(dir, folderOf(audience), "receipts.jsonl");
    this.#status = join(dir, "status.jwt");
    this.#audience = audience;
    this.#keys = keys;
    this.#clock = options.clock ?? systemClock;
    const every = options.every ?? 1000;
    if (every > 0) this.#timer = setInterval(() => void this.poll(), every).unref();
  }

  receiptsOf(...[ref]: Parameters<ConsentFeed["receiptsOf"]>): ReturnType<ConsentFeed["receiptsOf"]> {
    return this.#index.receiptsOf(ref);
  }

  subjects(): Iterable<SubjectRef> {
    return this.#index.subjects();
  }

  statusOf(...[receipt]: Parameters<ConsentFeed["statusOf"]>): ReturnType<ConsentFeed["statusOf"]> {
    const { idx, uri } = receipt.status.status_list;
    const status = this.#held?.status;
    return status?.uri === uri && this.isFresh() ? status.list.statusAt(idx) : "unknown";
  }

  isFresh(): boolean {
    return this.#held !== undefined && this.#clock.monotonic() - this.#held.at <= STATUS_MAX_AGE;
  }

  problems(): readonly string[] {
    const stale = this.isFresh() ? undefined : "status list: older than ten seconds";
    return [this.#receiptProblem, this.#lineProblem, this.#statusProblem ?? stale].filter((one) => one !== undefined);
  }

  position(): number {
    return this.#file.lines;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One look at both files. Never throws: what went wrong is in `problems`. Two looks never overlap. */
  poll(): Promise<void> {
    this.#running ??= this.#look().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #look(): Promise<void> {
    this.#receiptProblem = await problemOf(() => this.#readReceipts(), "receipts");
    this.#statusProblem = await problemOf(() => this.#readStatus(), "status list");
  }

  async #readReceipts(): Promise<void> {
    const file = await open(this.#receipts, "r");
    try {
      const { ino, size } = await file.stat();
      if (ino !== this.#file.inode || size < this.#file.offset) {
        this.#file = { inode: ino, offset: 0, lines: 0 };
        this.#lineProblem = undefined;
      }
      while (this.#file.offset < size && (await this.#readChunk(file)));
    } finally {
      await file.close();
    }
  }

  /** Takes whole lines only. False where there is no further whole line yet. */
  async #readChunk(file: FileHandle): Promise<boolean> {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#file.offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    if (end === 0 && bytesRead > MAX_LINE) throw new WeftError("REQUEST_TOO_LARGE", { detail: "a line is too long" });
    for (const line of buffer.toString("utf8", 0, end).split("\n").slice(0, -1)) this.#take(line);
    this.#file.offset += end;
    return end > 0;
  }

  #take(line: string): void {
    this.#file.lines += 1;
    try {
      const receipt = verifyReceipt(line.trimEnd(), this.#keys, this.#audience);
      if (receipt.exp > this.#clock.now()) this.#index.add(receipt);
    } catch (error) {
      this.#lineProblem ??= `receipts: line ${this.#file.lines} is not accepted (${describe(error)})`;
    }
  }

  async #readStatus(): Promise<void> {
    const status = verifyStatusList((await readFile(this.#status, "utf8")).trim(), this.#keys);
    const age = this.#clock.now() - status.issuedAt;
    if (age < -SKEW) throw new WeftError("REQUEST_MALFORMED", { detail: "issued in the future" });
    if (age > STATUS_MAX_AGE / 1000 + SKEW) throw new WeftError("REQUEST_MALFORMED", { detail: "too old" });
    const held = this.#held;
    if (held === undefined || status.issuedAt > held.status.issuedAt) {
      this.#held = { status, at: this.#clock.monotonic() };
    } else if (status.issuedAt === held.status.issuedAt) {
      this.#held = { status, at: held.at };
    }
  }
}

function folderOf(party: string): string {
  return party.slice(party.indexOf(":") + 1);
}

async function problemOf(read: () => Promise<void>, what: string): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return `${what}: ${describe(error)}`;
  }
}

function describe(error: unknown): string {
  if (error instanceof WeftError) return error.detail ?? error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "not readable";
  return code === "ENOENT" ? "the file is missing" : code;
}
