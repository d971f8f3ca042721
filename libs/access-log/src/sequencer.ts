import { type B64u, WeftError } from "#libs/terms";
import { type Checkpoint, openCheckpoint, signCheckpoint } from "./checkpoint.js";
import { type Edge, edgeOf, grow, type Growth, rootOf } from "./edge.js";
import type { HighWater } from "./high-water.js";
import { type NoteSigner, noteVerifier } from "./note.js";
import { proofPrinter } from "./proof.js";
import type { AppendResult, Batch, Candidate, LogHead, LogStorage } from "./storage.js";
import { readRanges } from "./tile.js";
import { subtreesOf } from "./tree.js";

/**
 * Sequenced, integrated, published, in this order: candidates get an index, the tree that holds them is committed, and only then
 * a checkpoint over it is signed and handed out with each proof. What waits while one batch is committed is the next batch.
 */
export interface Sequencer {
  /** RECORD_CONFLICT for a known record or request key; RECORD_UNAVAILABLE where nothing certain can be said. */
  readonly append: (candidate: Candidate) => Promise<Sequenced>;
  /** The newest signed checkpoint. */
  readonly checkpoint: () => SignedCheckpoint;
  /** False while the storage does not answer. */
  readonly healthy: boolean;
}

export interface Sequenced {
  readonly index: number;
  /** c2sp.org/tlog-proof@v1. */
  readonly proof: string;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
}

export interface SequencerOptions {
  readonly storage: LogStorage;
  readonly signer: NoteSigner;
  readonly highWater: HighWater;
  /** Size of a database that may be adopted although no highest checkpoint is at hand. */
  readonly adopt?: number;
  readonly maxBatch?: number;
  /** For the operator: what was signed, what failed. */
  readonly onBatch?: (entries: number) => void;
  readonly onFailure?: (error: unknown) => void;
}

interface Waiting {
  readonly candidate: Candidate;
  readonly resolve: (sequenced: Sequenced) => void;
  readonly reject: (error: WeftError) => void;
}

const MAX_BATCH = 1_000;
/** Characters of one batch's records, or little more: a statement has to be done in time. */
const MAX_BATCH_TEXT = 8 * 1024 * 1024;
/** Beyond this, an answer would come too late for those who wait. */
const MAX_WAITING = 20_000;
const MAX_ATTEMPTS = 4;

/** What changes from batch to batch. No `edge`: the storage must tell the head before the next one. */
interface State {
  edge: Edge | undefined;
  newest: SignedCheckpoint;
  healthy: boolean;
}

/** Throws CONFIG_INVALID where the storage is not the tree that this log signed before. */
export async function openSequencer(options: SequencerOptions): Promise<Sequencer> {
  const edge = await loadEdge(options);
  const state: State = { edge, newest: publish(edge, options), healthy: true };
  const waiting: Waiting[] = [];
  let running = false;
  const take = (): Waiting[] => refuseRepeated(takeBatch(waiting, options.maxBatch ?? MAX_BATCH));
  const run = async (): Promise<void> => {
    running = true;
    // One turn of the event loop: records that arrived together share a batch.
    await new Promise(setImmediate);
    let ahead: Sent | undefined;
    while (waiting.length > 0 || ahead) {
      const sent = ahead;
      // While the storage works at one batch, the next one is made and sent after it, and those of the one before are told.
      ahead = waiting.length > 0 && state.edge ? send(take(), state.edge, state, options) : undefined;
      if (sent) waiting.unshift(...(await settle(sent, state, options)));
      else if (!ahead) await commitOrRefuse(take(), state, options);
    }
    running = false;
  };
  return {
    append: (candidate) => {
      if (waiting.length >= MAX_WAITING) return Promise.reject(unavailable("too many records wait"));
      const { promise, resolve, reject } = Promise.withResolvers<Sequenced>();
      waiting.push({ candidate, resolve, reject });
      if (!running) void run();
      return promise;
    },
    checkpoint: () => state.newest,
    get healthy() {
      return state.healthy;
    },
  };
}

/** A batch that the storage was given before the one before it was told: both are written, in this order, or this one is not. */
interface Sent {
  readonly batch: readonly Waiting[];
  readonly start: Edge;
  readonly growth: Growth;
  readonly result: Promise<AppendResult>;
}

