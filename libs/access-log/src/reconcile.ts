import { digestOfSet, findSubset, MAX_CANDIDATES, type SetDigest, subtractSets } from "./set-digest.js";

/** A record's entry in the tree, by its index. */
export interface PlacedEntry {
  readonly index: number;
  /** 32 bytes, see `entryOf`. */
  readonly entry: Uint8Array;
}

/** What an adapter said, signed, of one UTC day: how many records it took, and the digest of their set. */
export interface StatedDay extends Pick<PlacedEntry, "index"> {
  readonly count: number;
  readonly sum: SetDigest;
}

/** One provider's day on both sides. A record belongs to the day of its `iat`. */
export interface ProviderDay {
  readonly stated: readonly StatedDay[];
  /** Intents that the log shows a section of for this provider, and whose outcome says that persons were looked up there. */
  readonly answered: readonly PlacedEntry[];
  /** Those without such an outcome: it may have taken them or not. */
  readonly open: readonly PlacedEntry[];
  /** All other intents of the day: the log shows no section for this provider. */
  readonly others: readonly PlacedEntry[];
}

export type Reconciliation =
  | { readonly status: "agrees"; readonly taken: number }
  /** Records were written for it, and it has said nothing. */
  | { readonly status: "unstated" }
  /** It has said two different things of one day. */
  | { readonly status: "contradicts"; readonly indices: readonly number[] }
  | {
      readonly status: "differs";
      /** It took these, and the log shows no section for it. */
      readonly notShown: readonly number[];
      /** The log says that these were answered, and it never took them. */
      readonly notTaken: readonly number[];
    }
  /** It differs in more than can be told apart. */
  | { readonly status: "unexplained"; readonly stated: number; readonly recorded: number };

/** Pure. What an adapter took must be what the log shows: all that was answered there, and of the rest what the digest says. */
export function reconcile({ stated, answered, open, others }: ProviderDay): Reconciliation {
  const [first, ...again] = stated;
  if (!first) return { status: "unstated" };
  if (again.some(({ count, sum }) => count !== first.count || !sum.equals(first.sum)))
    return { status: "contradicts", indices: stated.map(({ index }) => index) };
  const beyond = subtractSets(first.sum, digestOfSet(answered.map(({ entry }) => entry)));
  for (const suspects of suspectsOf(answered, open, others)) {
    const positive = [...open, ...suspects.others];
    const found = findSubset(beyond, positive.map(entryOf), suspects.answered.map(entryOf));
    const difference = found && differenceOf(found, open, suspects);
    if (difference && answered.length + difference.surplus === first.count) return conclude(difference, first.count);
  }
  return { status: "unexplained", stated: first.count, recorded: answered.length + open.length };
}

interface Suspects {
  readonly answered: readonly PlacedEntry[];
  readonly others: readonly PlacedEntry[];
}

/** Nobody first: most days agree. Then as many at a time as can be told apart. */
function* suspectsOf(
  answered: readonly PlacedEntry[],
  open: readonly PlacedEntry[],
  others: readonly PlacedEntry[],
): Generator<Suspects> {
  yield { answered: [], others: [] };
  const room = MAX_CANDIDATES - open.length;
  if (room <= 0) return;
  if (answered.length + others.length <= room) {
    yield { answered, others };
    return;
  }
  for (let at = 0; at < others.length; at += room) yield { answered: [], others: others.slice(at, at + room) };
  for (let at = 0; at < answered.length; at += room) yield { answered: answered.slice(at, at + room), others: [] };
}

interface Difference {
  readonly notShown: readonly number[];
  readonly notTaken: readonly number[];
  /** Taken beyond the answered ones. */
  readonly surplus: number;
}

function differenceOf(found: readonly number[], open: readonly PlacedEntry[], suspects: Suspects): Difference {
  const all = [...open, ...suspects.others, ...suspects.answered];
  const ends = open.length + suspects.others.length;
  const notShown = found.filter((at) => at >= open.length && at < ends);
  const notTaken = found.filter((at) => at >= ends);
  const indicesOf = (places: readonly number[]) => places.map((at) => all[at]!.index);
  return {
    notShown: indicesOf(notShown),
    notTaken: indicesOf(notTaken),
    surplus: found.length - 2 * notTaken.length,
  };
}

function conclude({ notShown, notTaken }: Difference, taken: number): Reconciliation {
  return notShown.length + notTaken.length === 0
    ? { status: "agrees", taken }
    : { status: "differs", notShown, notTaken };
}

const entryOf = ({ entry }: PlacedEntry) => entry;
