import type { Code, Coordinate } from "#libs/terms";

/** One thing that was not answered: never one for each row. */
export interface CollapsedError {
  readonly coordinate: Coordinate;
  readonly code: Code;
  /** Response names; ends at the first list on the way, where there is one. */
  readonly path: readonly string[];
  /** The subgraph that it is about. */
  readonly subgraph: string | undefined;
  /** In a list: inclusive index ranges. None: the place itself, or each row there is. */
  readonly rows?: readonly (readonly [number, number])[];
  /** Seconds. */
  readonly retryAfter?: number;
}

export interface Failure {
  readonly coordinate: Coordinate;
  readonly code: Code;
  readonly path: readonly string[];
  /** Index in the list that the path ends at; -1 where there is none. */
  readonly row: number;
  readonly subgraph: string | undefined;
  readonly retryAfter?: number | undefined;
}

interface Collected extends Failure {
  readonly rows: Set<number>;
}

/** Collects failures as they are met and collapses them into one for each coordinate, code and place. */
export class Failures {
  readonly #found = new Map<string, Collected>();
  readonly #coordinates = new Set<Coordinate>();

  get size(): number {
    return this.#found.size;
  }

  has(coordinate: Coordinate): boolean {
    return this.#coordinates.has(coordinate);
  }

  add(failure: Failure): void {
    const key = `${failure.coordinate} ${failure.code} ${failure.path.join(".")}`;
    let known = this.#found.get(key);
    if (!known) this.#found.set(key, (known = { ...failure, rows: new Set() }));
    if (failure.row >= 0) known.rows.add(failure.row);
    this.#coordinates.add(failure.coordinate);
  }

  /** By place: which ministry failed first is nobody's business, and answers that say the same are the same bytes. */
  collapsed(): readonly CollapsedError[] {
    const inOrder = [...this.#found.values()].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    return inOrder.map(({ coordinate, code, path, subgraph, rows, retryAfter }) => ({
      coordinate,
      code,
      path,
      subgraph,
      ...(rows.size > 0 ? { rows: rangesOf(rows) } : {}),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    }));
  }
}

function placeOf({ path, coordinate, code }: Failure): string {
  return [...path, "", coordinate, code].join("\u0000");
}

/** {7, 0, 2, 1} -> [[0, 2], [7, 7]] */
export function rangesOf(rows: ReadonlySet<number>): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else ranges.push([row, row]);
  }
  return ranges;
}