/** From the front of those who wait: one at least. */
function takeBatch(waiting: Waiting[], most: number): Waiting[] {
  let [count, text] = [0, 0];
  while (count < Math.min(most, waiting.length) && text < MAX_BATCH_TEXT) {
    const { jwt, disclosures } = waiting[count]!.candidate;
    text += jwt.length + disclosures.reduce((sum, { length }) => sum + length, 0);
    count += 1;
  }
  return waiting.splice(0, count);
}

/** On the tree as it will be once all that was sent is committed. */
function send(batch: readonly Waiting[], start: Edge, state: State, { storage }: SequencerOptions): Sent {
  const candidates = batch.map(({ candidate }) => candidate);
  const growth = grow(
    start,
    candidates.map(({ leaf }) => leaf),
  );
  const result = storage.append(batchOf(start, growth, candidates));
  // It is awaited when its turn comes.
  result.catch(() => undefined);
  state.edge = growth.edge;
  return { batch, start, growth, result };
}

/** Tells those whose batch was committed. Resolves to those who wait again, as the tree is not the one that their batch was built on. */
async function settle(sent: Sent, state: State, options: SequencerOptions): Promise<readonly Waiting[]> {
  const { batch, start, growth } = sent;
  try {
    const result = await sent.result;
    if (result.status === "appended") {
      state.healthy = true;
      answerOrRefuse(batch, start, growth, state, options);
      return [];
    }
    state.edge = undefined;
    return result.status === "known" ? refuseKnown(batch, result.jtis) : batch;
  } catch (error) {
    // What became of the transaction is not known: the head tells, next time.
    state.edge = undefined;
    refuseAll(batch, error, state, options);
    return [];
  }
}

async function commitOrRefuse(batch: readonly Waiting[], state: State, options: SequencerOptions): Promise<void> {
  try {
    await commit(batch, state, options);
  } catch (error) {
    state.edge = undefined;
    refuseAll(batch, error, state, options);
  }
}

function refuseAll(batch: readonly Waiting[], error: unknown, state: State, { onFailure }: SequencerOptions): void {
  state.healthy = false;
  onFailure?.(error);
  for (const { reject } of batch) reject(unavailable("its storage does not answer", error));
}

/** One by itself: commits as many as it can; whoever is known leaves the batch, and the rest is tried again. */
async function commit(batch: readonly Waiting[], state: State, options: SequencerOptions): Promise<void> {
  let rest = batch;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && rest.length > 0; attempt += 1) {
    const start: Edge = (state.edge ??= await loadEdge(options));
    const { result, growth } = send(rest, start, state, options);
    const { status, ...told } = await result;
    if (status === "appended") {
      state.healthy = true;
      answerOrRefuse(rest, start, growth, state, options);
      return;
    }
    state.edge = undefined;
    if ("jtis" in told) rest = refuseKnown(rest, told.jtis);
  }
  if (rest.length > 0) throw unavailable("other writers were always first");
}

/** The batch is durable: sign the tree that holds it, and tell each its index; where it cannot be noted, nobody is told. */
function answerOrRefuse(
  batch: readonly Waiting[],
  start: Edge,
  growth: Growth,
  state: State,
  options: SequencerOptions,
): void {
  try {
    answer(batch, start, growth, state, options);
  } catch (error) {
    refuseAll(batch, error, state, options);
  }
}

function answer(batch: readonly Waiting[], start: Edge, growth: Growth, state: State, options: SequencerOptions): void {
  state.newest = publish(growth.edge, options);
  const { note } = state.newest;
  const print = proofPrinter();
  for (const [i, { resolve }] of batch.entries()) {
    const index = start.size + i;
    resolve({ index, proof: print({ index, hashes: growth.pathOf(index), checkpoint: note }) });
  }
  options.onBatch?.(batch.length);
}

function batchOf(start: Edge, growth: Growth, candidates: readonly Candidate[]): Batch {
  return {
    from: { size: start.size, root: rootOf(start) },
    to: { size: growth.edge.size, root: growth.root },
    entries: candidates.map((candidate, i) => ({ ...candidate, index: start.size + i })),
    tileHashes: growth.tileHashes,
  };
}

