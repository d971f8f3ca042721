import type { AdapterConfig } from "../read/config.js";
import { type Key, keysOfMapping, neededColumns } from "./needed.js";
import type { AccountReport, TableIndexes, TableRights } from "./report.js";

/** Something that is not as it should be, for a person: what is wrong, and the statement that mends it. */
export interface AccountProblem {
  readonly what: "moreRights" | "tableScan";
  readonly wrong: string;
  readonly remedy: string;
}

/** A table that is read from end to end in a moment needs no index. */
const SMALL = 1000;

/** What an adapter's account may do beyond reading the mapped columns, and which of its look-ups read a whole table. */
export function judgeAccount(config: AdapterConfig, report: AccountReport): readonly AccountProblem[] {
  return [...checkRights(config, report), ...checkIndexes(config, report)];
}

/** By `protect.tolerates` of adapter.yaml. */
export interface JudgedAccount {
  readonly refused: readonly AccountProblem[];
  readonly tolerated: readonly AccountProblem[];
}

export function judgedBy(config: AdapterConfig, problems: readonly AccountProblem[]): JudgedAccount {
  const refused = untolerated(config, problems);
  return { refused, tolerated: problems.filter((problem) => !refused.includes(problem)) };
}

/** What `protect.tolerates` of adapter.yaml leaves to be said. */
export function untolerated(config: AdapterConfig, problems: readonly AccountProblem[]): readonly AccountProblem[] {
  return problems.filter(({ what }) => !config.protect.tolerates.includes(what));
}

export function checkRights(config: AdapterConfig, { powers, tables }: AccountReport): readonly AccountProblem[] {
  const needed = neededColumns(config);
  const remedy = "an account of the adapter's own: weft adapter grants";
  return [
    ...powers.map((power): AccountProblem => ({ what: "moreRights", wrong: `the account ${power}`, remedy })),
    ...tables.flatMap((rights) => rightsIn(rights, columnsOf(rights.table, needed))),
  ];
}

/** Names are compared as they are written: a database that does not mind their case reports them as its tables have them. */
function columnsOf(table: string, needed: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const last = table.slice(table.indexOf(".") + 1);
  const columns = needed.get(table) ?? needed.get(last) ?? [];
  return new Set(columns.map((name) => name.toLowerCase()));
}

function rightsIn({ table, reads, writes }: TableRights, mapped: ReadonlySet<string>): AccountProblem[] {
  const more = reads.filter((name) => !mapped.has(name.toLowerCase()));
  const problems: AccountProblem[] = [];
  if (writes)
    problems.push({
      what: "moreRights",
      wrong: `the account may write in ${table}`,
      remedy: `revoke insert, update, delete on ${table}`,
    });
  if (more.length > 0) {
    const named = `${more.slice(0, 5).join(", ")}${more.length > 5 ? ` and ${more.length - 5} more` : ""}`;
    problems.push({
      what: "moreRights",
      wrong: `the account may read ${table}: ${named}, which nothing maps`,
      remedy: `revoke select on ${table}, and grant the mapped columns: weft adapter grants`,
    });
  }
  return problems;
}

export function checkIndexes(config: AdapterConfig, { indexes }: AccountReport): readonly AccountProblem[] {
  return keysOfMapping(config).flatMap((key): AccountProblem[] => {
    const table = indexes.find((each) => each.table === key.table);
    if (!table || (table.rows !== null && table.rows < SMALL) || serves(table, key)) return [];
    const wrong = `each look-up in ${key.table} by ${key.columns.join(", ")} reads the whole table`;
    return [{ what: "tableScan", wrong, remedy: indexStatement(config, key) }];
  });
}

function serves({ first }: TableIndexes, { columns, isExpression }: Key): boolean {
  if (isExpression) return first.includes("");
  return columns.some((name) => first.some((each) => each.toLowerCase() === name.toLowerCase()));
}

function indexStatement({ source }: AdapterConfig, { table, columns, isExpression }: Key): string {
  if (isExpression) return `an index on the normalised ${columns.join(", ")} of ${table}`;
  const mark = source.kind === "mariadb" ? "`" : '"';
  const quoted = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  const verb =
    source.kind === "postgres"
      ? "create index concurrently on"
      : `create index ${quoted(`weft_${columns[0] ?? ""}`)} on`;
  return `${verb} ${table.split(".").map(quoted).join(".")} (${columns.map(quoted).join(", ")});`;
}
