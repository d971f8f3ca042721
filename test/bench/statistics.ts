export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Below which so much of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** To so many digits after the point. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** CPU of one call in this process, microseconds: median of the rounds after the first. */
export async function microseconds(call: () => unknown, { rounds, calls }: Rounds): Promise<number> {
  const found: number[] = [];
  for (let i = 0; i <= rounds; i++) {
    const start = process.cpuUsage();
    for (let n = 0; n < calls; n++) await call();
    const { user, system } = process.cpuUsage(start);
    if (i > 0) found.push((user + system) / calls);
  }
  return round(median(found));
}

export interface Rounds {
  readonly rounds: number;
  readonly calls: number;
}
