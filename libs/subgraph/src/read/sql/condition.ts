import { sql } from "kysely";
import type { Where } from "../config.js";
import type { IdentifierColumn } from "../identifier.js";
import { columnTests, type ColumnTest } from "../where.js";
import type { Dialect } from "./dialect.js";
import { all, column, type Fragment, list } from "./fragment.js";

type Binds = Readonly<Record<string, Fragment>>;

/** The ministry's own condition on rows of `from`. `binds`: what stands for `:name`; other colons are left as they are. */
export function condition(dialect: Dialect, from: string, where: Where | undefined, binds: Binds = {}): Fragment {
  if (where === undefined) return sql`true`;
  if (typeof where === "string") return bound(where, binds);
  return all(columnTests(where).map((test) => testOf(dialect, from, test, binds)));
}

function bound(text: string, binds: Binds): Fragment {
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
function testOf(dialect: Dialect, from: string, test: ColumnTest, binds: Binds): Fragment {
  const at = { table: from, name: test.column };
  const operand = (text: string) => (text.startsWith(":") && binds[text.slice(1)]) || dialect.literal(at, text);
  const name = column(test.column);
  const [first = ""] = test.operands;
  if (test.op === "null") return sql`${name} is null`;
  if (test.op === "notNull") return sql`${name} is not null`;
  if (test.op === "not") return dialect.differs(name, operand(first));
  if (test.op === "in") return sql`${name} in (${list(test.operands.map(operand))})`;
  return sql`${name} ${sql.raw(operators[test.op])} ${operand(first)}`;
}

/** Are keys compared with the bare column, so that its index serves, or with what `normalise` makes of it? */
export function isBare({ config }: IdentifierColumn): boolean {
  return config.stored !== undefined || config.pad !== undefined || config.normalise.length === 0;
}

/** The column as keys are compared with it. */
export function comparable(dialect: Dialect, identifier: IdentifierColumn): Fragment {
  const { config } = identifier;
  if (isBare(identifier)) return column(config.column);
  return config.normalise.reduce((text, step) => dialect.step(step, text), column(config.column));
}
