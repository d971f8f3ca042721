import { setTimeout as sleep } from "node:timers/promises";
import { type buildConnector, Pool } from "undici";
import { z } from "zod";
import { type OrgId, type SubjectRef, WeftError } from "#libs/terms";
import { type ConsentFeed, type FeedClock, MAX_AGE } from "./feed.js";
import type { FeedStore } from "./feed-store.js";
import { HeldLists } from "./held-lists.js";
import { type ConsentReceipt, type RegisterKeys, verifyReceipt } from "./receipt.js";
import { ReceiptIndex } from "./receipt-index.js";

export interface HttpFeedOptions {
  /** The consent register. */
  readonly url: string;
  readonly audience: OrgId;
  readonly keys: RegisterKeys;
  /** Receipts once read, kept by the adapter itself. */
  readonly store: FeedStore;
  /** A fresh assertion for each question, to be believed over connections that show this certificate. */
  readonly assertion: (certificate: string | undefined) => string;
  /** For a register on another machine: opens connections to whom to believe, as who we are. */
  readonly tls?: { connector(timeout: number): buildConnector.connector; thumbprint(): string };
  readonly clock?: FeedClock;
  /** Seconds that the register may keep a question open; 3 unless told. Less than the feed's greatest age. */
  readonly wait?: number;
}

export const FeedAnswer = z.strictObject({
  receipts: z.array(z.string().max(64 * 1024)).max(1_000),
  cursor: z.int().min(0).describe("The position of the last one: ask on after it."),
  total: z.int().min(0).describe("How many this provider has in all."),
});

const systemClock: FeedClock = { now: () => Date.now() / 1000, monotonic: () => performance.now() };
/** Milliseconds. */
const STATUS_EVERY = 1_000;
const TIMEOUT = 3_000;
const AGAIN = 1_000;
/** At a start everything waits for the first answer. */
const SOON = 200;
/** So that one question that is lost, with its time-out, and the one after it, are over before what is known is too old. */
const WAIT = 3;
const MAX_ANSWER = 16 * 1024 * 1024;

/**
 * One provider's receipts out of the register's feed, by long poll, and the status lists that they name, each second. What was read
 * is verified, then kept in a file of the adapter's own: a restart asks only for what came since, and nothing once read is forgotten.
 *
 * A receipt that cannot be verified might have been an objection, and a position that was left out too: either makes the feed unsound.
 */
export class HttpFeed implements ConsentFeed {
  readonly #options: HttpFeedOptions;
  readonly #clock: FeedClock;
  readonly #index = new ReceiptIndex();
  readonly #lists: HeldLists;
  #line: Line;
  readonly #base: string;
  readonly #stopped = new AbortController();
  #cursor = 0;
  /** By the monotonic clock: when the end of the feed was last reached. */
  #answered: number | undefined;
  #refused: string | undefined;
  /** The last question found no register. */
  #isBroken = false;
  #lineProblem: string | undefined;

  constructor(options: HttpFeedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#lists = new HeldLists(options.keys, this.#clock);
    this.#base = new URL(options.url).pathname.replace(/\/$/, "");
    this.#line = openLine(options);
    for (const jwt of options.store.receipts()) this.#take(jwt);
  }

