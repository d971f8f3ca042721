import { type buildConnector, Pool } from "undici";
import { type Digest, isCode, WeftError } from "#libs/terms";
import type { Checkpoint } from "./checkpoint.js";
import { openPinned, type PinnedLogs, pinLogs, type VerifiedInclusion, verifyProof } from "./proof.js";
import { entryOf, type IssuedRecord } from "./record.js";
import type { AfterEnd } from "./review/ended.js";
import type { ReviewAnswer } from "./review/answer.js";
import type { SearchStatus } from "./search/search.js";
import { readSuspension, type Suspension, SuspensionsAnswer } from "./suspension.js";
import { verifyConsistency } from "./tree.js";

declare const proven: unique symbol;
/**
 * The record of this access is in the log. Only `LogClient.append` makes one, after it has verified the proof against the pinned
 * log: a function that demands it cannot be reached by a path that did not record.
 */
export interface InclusionProof {
  readonly index: number;
  /** c2sp.org/tlog-proof@v1, as adapters are shown it. */
  readonly text: string;
  readonly [proven]: true;
}

export interface LogClientOptions {
  readonly url: string;
  /** The one log that is believed: its key, or the keys of it that are pinned, any of which may have signed. */
  readonly vkey: string | PinnedLogs;
  /** Milliseconds from `append` to its end; 2000 unless told. */
  readonly timeout?: number;
  /** Records in one POST; 256 unless told. */
  readonly maxBatch?: number;
  /** For a log on another machine: opens connections to whom to believe, as who we are. */
  readonly tls?: { connector(timeout: number): buildConnector.connector };
}

interface Waiting {
  readonly record: Pick<IssuedRecord, "jwt" | "disclosures">;
  readonly requestKey: Digest | undefined;
  readonly deadline: number;
  readonly resolve: (proof: InclusionProof) => void;
  readonly reject: (error: WeftError) => void;
}

/** One result of `POST /append`, in the order of its records. */
type AppendAnswer = { readonly proof: string } | { readonly code: string };

const TIMEOUT = 2_000;
/** Milliseconds that a record without hurry waits for company. */
const PATIENCE = 100;
const MAX_BATCH = 256;
/** Characters of one POST's records; a single larger record still goes, alone. */
const MAX_BATCH_CHARACTERS = 2_000_000;
const MAX_ANSWER = 16 * 1024 * 1024;

