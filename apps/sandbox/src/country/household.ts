import type { Prf } from "./prf.js";

/**
 * People live in households of one to nine. Numbers are cut into blocks of twelve and each block into households by its own draws, so
 * that a person's household never depends on how many people the country has.
 */
export interface Household {
  /** Number of its first member, who stands for it in every household-wide draw. */
  readonly head: number;
  readonly size: number;
}

const BLOCK = 12;
const sizes: readonly [number, ...number[]] = [1, 2, 3, 4, 5, 6, 7, 9];
const sizeWeights = [7, 13, 17, 20, 18, 12, 8, 5];

export function householdOf(prf: Prf, n: number): Household {
  const end = (Math.floor(n / BLOCK) + 1) * BLOCK;
  let head = end - BLOCK;
  for (;;) {
    const size = Math.min(prf.weighted(head, "household.size", sizes, sizeWeights), end - head);
    if (n < head + size) return { head, size };
    head += size;
  }
}
