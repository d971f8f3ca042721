import { WeftError } from "#libs/terms";
import type { AccountReport } from "../../account/report.js";
import type { Mapping } from "../mapping.js";
import type { Cell, Needs } from "../need.js";
import type { Source, Texts, ValueRow } from "../source.js";
import { cellName } from "./fragment.js";
import { personTable } from "./question.js";
import type { compiledStatements, Row, Statement, Statements } from "./statement.js";

/** One connection to one kind of database. Errors are `SOURCE_*`, without a word of the server's own message. */
export interface Database {
  /** The same until the tables change. May have to ask the database what its columns are. */
  statements(signal: AbortSignal): Promise<Prepared>;
  run<Request>(statement: Statement<Request>, request: Request, signal: AbortSignal): Promise<readonly Row[]>;
  /** What the account may do, and which indexes there are. */
  account(signal: AbortSignal): Promise<AccountReport>;
  close(): Promise<void>;
}

export interface Prepared {
  readonly shape: Statements;
  readonly compiled: ReturnType<typeof compiledStatements>;
}

/**
 * Statements of a database that must first say what its columns are. Asked at the first read, and again after an answer that did not
 * fit: the tables may have changed.
 */
export function statementsOnce(
  tables: Iterable<string>,
  columnsOf: (table: string) => Promise<readonly Row[]>,
  statements: (rows: ReadonlyMap<string, readonly Row[]>) => Prepared,
) {
  let prepared: Promise<Prepared> | undefined;
  const prepare = async () => {
    const rows = new Map<string, readonly Row[]>();
    for (const table of tables) rows.set(table, await columnsOf(table));
    return statements(rows);
  };
  return {
    get(signal: AbortSignal): Promise<Prepared> {
      const known = (prepared ??= prepare());
      known.catch(() => (prepared = undefined));
      return within(signal, () => known);
    },
    /** Runs a query under the read's own time. */
    async run(query: () => Promise<readonly Row[]>, signal: AbortSignal): Promise<readonly Row[]> {
      try {
        return await within(signal, query);
      } catch (error) {
        if (error instanceof WeftError && error.code === "SOURCE_INVALID") prepared = undefined;
        throw error;
      }
    },
  };
}

/** A MIS that is asked in SQL: read-only sessions, statements that exist before any key does. */
export function sqlSource(mapping: Mapping, db: Database): Source {
  return {
    async identify(keys, signal) {
      const { compiled } = await db.statements(signal);
      const rows = await db.run(compiled.identify, keys, signal);
      return rows.map((row) => ({ at: ordinal(row), identifiers: identifiersOf(mapping, row) }));
    },
    async values(needs, request, signal) {
      const { compiled, shape } = await db.statements(signal);
      const rows = await db.run(compiled.values(needs), request, signal);
      return rows.map((row) => valueRow(shape, needs, row));
    },
    async page(list, request, signal) {
      const { compiled } = await db.statements(signal);
      const statement = compiled.pages.get(list);
      if (!statement) throw new WeftError("INTERNAL", { detail: "no such list" });
      const places = mapping.config.lists[list]?.keyset ?? [];
      const rows = await db.run(statement, request, signal);
      return rows.map((row) => ({
        identifiers: identifiersOf(mapping, row),
        place: places.map((_, i) => row[`q${i}`] ?? ""),
      }));
    },
    async codeTable(table, signal) {
      const { compiled } = await db.statements(signal);
      const rows = await db.run(compiled.codeTable(table), null, signal);
      return rows.map((row) => [row["code"] ?? "", row["label"] ?? null] as const);
    },
    async raw(keys, signal) {
      const { compiled, shape } = await db.statements(signal);
      const rows = await db.run(compiled.raw, keys, signal);
      return rows.map((row) => ({ table: personTable(shape.wording), row: JSON.parse(row["row"] ?? "{}") as Texts }));
    },
    modified: () => undefined,
    async health(signal) {
      await db.run({ text: "select 1 as ok", fills: [] }, null, signal);
      return "the database answers";
    },
    account: (signal) => db.account(signal),
    close: () => db.close(),
  };
}

/** A query that the driver cannot call back ends for us when the read's time is over. */
export async function within<T>(signal: AbortSignal, query: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw unavailable("deadline");
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(unavailable("deadline"));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([query(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

export function unavailable(detail: string): WeftError {
  return new WeftError("SOURCE_UNAVAILABLE", { detail, retryAfter: 5 });
}

function ordinal(row: Row): number {
  return Number(row["n"]) - 1;
}

function identifiersOf(mapping: Mapping, row: Row): readonly (string | null)[] {
  return mapping.identifiers.map((_, i) => row[`i${i}`] ?? null);
}

function valueRow(shape: Statements, needs: Needs, row: Row): ValueRow {
  const joined = needs.joined.flatMap((need) => {
    const found = shape.joined(need, row);
    return found ? [[need.type, found] as const] : [];
  });
  return {
    at: ordinal(row),
    identifiers: identifiersOf(shape.wording.mapping, row),
    own: textsOf(needs.own.cells, row),
    joined: new Map(joined),
    exists: new Map(needs.exists.map((slot) => [slot.key, row[`s${slot.position}`] === "true"] as const)),
    lists: new Map(needs.lists.map((slot) => [slot.key, shape.list(slot, row[`s${slot.position}`] ?? "[]")] as const)),
  };
}

function textsOf(cells: readonly Cell[], row: Row): Texts {
  return Object.fromEntries(cells.map((cell) => [cell.name, row[cellName(cell)] ?? null]));
}
