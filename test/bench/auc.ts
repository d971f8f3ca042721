/**
 * How well one number tells two kinds apart: the chance that a draw of one kind is larger than a draw of the other, ties counted half
 * (Mann–Whitney). 0.5 says nothing; which kind is the larger is no matter, so the result is 0.5 or more.
 */
export interface Auc {
  readonly auc: number;
  /** Of 95 %, after Hanley and McNeil. */
  readonly low: number;
  readonly high: number;
}

export function aucOf(one: readonly number[], other: readonly number[]): Auc {
  const [m, n] = [one.length, other.length];
  const ranks = rankSum(one, other);
  const larger = (ranks - (m * (m + 1)) / 2) / (m * n);
  const auc = Math.max(larger, 1 - larger);
  const [q1, q2] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)];
  const variance = (auc * (1 - auc) + (m - 1) * (q1 - auc * auc) + (n - 1) * (q2 - auc * auc)) / (m * n);
  const reach = 1.96 * Math.sqrt(Math.max(0, variance));
  return { auc, low: Math.max(0, auc - reach), high: Math.min(1, auc + reach) };
}

/** Of `one`'s ranks among both; equal values share their ranks' mean. */
function rankSum(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, mine: true })), ...other.map((value) => ({ value, mine: false }))];
  all.sort((a, b) => a.value - b.value);
  let sum = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.value === all[from]!.value) to++;
    const mean = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (all[i]!.mine) sum += mean;
    from = to;
  }
  return sum;
}
