import { type RawBuilder, sql } from "kysely";
import type { Joined, Where } from "../config.js";
import type { IdentifierColumn } from "../identifier.js";
import type { Cell } from "../need.js";
import { columnTests, type ColumnTest } from "../where.js";

/**
 * Pieces of a constant statement. Names from adapter.yaml are quoted exactly as written; a parameter stands where a value will
 * be, as a function from the request to the value, so that a statement's text exists before any request does.
 */
export type Fragment = RawBuilder<unknown>;
/** What a parameter of a statement is filled from. */
export type Fill<Request> = (request: Request) => unknown;

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

/** Every value leaves PostgreSQL as text, in one spelling whatever the column's type. */
export function asText(fragment: Fragment): Fragment {
  return sql`(${fragment})::text`;
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

/** The ministry's own condition. `binds`: what stands for `:name`; other colons are left as they are. */
export function condition(where: Where | undefined, binds: Readonly<Record<string, Fragment>> = {}): Fragment {
  if (where === undefined) return sql`true`;
  if (typeof where === "string") return bound(where, binds);
  return all(columnTests(where).map((test) => testOf(test, binds)));
}

function bound(text: string, binds: Readonly<Record<string, Fragment>>): Fragment {
  const pieces = text.split(/(?<!:):([A-Za-z_]\w*)/);
  return sql.join(
    pieces.map((piece, i) => (i % 2 === 0 ? sql.raw(piece) : (binds[piece] ?? sql.raw(`:${piece}`)))),
    sql``,
  );
}

const operators: Record<Exclude<ColumnTest["op"], "in" | "null" | "notNull" | "not">, string> = {
  eq: "=",
  gte: ">=",
  gt: ">",
  lte: "<=",
  lt: "<",
};

/** Operands are literals of the contract, not of a request: they are quoted into the text. */
function testOf(test: ColumnTest, binds: Readonly<Record<string, Fragment>>): Fragment {
  const operand = (text: string) => (text.startsWith(":") && binds[text.slice(1)]) || sql.lit(text);
  const name = column(test.column);
  const [first = ""] = test.operands;
  if (test.op === "null") return sql`${name} is null`;
  if (test.op === "notNull") return sql`${name} is not null`;
  if (test.op === "not") return sql`${name} is distinct from ${operand(first)}`;
  if (test.op === "in") return sql`${name} in (${list(test.operands.map(operand))})`;
  return sql`${name} ${sql.raw(operators[test.op])} ${operand(first)}`;
}

/** The column as keys are compared with it: bare, so that its index serves, or after its `normalise` steps. */
export function comparable(identifier: IdentifierColumn): Fragment {
  const { config } = identifier;
  if (config.stored !== undefined || config.pad !== undefined) return column(config.column);
  return config.normalise.reduce((fragment, step) => steps[step](fragment), column(config.column));
}

const steps: Record<IdentifierColumn["config"]["normalise"][number], (fragment: Fragment) => Fragment> = {
  trim: (text) => sql`btrim((${text})::text)`,
  digits: (text) => sql`regexp_replace((${text})::text, '\\D', '', 'g')`,
  upper: (text) => sql`upper((${text})::text)`,
  lower: (text) => sql`lower((${text})::text)`,
  alphanumeric: (text) => sql`regexp_replace((${text})::text, '[^0-9A-Za-z]', '', 'g')`,
};

/** `{ COLUMN_HERE: PERSON_TABLE.COLUMN }` taken apart. */
export function joinOf(on: Joined | undefined): { readonly here: string; readonly person: string } {
  const [here = "", there = ""] = Object.entries(on ?? {})[0] ?? [];
  return { here, person: there.slice(there.lastIndexOf(".") + 1) };
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
