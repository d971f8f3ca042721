/** What is usual among peers, told robustly: a few who do much do not move it. */
export interface Usual {
  readonly median: number;
  /** Like a standard deviation; never so small that one more than usual would be remarkable. */
  readonly spread: number;
  /** How many values it rests on. */
  readonly of: number;
}

export function usualOf(values: readonly number[]): Usual {
  const median = medianOf(values);
  const deviation = medianOf(values.map((value) => Math.abs(value - median)));
  return { median, spread: Math.max(1.4826 * deviation, Math.sqrt(median), 1), of: values.length };
}

function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many standard deviations `found` of `asked` lies above what a share of `rate` would give. */
export function excess(found: number, asked: number, rate: number): number {
  return (found - asked * rate) / Math.sqrt(asked * rate * (1 - rate) + 1);
}

/** 0 to 100, whole. */
export function scored(score: number): number {
  return Math.max(0, Math.min(100, Math.round(score)));
}
