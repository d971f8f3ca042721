import type { Condition, Where } from "./config.js";

type StructuredWhere = Exclude<Where, string>;

export function isStructured(where: Where | undefined): where is StructuredWhere {
  return typeof where === "object";
}

/** One test of one column, with its operand as text. `op` is of a closed set; `null` has no operand. */
export interface ColumnTest {
  readonly column: string;
  readonly op: "eq" | "not" | "in" | "gte" | "gt" | "lte" | "lt" | "null" | "notNull";
  readonly operands: readonly string[];
}

export function columnTests(where: StructuredWhere): readonly ColumnTest[] {
  return Object.entries(where).map(([column, test]) =>
    typeof test === "object" ? columnTest(column, test) : { column, op: "eq", operands: [String(test)] },
  );
}

function columnTest(column: string, condition: Condition): ColumnTest {
  if (condition.null !== undefined) return { column, op: condition.null ? "null" : "notNull", operands: [] };
  if (condition.in !== undefined) return { column, op: "in", operands: condition.in.map(String) };
  const [op, operand] = Object.entries(condition).find(([, value]) => value !== undefined) ?? ["eq", ""];
  return { column, op: op as ColumnTest["op"], operands: [String(operand)] };
}

/**
 * The same tests on a row in memory. As in SQL an empty cell fulfils none but `null`, with one exception: `not` holds for it,
 * since "not void" is meant to keep rows that nobody marked. Operands that are names of `binds` stand for their values.
 */
export function holds(
  tests: readonly ColumnTest[],
  read: (column: string) => string | null,
  binds: Readonly<Record<string, string>> = {},
): boolean {
  return tests.every((test) => {
    const value = read(test.column);
    const operands = test.operands.map((operand) =>
      operand.startsWith(":") ? (binds[operand.slice(1)] ?? operand) : operand,
    );
    return holdsOne(test.op, value, operands);
  });
}

function holdsOne(op: ColumnTest["op"], value: string | null, operands: readonly string[]): boolean {
  const [operand = ""] = operands;
  if (op === "null") return value === null || value === "";
  if (op === "notNull") return value !== null && value !== "";
  if (op === "not") return value !== operand;
  if (value === null) return false;
  if (op === "eq" || op === "in") return operands.includes(value);
  const order = compareTexts(value, operand);
  if (op === "gte") return order >= 0;
  if (op === "gt") return order > 0;
  return op === "lte" ? order <= 0 : order < 0;
}

/** By number where both are numbers, else by code unit: ISO days and padded codes sort as meant. */
export function compareTexts(a: string, b: string): number {
  const numeric = /^-?\d{1,15}(\.\d+)?$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}
