import type { Row } from "../read/sql/statement.js";
import type { AccountReport } from "./report.js";

type Ask = (text: string) => Promise<readonly Row[]>;

const powers = `select p.words from pg_roles r cross join lateral (values (r.rolsuper, 'is a superuser'), (r.rolcreaterole, 'may make roles'), (r.rolcreatedb, 'may make databases'), (r.rolreplication, 'may copy the whole server'), (r.rolbypassrls, 'passes row security by'), (has_database_privilege(current_database(), 'create'), 'may make schemas')) p(holds, words) where r.rolname = current_user and p.holds`;

/** Tables of extensions are everybody's, and hold nothing of anybody. */
const tables = `select case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end as name, (has_table_privilege(c.oid, 'insert, update, delete, truncate') or has_any_column_privilege(c.oid, 'insert, update'))::text as writes, (select coalesce(json_agg(a.attname), '[]')::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')) as reads from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage') and not exists (select 1 from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e') order by 1`;

const indexes = `select case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end as name, c.reltuples::bigint::text as rows, (select coalesce(json_agg(coalesce(a.attname, '')), '[]')::text from pg_index i left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attnum > 0 where i.indrelid = c.oid and i.indisvalid) as first from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1`;

export async function postgresAccount(ask: Ask): Promise<AccountReport> {
  const names = (json: string | null | undefined) => JSON.parse(json ?? "[]") as string[];
  return {
    powers: (await ask(powers)).map((row) => row["words"] ?? ""),
    tables: (await ask(tables))
      .map((row) => ({ table: row["name"] ?? "", writes: row["writes"] === "true", reads: names(row["reads"]) }))
      .filter(({ writes, reads }) => writes || reads.length > 0),
    indexes: (await ask(indexes)).map((row) => ({
      table: row["name"] ?? "",
      first: names(row["first"]),
      rows: Number(row["rows"]) >= 0 ? Number(row["rows"]) : null,
    })),
  };
}
