import { sha256 } from "#libs/terms";
import { type WorkKind, workKinds } from "./worklist-kinds.js";

/** Something that waits for a person. */
export interface Waiting {
  readonly kind: WorkKind;
  /** Names it among all that waits. */
  readonly key: string;
  /** When an answer is due. */
  readonly due?: Date;
  /** The greater, the sooner: as a rule ranked it. */
  readonly weight?: number;
}

export interface Budget {
  /** How many a day asks for. */
  readonly size: number;
  /** `2026-11-28`, and whose day it is: from them, and nothing else, follows who comes first among equals. */
  readonly day: string;
  readonly organisation: string;
  /** What was done today, by key. */
  readonly done: ReadonlySet<string>;
}

/** Milliseconds: what is due within a day does not wait for its turn. */
const PRESSING = 86_400_000;

/**
 * What to look at today. What is overdue or due within a day comes first, by its time, and is never left out; then each kind takes turns, so
 * that a flood of one hides none of the others; among equals a lot decides, drawn anew each day. Whoever chooses again from the same chooses
 * the same.
 */
export function chooseWork<T extends Waiting>(waiting: readonly T[], budget: Budget, now: Date): readonly T[] {
  const { size, done } = budget;
  const open = waiting.filter(({ key }) => !done.has(key)).toSorted(byUrgency(budget));
  const isPressing = ({ due }: T): boolean => due !== undefined && due.getTime() < now.getTime() + PRESSING;
  const pressing = open.filter(isPressing);
  const queues = workKinds.map((kind) => open.filter((it) => it.kind === kind && !isPressing(it)));
  const room = Math.max(0, size - done.size - pressing.length);
  return [...pressing, ...takeTurns(queues, room)];
}

function byUrgency({ day, organisation }: Budget): (a: Waiting, b: Waiting) => number {
  const lot = ({ key }: Waiting) => sha256(`${day} ${organisation} ${key}`).toString("hex");
  const dueOf = ({ due }: Waiting) => due?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return (a, b) => dueOf(a) - dueOf(b) || (b.weight ?? 0) - (a.weight ?? 0) || (lot(a) < lot(b) ? -1 : 1);
}

function takeTurns<T>(queues: readonly (readonly T[])[], room: number): T[] {
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  const rounds = Array.from({ length: longest }, (_, round) =>
    queues.flatMap((queue) => queue.slice(round, round + 1)),
  );
  return rounds.flat().slice(0, room);
}
