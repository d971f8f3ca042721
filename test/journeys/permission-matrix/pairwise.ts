/** Rows in which any two values of any two factors meet at least once: far fewer than all rows, and most mistakes need but two. */
export interface Factors {
  /** Name -> how many values it has. */
  readonly [name: string]: number;
}

export type Row<F extends Factors> = { readonly [name in keyof F]: number };

/**
 * Greedy and deterministic: start from a pair that has not met, then give each further factor the value that lets most new pairs meet.
 * `isPossible` is asked about rows that are not full yet, and says no only where no full row could follow.
 */
export function pairwise<F extends Factors>(
  factors: F,
  isPossible: (row: Partial<Row<F>>) => boolean = () => true,
): Row<F>[] {
  const names = Object.keys(factors) as (keyof F & string)[];
  const missing = new Map<string, Partial<Row<F>>>();
  for (const pair of allPairs(factors, names)) if (isPossible(pair)) missing.set(keyOf(pair, names), pair);
  const rows: Row<F>[] = [];
  for (const start of missing.values()) {
    let row = start;
    for (const name of names) if (row[name] === undefined) row = extend(row, name, factors, names, missing, isPossible);
    for (const pair of pairsIn(row, names)) missing.delete(keyOf(pair, names));
    rows.push(row as Row<F>);
  }
  return rows;
}

function extend<F extends Factors>(
  row: Partial<Row<F>>,
  name: keyof F & string,
  factors: F,
  names: readonly (keyof F & string)[],
  missing: ReadonlyMap<string, unknown>,
  isPossible: (row: Partial<Row<F>>) => boolean,
): Partial<Row<F>> {
  let best: { row: Partial<Row<F>>; gain: number } | undefined;
  // Where nothing new can meet, the values take turns.
  const turn = missing.size;
  for (let i = 0; i < factors[name]!; i++) {
    const longer = { ...row, [name]: (i + turn) % factors[name]! } as Partial<Row<F>>;
    if (!isPossible(longer)) continue;
    const gain = pairsIn(longer, names).filter(
      (pair) => pair[name] !== undefined && missing.has(keyOf(pair, names)),
    ).length;
    if (best === undefined || gain > best.gain) best = { row: longer, gain };
  }
  if (best === undefined) throw new Error(`no value of ${name} is possible`);
  return best.row;
}

function allPairs<F extends Factors>(factors: F, names: readonly (keyof F & string)[]): Partial<Row<F>>[] {
  return names.flatMap((a, i) =>
    names.slice(i + 1).flatMap((b) =>
      Array.from({ length: factors[a]! * factors[b]! }, (_, n) => {
        const pair = { [a]: Math.floor(n / factors[b]!), [b]: n % factors[b]! };
        return pair as Partial<Row<F>>;
      }),
    ),
  );
}

function pairsIn<F extends Factors>(row: Partial<Row<F>>, names: readonly (keyof F & string)[]): Partial<Row<F>>[] {
  const set = names.filter((name) => row[name] !== undefined);
  return set.flatMap((a, i) =>
    set.slice(i + 1).map((b) => ({ [a]: row[a], [b]: row[b] }) as unknown as Partial<Row<F>>),
  );
}

function keyOf<F extends Factors>(pair: Partial<Row<F>>, names: readonly (keyof F & string)[]): string {
  return names
    .filter((name) => pair[name] !== undefined)
    .map((name) => `${name}=${pair[name]}`)
    .join(" ");
}
