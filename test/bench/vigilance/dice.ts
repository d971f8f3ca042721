import { createPrf } from "../../../apps/sandbox/src/country/prf.ts";

/** Chance that is the same each time: the n-th throw of a named die. */
export interface Dice {
  unit(): number;
  /** From `from`, below `below`. */
  whole(from: number, below: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Around 1; a few are far above. */
  skewed(): number;
}

export function diceOf(seed: string): Dice {
  const prf = createPrf(seed);
  let throws = 0;
  const unit = () => prf.unit(throws++, "throw");
  const whole = (from: number, below: number) => from + Math.floor(unit() * (below - from));
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    pick: (items) => items[whole(0, items.length)]!,
    skewed: () => Math.exp(0.5 * (unit() + unit() + unit() + unit() - 2) * 1.7),
  };
}
