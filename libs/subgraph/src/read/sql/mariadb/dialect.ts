import { sql } from "kysely";
import type { MariadbConfig } from "../../source-config.js";
import { type ColumnAt, type NormaliseStep, rowBeyond } from "../dialect.js";
import { column, type Fragment, list, parameter } from "../fragment.js";
import { type JsonDialect, jsonText } from "../json/dialect.js";
import { type Catalogue, type ColumnType, kindOf } from "./columns.js";

/**
 * MariaDB 10.6 and MySQL 8. An index serves only a comparison in the column's own type, character set and collation: keys are converted,
 * never the column. What a collation finds too much (another case, an accent, spaces at the end) is told apart byte by byte.
 */
export function mariadbDialect(catalogue: Catalogue, charset: MariadbConfig["charset"]): JsonDialect {
  const typeOf = ({ table, name }: ColumnAt) => catalogue.get(table)?.get(name.toLowerCase());
  const textOf = (at: ColumnAt, of: Fragment) => read(typeOf(at), of, charset);
  const finds = (at: ColumnAt, key: Fragment) => sql`${column(at.name, at.of)} = ${inTypeOf(typeOf(at), key)}`;
  return {
    text: (at) => textOf(at, column(at.name, at.of)),
    textOf,
    place: (at) => read(typeOf(at), column(at.name, at.of)),
    truth: (condition) => sql`case when ${condition} then 'true' else 'false' end`,
    step: (step, text) => steps[step](text),
    differs: (a, b) => sql`not (${a} <=> ${b})`,
    literal: (at, text) => literal(typeOf(at), text),
    flag: (fill) => sql`${parameter((request: never) => (fill(request) ? "1" : "0"))} = '1'`,
    value: (at, fill) => inTypeOf(typeOf(at), parameter(fill)),
    among: (at, of, texts) =>
      sql`${bytes(textOf(at, of))} in (select ${bytes(sql`weft_v`)} from json_table(${parameter((request: never) => jsonText(texts(request)))}, '$[*]' columns (weft_v varchar(255) path '$')) as weft_l)`,
    joins: (here, person, of) => {
      const found = finds(here, of);
      const texts = [here, person].every((at) => kindOf(typeOf(at)) === "text");
      return texts ? sql`(${found} and ${same(column(here.name, here.of), of)})` : found;
    },
    keyRows: (columns, json) => {
      const keys = Array.from(
        { length: columns },
        (_, i) => sql`${sql.id(`weft_k${i}`)} varchar(255) path ${sql.lit(`$[${i + 1}]`)}`,
      );
      return sql`json_table(${json}, '$[*]' columns (weft_n for ordinality, weft_m varchar(4000) path '$[0]', ${list(keys)}))`;
    },
    fromKeys: sql`straight_join`,
    finds,
    isIndexed: (at) => typeOf(at)?.isIndexed ?? true,
    // Of a length that an index of a temporary table takes.
    hashed: (text) => sql`cast(convert(${text} using utf8mb4) as binary(64))`,
    unlimited: sql`18446744073709551615`,
    same,
    array: (items) => sql`json_array(${list(items)})`,
    gathered: (item) => sql`json_arrayagg(${item})`,
    object: (members) => sql`json_object(${list(members.flatMap(([name, value]) => [sql.lit(name), value]))})`,
    limit: (fill) => sql`${parameter((request: never) => String(fill(request)))}`,
    named: sql`p as`,
    // Of a row of values it compares each, by no index: the first alone has one.
    beyond: (values, operator, places) =>
      values.length === 1
        ? rowBeyond(values, operator, places)
        : sql`(${values[0]} ${sql.raw(`${operator}=`)} ${places[0]} and ${rowBeyond(values, operator, places)})`,
    nothingLast: sql``,
  };
}

function bytes(text: Fragment): Fragment {
  return sql`cast(convert(${text} using utf8mb4) as binary)`;
}

function same(a: Fragment, b: Fragment): Fragment {
  return sql`${bytes(a)} <=> ${bytes(b)}`;
}

