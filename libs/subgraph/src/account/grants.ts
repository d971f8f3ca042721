import type { AdapterConfig } from "../read/config.js";
import { milliseconds } from "../read/duration.js";
import { neededColumns } from "./needed.js";

/**
 * What a database's administrator runs once, so that the adapter has an account which reads exactly the mapped columns. Text for a person to
 * read first: the password is theirs to choose.
 */
export function grantStatements(config: AdapterConfig, ministry: string): readonly string[] {
  const { source } = config;
  if (source.kind === "postgres") return postgresGrants(config, accountOf(ministry));
  if (source.kind === "mariadb") return mariadbGrants(config, accountOf(ministry));
  if (source.kind === "sqlite")
    return [
      "-- SQLite has no accounts: the rights of the file are the rights. As its owner, with the file's path and the adapter's own user:",
      "--   setfacl -m u:weft:r FILE        (or: chgrp weft FILE && chmod 640 FILE)",
      "--   its folder: searchable by that user, not writable; the same for FILE-wal and FILE-shm where its system keeps a write-ahead log",
      `-- The columns that are read:\n${[...neededColumns(config)].map(([table, columns]) => `--   ${comment(table)}: ${columns.map(comment).join(", ")}`).join("\n")}`,
    ];
  return [
    `-- A source of kind ${source.kind} has no account to grant: its rights are where its service or its files are.`,
  ];
}

export function accountOf(ministry: string): string {
  return `weft_${ministry.replaceAll("-", "_")}`;
}

/** One more than `protect` says: for who looks at the account beside a running adapter. */
function connections({ protect }: AdapterConfig): number {
  return protect.connections + 1;
}

function postgresGrants(config: AdapterConfig, account: string): readonly string[] {
  const schema = config.source.kind === "postgres" ? (config.source.schema ?? "public") : "public";
  const tables = [...neededColumns(config)].map(([table, columns]) => ({ name: qualified(table, schema), columns }));
  const schemas = [...new Set(tables.map(({ name: [first] }) => first))];
  return [
    `create role ${account} login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls connection limit ${connections(config)} password '…';`,
    `alter role ${account} set default_transaction_read_only = on;`,
    `alter role ${account} set statement_timeout = ${milliseconds(config.protect.statementTimeout)};`,
    `do $$ begin execute format('grant connect on database %I to ${account}', current_database()); end $$;`,
    ...schemas.map((name) => `grant usage on schema ${quoted(name)} to ${account};`),
    ...tables.map(
      ({ name, columns }) =>
        `grant select (${columns.map(quoted).join(", ")}) on ${name.map(quoted).join(".")} to ${account};`,
    ),
  ];
}

function mariadbGrants(config: AdapterConfig, account: string): readonly string[] {
  const user = `'${account}'@'…'`;
  const name = (text: string) => `\`${text.replaceAll("`", "``")}\``;
  return [
    `create user ${user} identified by '…' with max_user_connections ${connections(config)};`,
    ...[...neededColumns(config)].map(
      ([table, columns]) =>
        `grant select (${columns.map(name).join(", ")}) on ${table.split(".").map(name).join(".")} to ${user};`,
    ),
  ];
}

function qualified(table: string, schema: string): readonly [string, string] {
  const dot = table.indexOf(".");
  return dot < 0 ? [schema, table] : [table.slice(0, dot), table.slice(dot + 1)];
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const reserved = new Set(
  "all and any array as asc both case cast check collate column constraint create current_date default desc distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit not null offset on only or order placing primary references returning select session_user some symmetric table then to trailing true union unique user using variadic when where window with".split(
    " ",
  ),
);

function comment(name: string): string {
  return name.replaceAll(/[\p{C}\s]+/gu, " ");
}
