import path from "node:path";
import { Worker } from "node:worker_threads";
import { unavailable } from "../source.js";
import type { Row } from "../statement.js";

/** Beside this file, in whichever of the two languages this file is run. */
const program = new URL(`./worker${path.extname(import.meta.url)}`, import.meta.url);

/** For a thread to start on a busy machine, in milliseconds. The read's own deadline may be shorter. */
const START = 10_000;

type Answer = { readonly rows: readonly Row[] } | { readonly error: number };

interface Thread {
  readonly worker: Worker;
  /** It has not yet said that it hears: starting is not the statement's time. */
  isNew: boolean;
  /** Told to end; it does when its statement has. */
  isLost?: boolean;
  /** Who waits for its next word. A thread is asked one thing at a time. */
  pending?: PromiseWithResolvers<Answer> | undefined;
}

/** SQLite's own error number. */
export class SqliteError extends Error {
  override readonly name = "SqliteError";
  constructor(readonly number: number) {
    super(`SQLite error ${number & 0xff}`);
  }
}

/**
 * At most `size` threads, each with one connection. A statement cannot be called back: one that takes too long is left behind with its
 * thread, and its place is free again when the thread has ended.
 */
export class Threads {
  private readonly all = new Set<Thread>();
  private idle: Thread[] = [];
  private waiting: PromiseWithResolvers<Thread>[] = [];
  private isClosed = false;

  /** `timeout`, `queue`: milliseconds. */
  constructor(
    private readonly file: string,
    private readonly size: number,
    private readonly timeout: number,
    private readonly queue: number,
  ) {}

  async ask(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const thread = await this.take();
    try {
      if (thread.isNew) await hear(thread, START, "no connection");
      thread.isNew = false;
      thread.worker.postMessage({ text, values }, []);
      const answer = await hear(thread, this.timeout, "statement timeout");
      this.give(thread);
      if ("error" in answer) throw new SqliteError(answer.error);
      return answer.rows;
    } catch (error) {
      if (!(error instanceof SqliteError)) {
        thread.isLost = true;
        void thread.worker.terminate();
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const each of this.waiting) each.reject(unavailable("no connection"));
    await Promise.all([...this.all].filter(({ isLost }) => !isLost).map(({ worker }) => worker.terminate()));
  }

  private async take(): Promise<Thread> {
    const free = this.idle.pop() ?? (this.all.size < this.size && !this.isClosed ? this.add() : undefined);
    if (free) return free;
    const taken = Promise.withResolvers<Thread>();
    this.waiting.push(taken);
    const timer = setTimeout(() => {
      this.waiting = this.waiting.filter((each) => each !== taken);
      taken.reject(unavailable("no free connection"));
    }, this.queue);
    return taken.promise.finally(() => clearTimeout(timer));
  }

  private give(thread: Thread): void {
    const next = this.waiting.shift();
    if (next) next.resolve(thread);
    else this.idle.push(thread);
  }

  private add(): Thread {
    const worker = new Worker(program, { workerData: { file: this.file }, env: {}, execArgv: [] });
    const thread: Thread = { worker, isNew: true };
    this.all.add(thread);
    worker.unref();
    worker.on("message", (answer: Answer) => thread.pending?.resolve(answer));
    worker.on("error", () => undefined);
    worker.once("exit", () => {
      this.all.delete(thread);
      this.idle = this.idle.filter((each) => each !== thread);
      thread.pending?.reject(unavailable("no connection"));
      if (!this.isClosed && this.waiting.length > 0) this.give(this.add());
    });
    return thread;
  }
}

/** The thread's next word. It holds the process only while somebody waits for it. */
async function hear(thread: Thread, within: number, late: string): Promise<Answer> {
  const pending = Promise.withResolvers<Answer>();
  thread.pending = pending;
  const timer = setTimeout(() => pending.reject(unavailable(late)), within);
  thread.worker.ref();
  try {
    return await pending.promise;
  } finally {
    clearTimeout(timer);
    thread.worker.unref();
    thread.pending = undefined;
  }
}