/** As text. A zero date is no date; a bit is a number; text whose bytes are not what the column declares is read as what they are. */
function read(type: ColumnType | undefined, of: Fragment, charset?: MariadbConfig["charset"]): Fragment {
  const kind = kindOf(type);
  if (kind === "text" && type && charset && isDeclared(type, charset.declared)) return asMeant(charset.bytes, of);
  if (kind === "text") return sql`convert(${of} using utf8mb4)`;
  if (kind === "bytes") return sql`convert(${of} using utf8mb4)`;
  if (kind === "bit") return sql`cast(${of} + 0 as char)`;
  if (kind === "day" || kind === "time")
    return sql`case when cast(${of} as char) not like '0000-00-00%' then cast(${of} as char) end`;
  return sql`cast(${of} as char)`;
}

/** Older servers have utf8mb3, under that name or as utf8. */
function isDeclared({ charset }: ColumnType, declared: string): boolean {
  return declared === "latin1" ? charset === "latin1" : /^utf8(mb[34])?$/.test(charset ?? "");
}

/**
 * `latin1`: a program sent UTF-8 over a connection that called itself Latin-1, and each byte became a character. `utf8mb4`: the same, into a
 * column of Latin-1. A text that does not come out whole was written rightly, and is left as it is.
 */
function asMeant(written: "latin1" | "utf8mb4", of: Fragment): Fragment {
  const narrow = written === "latin1" ? sql`convert(${of} using latin1)` : of;
  const raw = sql`cast(${narrow} as binary)`;
  const meant = sql`convert(${raw} using utf8mb4)`;
  const whole = sql`cast(${meant} as binary) = ${raw}`;
  const lossless = written === "latin1" ? sql`${bytes(narrow)} = cast(${of} as binary) and ` : sql``;
  return sql`case when ${lossless}${whole} then ${meant} else convert(${of} using utf8mb4) end`;
}

/** The text as the column's own index compares: anything else would be compared row by row. */
function inTypeOf(type: ColumnType | undefined, text: Fragment): Fragment {
  const kind = kindOf(type);
  if (kind === "text" && type?.charset && type.collation)
    return sql`convert(${text} using ${word(type.charset)}) collate ${word(type.collation)}`;
  if (kind === "integer") return type?.unsigned ? sql`cast(${text} as unsigned)` : sql`cast(${text} as signed)`;
  if (kind === "bit") return sql`cast(${text} as unsigned)`;
  if (kind === "decimal")
    return sql`cast(${text} as ${sql.raw(/^decimal\(\d+,\d+\)/.exec(type?.full ?? "")?.[0] ?? "decimal(65,30)")})`;
  if (kind === "day") return sql`cast(${text} as date)`;
  if (kind === "time") return sql`cast(${text} as datetime(6))`;
  if (kind === "bytes") return sql`cast(${text} as binary)`;
  return text;
}

/** A character set or collation, as the server itself names it. */
function word(name: string): Fragment {
  return sql.raw(name.replaceAll(/\W/g, ""));
}

/** Beside a number, `true` and texts would silently be zero. */
function literal(type: ColumnType | undefined, text: string): Fragment {
  const isNumber = ["integer", "bit", "decimal", "number"].includes(kindOf(type));
  if (!isNumber) return sql.lit(text);
  if (text === "true" || text === "false") return sql.raw(text === "true" ? "1" : "0");
  return /^-?\d+(\.\d+)?$/.test(text) ? sql.raw(text) : sql.lit(text);
}

const steps: Record<NormaliseStep, (text: Fragment) => Fragment> = {
  trim: (text) => sql`trim(${text})`,
  digits: (text) => sql`regexp_replace(${text}, '[^0-9]', '')`,
  upper: (text) => sql`upper(${text})`,
  lower: (text) => sql`lower(${text})`,
  alphanumeric: (text) => sql`regexp_replace(${text}, '[^0-9A-Za-z]', '')`,
};
