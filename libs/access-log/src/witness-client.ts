import { createHash } from "node:crypto";
import { type buildConnector, Pool } from "undici";
import { WeftError } from "#libs/terms";
import { findCosignature, type WitnessVerifier } from "./cosignature.js";
import { type NoteSignature, parseNote } from "./note.js";
import { type AddCheckpoint, printAddCheckpoint } from "./witness.js";

/** One witness as the log's publisher asks it. `WitnessClient` is one. */
export interface WitnessDoor {
  readonly name: string;
  /** Throws where it does not answer, or answers with what is no cosignature of its own. */
  addCheckpoint(request: AddCheckpoint): Promise<WitnessAnswer>;
  /** The checkpoint of this log that it cosigned last, as it was signed. Undefined where it has cosigned none. */
  latest(origin: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export type WitnessAnswer =
  | { readonly status: "cosigned"; readonly signature: NoteSignature }
  /** It has cosigned a tree of this size last. */
  | { readonly status: "conflict"; readonly size: number }
  /** It does not see that the tree continues what it cosigned, or does not know this log or its key. */
  | { readonly status: "refused"; readonly code: number };

export interface WitnessClientOptions {
  readonly url: string;
  readonly witness: WitnessVerifier;
  /** Milliseconds; 2000 unless told. */
  readonly timeout?: number;
  /** For a witness on another machine: opens connections to whom to believe, as who we are. */
  readonly tls?: { connector(timeout: number): buildConnector.connector };
}

const TIMEOUT = 2_000;
const MAX_ANSWER = 64 * 1024;

export class WitnessClient implements WitnessDoor {
  readonly name: string;
  readonly #witness: WitnessVerifier;
  readonly #pool: Pool;
  readonly #base: string;
  readonly #timeout: number;

  constructor({ url, witness, timeout = TIMEOUT, tls }: WitnessClientOptions) {
    const { origin, pathname } = new URL(url);
    this.name = witness.name;
    this.#witness = witness;
    this.#pool = new Pool(origin, { connections: 1, pipelining: 1, connect: tls?.connector(timeout) ?? { timeout } });
    this.#base = pathname.replace(/\/$/, "");
    this.#timeout = timeout;
  }

  async addCheckpoint(request: AddCheckpoint): Promise<WitnessAnswer> {
    const { status, text } = await this.#ask("POST", "/add-checkpoint", printAddCheckpoint(request));
    if (status === 409) return { status: "conflict", size: readSize(text) };
    if (status !== 200) return { status: "refused", code: status };
    return { status: "cosigned", signature: this.#ownSignature(request.note, text) };
  }

  async latest(origin: string): Promise<string | undefined> {
    const { status, text } = await this.#ask("GET", latestPath(origin));
    if (status === 404) return undefined;
    if (status !== 200) throw unavailable(this.name, `an answer of status ${status}`);
    return text;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** The answer's lines are put behind the checkpoint and read as one note; what is not this witness's is passed over. */
  #ownSignature(note: string, lines: string): NoteSignature {
    const { text, signatures } = parseNote(note + lines);
    const own = signatures.find((signature) => findCosignature(text, signature, this.#witness) !== undefined);
    if (!own) throw unavailable(this.name, "an answer without its cosignature");
    return own;
  }

  async #ask(method: "GET" | "POST", path: string, sent?: string): Promise<{ status: number; text: string }> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method,
        path: this.#base + path,
        ...(sent !== undefined && { body: sent, headers: { "content-type": "text/plain; charset=utf-8" } }),
        signal: AbortSignal.timeout(this.#timeout),
      });
      return { status: statusCode, text: await readText(this.name, body) };
    } catch (error) {
      throw error instanceof WeftError ? error : unavailable(this.name, "no answer", error);
    }
  }
}

/** Where a witness shows what it cosigned last: the origin as hex of its SHA-256, since an origin has slashes. */
export function latestPath(origin: string): string {
  return `/latest/${createHash("sha256").update(origin).digest("hex")}`;
}

function readSize(text: string): number {
  const size = /^(0|[1-9]\d{0,15})\n$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : 0;
}

/** Bounded: a witness that is not ours must not fill our memory. */
async function readText(name: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER) throw unavailable(name, "an answer that is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unavailable(name: string, detail: string, cause?: unknown): WeftError {
  return new WeftError("RECORD_UNAVAILABLE", { detail: `witness ${name}: ${detail}`, cause });
}