  /** Asks until it is stopped. Resolves once both were looked at for the first time, whatever came of it. */
  async start(): Promise<void> {
    await Promise.all([this.#look(0), this.pollStatus()]);
    void this.#follow();
    void this.#watch();
  }

  receiptsOf(...[ref]: Parameters<ConsentFeed["receiptsOf"]>): ReturnType<ConsentFeed["receiptsOf"]> {
    return this.#index.receiptsOf(ref);
  }

  subjects(): Iterable<SubjectRef> {
    return this.#index.subjects();
  }

  statusOf(receipt: ConsentReceipt): ReturnType<ConsentFeed["statusOf"]> {
    const { idx, uri } = receipt.status.status_list;
    return this.#lists.statusAt(uri, idx);
  }

  isFresh(): boolean {
    return this.#lists.areFresh();
  }

  problems(): readonly string[] {
    return [this.#feedProblem(), this.#lineProblem, ...this.#lists.problems()].filter((one) => one !== undefined);
  }

  /** A register that is down takes nothing back. One whose feed alone is cut off may have objections that nobody here knows of. */
  #feedProblem(): string | undefined {
    if (this.#refused !== undefined) return `receipts: ${this.#refused}`;
    if (this.#answered === undefined) return "receipts: not read yet";
    return this.#clock.monotonic() - this.#answered > MAX_AGE ? "receipts: no answer for ten seconds" : undefined;
  }

  position(): number {
    return this.#cursor;
  }

  close(): void {
    this.#stopped.abort();
    void this.#line.pool.destroy();
    this.#options.store.close();
  }

  async #follow(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      // After a break it counts at once that the register is there: a question that waits would say so only seconds later.
      const wasBroken = this.#isBroken;
      const answered = await this.#look(wasBroken ? 0 : (this.#options.wait ?? WAIT));
      // One answer that is lost is asked for again at once: to wait would use up the time for which the last one holds.
      if (!answered && wasBroken) await pause(this.#answered === undefined ? SOON : AGAIN, this.#stopped.signal);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await pause(this.#lists.areKnown() ? STATUS_EVERY : SOON, this.#stopped.signal);
      if (!this.#stopped.signal.aborted) await this.pollStatus();
    }
  }

  /** Reads to the end of what there is; `wait` holds for the first question. Never throws. */
  async #look(wait: number): Promise<boolean> {
    try {
      let page = await this.#page(this.#answered === undefined ? 0 : wait);
      while (page.cursor < page.total) page = await this.#page(0);
      // Lists from before a break may be young still: what was withdrawn meanwhile is to be known before anything is answered again.
      if (this.#isBroken) await this.pollStatus();
      this.#isBroken = false;
      this.#answered = this.#clock.monotonic();
      this.#refused = undefined;
      return true;
    } catch (error) {
      this.#isBroken = true;
      if (error instanceof WeftError) this.#refused = error.detail ?? error.message;
      return false;
    }
  }

  async #page(wait: number): Promise<z.infer<typeof FeedAnswer>> {
    const path = `/feed?after=${this.#cursor}&wait=${wait}`;
    const headers = { authorization: `Bearer ${this.#options.assertion(this.#renewLine().certificate)}` };
    const answer = FeedAnswer.safeParse(JSON.parse(await this.#get(path, headers, TIMEOUT + wait * 1000)));
    if (!answer.success) throw problem("an answer that is not the register's");
    const { receipts, cursor, total } = answer.data;
    if (total < this.#cursor) throw problem("fewer than before");
    if (cursor !== this.#cursor + receipts.length || cursor > total) throw problem("a position was left out");
    // Kept before it counts: what was once known must be known after the next start.
    this.#options.store.add(this.#cursor, receipts);
    for (const jwt of receipts) this.#take(jwt);
    return answer.data;
  }

  #take(jwt: string): void {
    this.#cursor += 1;
    try {
      const receipt = verifyReceipt(jwt, this.#options.keys, this.#options.audience);
      if (receipt.exp <= this.#clock.now()) return;
      this.#index.add(receipt);
      this.#lists.need(receipt.status.status_list.uri);
    } catch (error) {
      this.#lineProblem ??= `receipts: number ${this.#cursor} is not accepted (${describe(error)})`;
    }
  }

  /** One look at each list that a receipt names, and at the first one, which there always is. Never throws. */
  async pollStatus(): Promise<void> {
    await Promise.all(
      this.#lists
        .numbers()
        .map((number) => this.#lists.renew(number, () => this.#get(`/status/${number}`, {}, TIMEOUT))),
    );
  }

  /** An assertion names the certificate of the connection that it comes over: once that is renewed, other connections are opened. */
  #renewLine(): Line {
    if (certificateFor(this.#options) !== this.#line.certificate) {
      void this.#line.pool.close();
      this.#line = openLine(this.#options);
    }
    return this.#line;
  }

  async #get(path: string, headers: Record<string, string>, timeout: number): Promise<string> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeout)]);
    const { statusCode, body } = await this.#line.pool.request({
      method: "GET",
      path: this.#base + path,
      headers,
      signal,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
    const text = await readText(body);
    if (statusCode === 401 || statusCode === 403) throw problem("the register does not accept this adapter");
    if (statusCode !== 200) throw Object.assign(new Error("status"), { code: `status ${statusCode}` });
    return text;
  }
}

/** Connections to the register, and the certificate that they show. */
interface Line {
  readonly pool: Pool;
  readonly certificate: string | undefined;
}

function openLine(options: HttpFeedOptions): Line {
  const certificate = certificateFor(options);
  const connect = options.tls?.connector(TIMEOUT) ?? { timeout: TIMEOUT };
  return { pool: new Pool(new URL(options.url).origin, { connections: 3, pipelining: 1, connect }), certificate };
}

/** Nothing is shown over plain HTTP. */
function certificateFor({ url, tls }: HttpFeedOptions): string | undefined {
  return url.startsWith("https:") ? tls?.thumbprint() : undefined;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER) throw problem("an answer that is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Ends early, and without a word, where nobody waits any more. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}

function problem(detail: string): WeftError {
  return new WeftError("NOT_READY", { detail });
}

function describe(error: unknown): string {
  if (error instanceof WeftError) return error.detail ?? error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return code === undefined || code === "23" ? "no answer" : code;
}
