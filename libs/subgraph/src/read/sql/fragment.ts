import { type RawBuilder, sql } from "kysely";
import type { Joined } from "../config.js";
import type { Cell } from "../need.js";

/**
 * Pieces of a constant statement. Names from adapter.yaml are quoted exactly as written; a parameter stands where a value will
 * be, as a function from the request to the value, so that a statement's text exists before any request does.
 */
export type Fragment = RawBuilder<unknown>;
/** What a parameter of a statement is filled from. */
export type Fill<Request, Value = unknown> = (request: Request) => Value;

export function parameter<Request>(fill: Fill<Request>): Fragment {
  // Wrapped: a bare function would be taken for a builder of expressions.
  return sql.val({ fill } satisfies Parameter<Request>);
}

export interface Parameter<Request> {
  readonly fill: Fill<Request>;
}

export function table(name: string): Fragment {
  return sql.table(name);
}

export function column(name: string, of?: string): Fragment {
  return of === undefined ? sql.id(name) : sql`${sql.id(of)}.${sql.id(name)}`;
}

export function list(fragments: readonly Fragment[]): Fragment {
  return sql.join(fragments, sql`, `);
}

export function all(fragments: readonly Fragment[]): Fragment {
  return fragments.length === 0
    ? sql`true`
    : sql.join(
        fragments.map((each) => sql`(${each})`),
        sql` and `,
      );
}

export function any(fragments: readonly Fragment[]): Fragment {
  return sql`(${sql.join(fragments, sql` or `)})`;
}

/** `{ COLUMN_HERE: PERSON_TABLE.COLUMN }` taken apart. */
export function joinsOf(on: Joined | undefined): readonly { readonly here: string; readonly person: string }[] {
  return Object.entries(on ?? {}).map(([here, there]) => ({ here, person: there.slice(there.lastIndexOf(".") + 1) }));
}

export function cellName(cell: Pick<Cell, "position">): string {
  return `c${cell.position}`;
}

/** The cell's text where the person's mask shows it, else null. `mask`: the fragment of the mask text. */
export function shown(position: number, mask: Fragment, fragment: Fragment): Fragment {
  return sql`case when ${visible(position, mask)} then ${fragment} end`;
}

export function visible(position: number, mask: Fragment): Fragment {
  return sql`substr(${mask}, ${sql.lit(position + 1)}, 1) = '1'`;
}
