import { type Kysely, sql } from "kysely";
import type { CodeTableConfig } from "../codes.js";
import type { ListConfig } from "../config.js";
import type { Keys } from "../identifier.js";
import type { Needs, PersonListNeed, TableNeed } from "../need.js";
import type { JoinedRow, ListRequest, ListRow, ValueRequest } from "../source.js";
import { condition } from "./condition.js";
import { type Fill, type Fragment, type Parameter, table } from "./fragment.js";
import type { Wording } from "./question.js";

/** A statement's text and how its parameters are filled from a request. */
export interface Statement<Request> {
  readonly text: string;
  readonly fills: readonly Fill<Request>[];
}

export type Row = Readonly<Record<string, string | null>>;

/** The questions of a source as statements of one kind of database, and how their rows are read. */
export interface Statements {
  readonly wording: Wording;
  identify(): Fragment;
  values(needs: Needs): Fragment;
  page(list: ListConfig): Fragment;
  raw(): Fragment;
  joined(need: TableNeed, row: Row): JoinedRow | undefined;
  list(need: PersonListNeed, text: string): readonly ListRow[];
}

export function compiled<Request>(db: Kysely<unknown>, fragment: Fragment): Statement<Request> {
  const query = fragment.compile(db);
  return { text: query.sql, fills: (query.parameters as readonly Parameter<Request>[]).map(({ fill }) => fill) };
}

/** Each statement's text is made once, before any key is known; a plan's own statement lives as long as the plan. */
export function compiledStatements(db: Kysely<unknown>, statements: Statements) {
  const { mapping } = statements.wording;
  const values = new WeakMap<Needs, Statement<ValueRequest>>();
  return {
    identify: compiled<Keys>(db, statements.identify()),
    raw: compiled<Keys>(db, statements.raw()),
    pages: new Map(
      Object.entries(mapping.config.lists).map(
        ([name, list]) => [name, compiled<ListRequest>(db, statements.page(list))] as const,
      ),
    ),
    values(needs: Needs): Statement<ValueRequest> {
      const statement = values.get(needs) ?? compiled<ValueRequest>(db, statements.values(needs));
      values.set(needs, statement);
      return statement;
    },
    codeTable: (codes: CodeTableConfig) => compiled<null>(db, codeTableStatement(statements.wording, codes)),
  };
}

function codeTableStatement({ dialect }: Wording, { from, code, label, where }: CodeTableConfig): Fragment {
  const text = (name: string) => dialect.text({ table: from, name });
  return sql`select ${text(code)} as code, ${text(label)} as label from ${table(from)} where ${condition(dialect, from, where)}`;
}
