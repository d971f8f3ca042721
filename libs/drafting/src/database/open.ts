import { WeftError } from "#libs/terms";
import type { DatabaseKind } from "../catalogue.js";
import type { DatabaseReader } from "./reader.js";

/** A driver is loaded only for the kind of database in use. `url`: postgres://…, mysql://… or sqlite:FILE. */
export async function openDatabase(url: string, schema?: string): Promise<DatabaseReader> {
  const kind = kindOf(url);
  if (kind === "postgres") return (await import("./postgres.js")).openPostgres(url, schema);
  if (kind === "mariadb") return (await import("./mariadb.js")).openMariadb(url);
  if (kind === "sqlite") return (await import("./sqlite.js")).openSqlite(url.slice("sqlite:".length));
  throw new WeftError("CONFIG_INVALID", { detail: "postgres://…, mysql://… or sqlite:FILE is right" });
}

/** Else the address is that of a service's document. */
export function isDatabase(url: string): boolean {
  return kindOf(url) !== undefined || (/^[a-z]+:\/\//i.test(url) && !/^https?:/i.test(url));
}

export function kindOf(url: string): DatabaseKind | undefined {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return "postgres";
  if (/^(mysql|mariadb):\/\//.test(url) && URL.canParse(url)) return "mariadb";
  return url.startsWith("sqlite:") ? "sqlite" : undefined;
}