/** Speaks to one log. What arrives while a POST is in flight goes together in the next one, and what has no hurry goes with what has. */
export class LogClient {
  readonly #appends: Pool;
  /** Apart: proofs are asked by strangers too, and nobody's reading may hold up an append. */
  readonly #reads: Pool;
  readonly #base: string;
  readonly #logs: PinnedLogs;
  readonly #origin: string;
  readonly #timeout: number;
  readonly #maxBatch: number;
  readonly #suspensions = new Map<string, Suspension>();
  readonly #waiting: Waiting[] = [];
  #sending: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor({ url, vkey, timeout = TIMEOUT, maxBatch = MAX_BATCH, tls }: LogClientOptions) {
    const { origin, pathname } = new URL(url);
    const times = { headersTimeout: timeout, bodyTimeout: timeout, connect: tls?.connector(timeout) ?? { timeout } };
    this.#appends = new Pool(origin, { connections: 2, pipelining: 1, ...times });
    this.#reads = new Pool(origin, { connections: 2, pipelining: 1, ...times });
    this.#base = pathname.replace(/\/$/, "");
    this.#logs = typeof vkey === "string" ? pinLogs([vkey]) : vkey;
    this.#origin = this.#logs.verifiers[0]!.name;
    this.#timeout = timeout;
    this.#maxBatch = maxBatch;
  }

  /** Origin of the log, to be named in each record. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * RECORD_UNAVAILABLE where the log did not answer in time or its answer does not verify: the record may or may not be in the
   * log, so nothing may be read. RECORD_CONFLICT where the request key or the record is known already.
   */
  append(record: Pick<IssuedRecord, "jwt" | "disclosures">, requestKey?: Digest): Promise<InclusionProof> {
    const proof = this.#enqueue(record, requestKey);
    this.#sendNow();
    return proof;
  }

  /** The same for a record that nobody waits for: it shares the POST of the next one that somebody does, or goes after 100 ms. */
  appendSoon(record: Pick<IssuedRecord, "jwt" | "disclosures">): Promise<InclusionProof> {
    const proof = this.#enqueue(record, undefined);
    this.#soon ??= setTimeout(() => this.#sendNow(), PATIENCE);
    return proof;
  }

  #enqueue(record: Pick<IssuedRecord, "jwt" | "disclosures">, requestKey: Digest | undefined): Promise<InclusionProof> {
    const { promise, resolve, reject } = Promise.withResolvers<InclusionProof>();
    const timer = setTimeout(() => reject(unavailable("no answer in time")), this.#timeout);
    const deadline = performance.now() + this.#timeout;
    this.#waiting.push({ record, requestKey, deadline, resolve, reject });
    return promise.finally(() => clearTimeout(timer));
  }

  /**
   * What the record of a review asks for. Demands the proof that the log holds it: nothing can be looked at without. Its words are the
   * log's; who shows a record to others verifies it first.
   */
  async review(record: Pick<IssuedRecord, "presentation">, { text: proof }: InclusionProof): Promise<ReviewAnswer> {
    const body = JSON.stringify({ record: record.presentation(), proof });
    const answer = await this.#ask("/review", body);
    return JSON.parse(answer.text, datesOf) as ReviewAnswer;
  }

  /** Tells everybody what the record says, see `suspension.ts`. */
  async suspend(record: Pick<IssuedRecord, "presentation">, { text: proof }: InclusionProof): Promise<void> {
    await this.#ask("/suspensions", JSON.stringify({ record: record.presentation(), proof }));
  }

  /** For the consent register: what it asks with, it signed for this look, see `review/ended.ts`. */
  async afterEnd(
    record: Pick<IssuedRecord, "presentation">,
    { text: proof }: Pick<InclusionProof, "text">,
    question: string,
  ): Promise<readonly AfterEnd[]> {
    const body = JSON.stringify({ record: record.presentation(), proof, question });
    return (JSON.parse((await this.#ask("/ended-consents", body)).text) as { counts: readonly AfterEnd[] }).counts;
  }

  /** Each verified against the pinned log; one that does not verify is none, and the whole answer is refused. */
  async suspensions(): Promise<readonly Suspension[]> {
    const read = SuspensionsAnswer.safeParse(JSON.parse(await this.#get("/suspensions")));
    if (!read.success) throw unavailable("an answer that is no list of suspensions");
    return read.data.suspensions.map((notice) => {
      const known = this.#suspensions.get(notice.record) ?? readSuspension(notice, this.#logs);
      this.#suspensions.set(notice.record, known);
      return known;
    });
  }

  /** How far the log's search index has followed. */
  async searchStatus(): Promise<SearchStatus> {
    return JSON.parse(await this.#get("/search/status")) as SearchStatus;
  }

  /** What the log signed last, whoever has cosigned it. */
  async checkpoint(): Promise<Checkpoint> {
    return openPinned(await this.#get("/checkpoint/latest"), this.#logs);
  }

  /** The checkpoint that everybody is shown, as text: `openWitnessed` says who has cosigned it, and when. */
  published(): Promise<string> {
    return this.#get("/checkpoint");
  }

  /**
   * Seconds that the log's clock is ahead of ours, from the `Date` of one answer. Exact to half a second and half the round trip:
   * enough for a limit of five seconds.
   */
  async clockOffset(): Promise<number> {
    const sent = Date.now();
    const { date } = await this.#ask("/checkpoint");
    const received = Date.now();
    if (Number.isNaN(date)) throw unavailable("an answer without a date");
    return (date + 500 - (sent + received) / 2) / 1000;
  }

  /** The proof of a record that the log holds, to its newest checkpoint. */
  async proof(index: number, jwt: string): Promise<VerifiedInclusion & { readonly text: string }> {
    const text = await this.#get(`/proof/${index}`);
    return { ...verifyProof(text, entryOf(jwt), this.#logs), text };
  }

  /** The same as text, for whoever verifies it elsewhere. */
  proofText(index: number): Promise<string> {
    return this.#get(`/proof/${index}`);
  }

  /** Throws PROOF_REJECTED unless the newer tree begins with the older one. */
  async assertConsistent(older: Checkpoint, newer: Checkpoint): Promise<void> {
    const proof = older.size === newer.size ? [] : await this.#consistency(older.size, newer.size);
    if (!verifyConsistency(proof, older, newer)) {
      throw new WeftError("PROOF_REJECTED", { detail: "the log's checkpoints are not consistent" });
    }
  }

  /** What still waits is sent first. */
  async close(): Promise<void> {
    if (this.#waiting.length > 0) this.#sendNow();
    await this.#sending;
    await Promise.all([this.#appends.close(), this.#reads.close()]);
  }

  #sendNow(): void {
    this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    // One turn of the event loop: requests that arrived together share a POST.
    await new Promise(setImmediate);
    clearTimeout(this.#soon);
    this.#soon = undefined;
    while (this.#waiting.length > 0) await this.#post(this.#nextBatch());
    this.#sending = undefined;
  }

  /** Takes from the queue; what is past its deadline has been refused and is never sent. */
  #nextBatch(): Waiting[] {
    const now = performance.now();
    const batch: Waiting[] = [];
    let characters = 0;
    while (this.#waiting.length > 0 && batch.length < this.#maxBatch) {
      const next = this.#waiting[0]!;
      characters += next.record.jwt.length + next.record.disclosures.reduce((sum, { length }) => sum + length, 0);
      if (batch.length > 0 && characters > MAX_BATCH_CHARACTERS) break;
      this.#waiting.shift();
      if (next.deadline > now) batch.push(next);
    }
    return batch;
  }

  async #post(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const latest = Math.max(...batch.map(({ deadline }) => deadline));
    try {
      const answers = await this.#request(batch, Math.max(1, Math.ceil(latest - performance.now())));
      for (const [i, waiting] of batch.entries()) this.#settle(waiting, answers[i]!);
    } catch (error) {
      const failure = error instanceof WeftError ? error : unavailable("no answer", error);
      for (const { reject } of batch) reject(failure);
    }
  }

  async #request(batch: readonly Waiting[], timeout: number): Promise<readonly AppendAnswer[]> {
    const records = batch.map(({ record: { jwt, disclosures }, requestKey }) => ({
      jwt,
      disclosures,
      ...(requestKey !== undefined && { requestKey }),
    }));
    const { statusCode, body } = await this.#appends.request({
      method: "POST",
      path: `${this.#base}/append`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ records }),
      signal: AbortSignal.timeout(timeout),
    });
    const answers = readAnswers(await readText(body), batch.length);
    if (!answers) throw unavailable(`an answer of status ${statusCode} that is not the log's`);
    return answers;
  }

  #settle({ record, resolve, reject }: Waiting, answer: AppendAnswer): void {
    if (!("proof" in answer)) {
      reject(new WeftError(isLogCode(answer.code) ? answer.code : "RECORD_UNAVAILABLE"));
      return;
    }
    try {
      const { index } = verifyProof(answer.proof, entryOf(record.jwt), this.#logs);
      resolve({ index, text: answer.proof } as InclusionProof);
    } catch (error) {
      reject(unavailable("its proof does not verify", error));
    }
  }

  async #consistency(older: number, newer: number): Promise<Buffer[]> {
    const answer: unknown = JSON.parse(await this.#get(`/consistency/${older}/${newer}`));
    const hashes = (answer as { hashes?: unknown } | null)?.hashes;
    if (!Array.isArray(hashes)) throw unavailable("no consistency proof");
    return hashes.map((hash: unknown) => Buffer.from(String(hash), "base64"));
  }

  async #get(path: string): Promise<string> {
    return (await this.#ask(path)).text;
  }

  async #ask(path: string, posted?: string): Promise<{ readonly text: string; readonly date: number }> {
    try {
      const signal = AbortSignal.timeout(this.#timeout);
      const { statusCode, headers, body } = await this.#reads.request({
        path: this.#base + path,
        signal,
        ...(posted === undefined
          ? { method: "GET" }
          : { method: "POST", headers: { "content-type": "application/json" }, body: posted }),
      });
      const text = await readText(body);
      if (statusCode === 404) throw new WeftError("NOT_FOUND");
      if (statusCode === 403) throw new WeftError(refusalIn(text));
      if (statusCode !== 200) throw unavailable(`an answer of status ${statusCode}`);
      return { text, date: Date.parse(String(headers["date"])) };
    } catch (error) {
      throw error instanceof WeftError ? error : unavailable("no answer", error);
    }
  }
}

/** Bounded: a log that is not ours must not fill our memory. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER) throw unavailable("an answer that is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * `{"proofs":[text | null], "errors":[null | {"message","extensions":{"code"}}]}`, each as long as the records; no `errors` where
 * there are none. Undefined for anything else.
 */
function readAnswers(text: string, records: number): readonly AppendAnswer[] | undefined {
  let answer: { proofs?: unknown; errors?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return undefined;
  }
  const proofs = answer?.proofs;
  const errors = answer?.errors ?? [];
  if (!Array.isArray(proofs) || !Array.isArray(errors) || proofs.length !== records) return undefined;
  return proofs.map((proof: unknown, i): AppendAnswer => {
    const error: unknown = errors[i];
    const code = (error as { extensions?: { code?: unknown } } | null)?.extensions?.code;
    return typeof proof === "string" ? { proof } : { code: String(code) };
  });
}

/** What the log says to a record that it does not answer. */
function refusalIn(text: string): "RECORD_REJECTED" | "PROOF_REJECTED" | "REPLAYED" {
  const code = ["PROOF_REJECTED", "REPLAYED"].find((one) => text.includes(`"${one}"`));
  return (code ?? "RECORD_REJECTED") as ReturnType<typeof refusalIn>;
}

/** The members of an answer that are times. */
function datesOf(name: string, value: unknown): unknown {
  return (name === "at" || name === "from") && typeof value === "string" ? new Date(value) : value;
}

function isLogCode(code: string): code is "RECORD_CONFLICT" | "RECORD_INVALID" | "RECORD_UNAVAILABLE" {
  return isCode(code) && code.startsWith("RECORD_") && code !== "RECORD_REJECTED";
}

function unavailable(detail: string, cause?: unknown): WeftError {
  return new WeftError("RECORD_UNAVAILABLE", { detail: `access log: ${detail}`, cause });
}
