import { WeftError } from "#libs/terms";
import { originOf } from "./checkpoint.js";
import { type NoteSignature, parseNote, printNote } from "./note.js";
import type { SignedCheckpoint } from "./sequencer.js";
import type { Hash } from "./tree.js";
import type { WitnessAnswer, WitnessDoor } from "./witness-client.js";

/**
 * The last of sequenced, integrated, published: each new checkpoint is taken to the witnesses, and shown to everybody once a quorum has
 * cosigned it. Rounds follow each other, all witnesses of one round are asked about the same tree: of different ones no quorum would come.
 */
export interface Publisher {
  /** Cosigned by a quorum. Before the first quorum of this process, and where no witness is pinned, the newest as the log signed it. */
  readonly published: () => SignedCheckpoint;
  /** Seconds since a quorum last cosigned what is published; undefined before. */
  readonly age: () => number | undefined;
  /** Why this log may not go on: a witness holds a checkpoint that we signed and that our tree does not continue. */
  readonly problem: () => WeftError | undefined;
  /** One round, where there is something to publish; the one that is under way, where there is one. Never throws. */
  readonly publish: () => Promise<void>;
}

export interface PublisherOptions {
  readonly newest: () => SignedCheckpoint;
  readonly consistency: (from: number, to: number) => Promise<readonly Hash[]>;
  /** Throws where our tree does not continue this note, in case that we signed it. */
  readonly assertHolds: (note: string) => Promise<void>;
  readonly quorum: number;
  readonly doors: readonly WitnessDoor[];
  readonly onAnswer?: (witness: string, outcome: string) => void;
  readonly onProblem?: (error: WeftError) => void;
}

/** A door, and what it holds as far as we know. */
interface KnownDoor {
  readonly door: WitnessDoor;
  size: number;
  busy: boolean;
}

interface Round {
  readonly number: number;
  readonly checkpoint: SignedCheckpoint;
  readonly signatures: Map<string, NoteSignature>;
}

/** Milliseconds after which the same tree is taken to the witnesses again: their time goes on although nothing was appended. */
const REFRESH = 60_000;
/** Milliseconds after a round that reached no quorum. */
const PAUSE = 1_000;

export function createPublisher(options: PublisherOptions): Publisher {
  const doors: KnownDoor[] = options.doors.map((door) => ({ door, size: 0, busy: false }));
  let published: { readonly round: Round; readonly checkpoint: SignedCheckpoint; readonly at: number } | undefined;
  let problem: WeftError | undefined;
  let running: Promise<void> | undefined;
  let notBefore = 0;
  let rounds = 0;

  const show = (round: Round): void => {
    const { checkpoint, signatures } = round;
    if (signatures.size < options.quorum || round.number < (published?.round.number ?? 0)) return;
    const { text, signatures: own } = parseNote(checkpoint.note);
    const note = printNote({ text, signatures: [...own, ...signatures.values()] });
    const at = published?.round === round ? published.at : performance.now();
    published = { round, checkpoint: { ...checkpoint, note }, at };
  };
  const ask = async (known: KnownDoor, round: Round): Promise<void> => {
    known.busy = true;
    try {
      const signature = await cosignedBy(known, round.checkpoint, options);
      if (!signature) return;
      round.signatures.set(known.door.name, signature);
      show(round);
    } catch (error) {
      if (problem === undefined && error instanceof WeftError && error.code === "CONFIG_INVALID") {
        problem = error;
        options.onProblem?.(error);
      }
      options.onAnswer?.(known.door.name, "failed");
    } finally {
      known.busy = false;
    }
  };
  const isDue = (newest: SignedCheckpoint): boolean =>
    published === undefined || newest.size > published.checkpoint.size || performance.now() - published.at > REFRESH;

  const askAll = async (checkpoint: SignedCheckpoint): Promise<void> => {
    const round: Round = { number: (rounds += 1), checkpoint, signatures: new Map() };
    const asked = doors.filter(({ busy }) => !busy).map((known) => ask(known, round));
    await quorumOrEnd(asked, () => round.signatures.size >= options.quorum);
    if (round.signatures.size < options.quorum) notBefore = performance.now() + PAUSE;
  };

  return {
    published: () => published?.checkpoint ?? options.newest(),
    age: () => published && (performance.now() - published.at) / 1000,
    problem: () => problem,
    async publish() {
      const checkpoint = options.newest();
      const rests = options.quorum === 0 || performance.now() < notBefore || !isDue(checkpoint);
      if (running === undefined && rests) return;
      running ??= askAll(checkpoint).finally(() => (running = undefined));
      await running;
    },
  };
}

/** Whoever is slow does not hold up the others: what it says later is added to the same checkpoint. */
function quorumOrEnd(asked: readonly Promise<void>[], reached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    for (const one of asked)
      void one.then(() => {
        if (reached()) resolve();
      });
    void Promise.all(asked).then(() => resolve());
  });
}

/** Twice at most: the first answer of a witness that we do not know yet says what it holds. */
async function cosignedBy(
  known: KnownDoor,
  { size, note }: SignedCheckpoint,
  { consistency, assertHolds, onAnswer }: PublisherOptions,
): Promise<NoteSignature | undefined> {
  for (let attempt = 0; attempt < 2 && known.size <= size; attempt += 1) {
    const proof = await consistency(known.size, size);
    const answer: WitnessAnswer = await known.door.addCheckpoint({ oldSize: known.size, proof, note });
    onAnswer?.(known.door.name, answer.status);
    if (answer.status === "cosigned") {
      known.size = size;
      return answer.signature;
    }
    const held = await known.door.latest(originOf(note));
    if (held !== undefined) await assertHolds(held);
    if (answer.status === "refused") break;
    known.size = answer.size;
  }
  // Another writer of this log was ahead of us, or the witness lost what it held: ask anew next time.
  known.size = 0;
  return undefined;
}

/**
 * Asked before the log takes its first record: what a quorum of witnesses has cosigned. A log that was restored together with its state
 * folder knows of nothing that it lost; they do. Rejects where fewer than a quorum answer.
 */
export async function heldByWitnesses(
  doors: readonly WitnessDoor[],
  origin: string,
  quorum: number,
): Promise<readonly string[]> {
  const answers = await Promise.allSettled(doors.map((door) => door.latest(origin)));
  const answered = answers.filter((answer) => answer.status === "fulfilled");
  if (answered.length < quorum)
    throw new WeftError("RECORD_UNAVAILABLE", {
      detail: `${answered.length} of ${quorum} witnesses said what they hold`,
    });
  return answered.flatMap(({ value }) => value ?? []);
}