/** Two of one batch with one request key or one jti: the first is taken. */
function refuseRepeated(batch: readonly Waiting[]): Waiting[] {
  const seen = new Set<string>();
  return batch.filter(({ candidate: { jti, requestKey }, reject }) => {
    const known = seen.has(jti) || (requestKey !== undefined && seen.has(requestKey));
    if (known) reject(new WeftError("RECORD_CONFLICT"));
    else {
      seen.add(jti);
      if (requestKey !== undefined) seen.add(requestKey);
    }
    return !known;
  });
}

function refuseKnown(batch: readonly Waiting[], jtis: ReadonlySet<B64u>): Waiting[] {
  return batch.filter(({ candidate, reject }) => {
    if (!jtis.has(candidate.jti)) return true;
    reject(new WeftError("RECORD_CONFLICT"));
    return false;
  });
}

/** Signs what is committed, and notes it outside the database before anyone can see it. */
function publish(edge: Edge, { signer, highWater }: SequencerOptions): SignedCheckpoint {
  const checkpoint = { origin: signer.name, size: edge.size, root: rootOf(edge) };
  const note = signCheckpoint(checkpoint, signer);
  highWater.raise(note);
  return { ...checkpoint, note };
}

/** The storage's right edge, once it is shown to continue the highest checkpoint that was signed. */
async function loadEdge({ storage, signer, highWater, adopt }: SequencerOptions): Promise<Edge> {
  const head = await storage.head();
  const signed = highest(highWater.read(), signer);
  if (signed) await assertContinues(head, signed, storage);
  else if (head.size > 0 && head.size !== adopt) {
    throw refusal("the log's database holds a tree, but the highest checkpoint that was signed is not at hand");
  }
  const subtrees = subtreesOf({ from: 0, to: head.size });
  const ranges = subtrees.map(({ level, index }) => ({ from: index * 2 ** level, to: (index + 1) * 2 ** level }));
  const hashes = await readRanges(ranges, storage.hashes);
  const byLevel = new Map(subtrees.map(({ level }, i) => [level, hashes[i]!]));
  const edge = edgeOf(head.size, ({ level }) => byLevel.get(level)!);
  if (!rootOf(edge).equals(head.root)) throw refusal("the log's database does not hold the tree that its head names");
  return edge;
}

/** The larger of the notes that this log signed; a note that was torn while it was written is passed over. */
function highest(notes: readonly string[], signer: NoteSigner): Checkpoint | undefined {
  const own = [noteVerifier(signer.name, signer.key)];
  const checkpoints = notes.flatMap((note) => {
    try {
      return [openCheckpoint(note, own)];
    } catch {
      return [];
    }
  });
  if (checkpoints.length === 0 && notes.length > 0)
    throw refusal("the highest checkpoint is not signed by this log's key");
  return checkpoints.toSorted((a, b) => b.size - a.size)[0];
}

/** The same for a checkpoint that others hold. One that this log did not sign says nothing of it. Throws CONFIG_INVALID. */
export async function assertHolds(note: string, signer: NoteSigner, storage: LogStorage): Promise<void> {
  let signed: Checkpoint;
  try {
    signed = openCheckpoint(note, [noteVerifier(signer.name, signer.key)]);
  } catch {
    return;
  }
  await assertContinues(await storage.head(), signed, storage);
}

async function assertContinues(head: LogHead, signed: Checkpoint, storage: LogStorage): Promise<void> {
  if (head.size < signed.size) {
    throw refusal(
      `the log's database holds ${head.size} entries, but ${signed.size} were signed: it is an older state`,
    );
  }
  const [root] = await readRanges([{ from: 0, to: signed.size }], storage.hashes);
  if (!root?.equals(signed.root)) throw refusal("the log's database holds another past than the one that was signed");
}

function refusal(message: string, cause?: unknown): WeftError {
  return new WeftError("CONFIG_INVALID", { message, detail: message, cause });
}

function unavailable(detail: string, cause?: unknown): WeftError {
  return new WeftError("RECORD_UNAVAILABLE", { detail: `access log: ${detail}`, cause });
}
