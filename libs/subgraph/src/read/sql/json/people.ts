import { sql } from "kysely";
import type { Keys } from "../../identifier.js";
import { PERSON } from "../../schema.js";
import { comparable, condition, isBare } from "../condition.js";
import { type Fill, type Fragment, list, parameter, table } from "../fragment.js";
import { personTable, type Wording as AnyWording } from "../question.js";
import { type JsonDialect, jsonText } from "./dialect.js";

export interface Wording extends AnyWording {
  readonly dialect: JsonDialect;
}

/** Columns of the person's row that every statement reads. */
export function identifierTexts({ mapping, dialect }: Wording): readonly Fragment[] {
  return mapping.identifiers.map(
    ({ config }, i) =>
      sql`${dialect.text({ table: personTable({ mapping, dialect }), name: config.column })} as ${sql.id(`i${i}`)}`,
  );
}

export function identifierOutputs({ mapping }: Wording): readonly Fragment[] {
  return mapping.identifiers.map((_, i) => sql`p.${sql.id(`i${i}`)}`);
}

/**
 * The rows of the person's table that hold a key, by each identifier's own index in turn, with the key's number and mask. A row that
 * holds a key in two columns is found once. Where no index serves, the table is read once, and each row looked up among the keys. `where`: which
 * rows are meant at all.
 */
export function byKeys<Request>(
  wording: Wording,
  json: Fill<Request, string>,
  extra: readonly Fragment[],
  where: Fragment,
): Fragment {
  const { mapping, dialect } = wording;
  const from = personTable(wording);
  const outputs = list([sql`weft_n as n`, sql`weft_m as m`, ...identifierTexts(wording), ...extra]);
  const key = (i: number) => sql.id(`weft_k${i}`);
  const same = mapping.identifiers.map((identifier, i) => {
    const at = { table: from, name: identifier.config.column };
    return dialect.same(isBare(identifier) ? dialect.text(at) : comparable(dialect, identifier), key(i));
  });
  const branches = mapping.identifiers.map((identifier, i) => {
    const at = { table: from, name: identifier.config.column };
    const keys = dialect.keyRows(mapping.identifiers.length, parameter(json));
    const others = same.slice(0, i).map((each) => sql` and not (${each})`);
    const rows =
      isBare(identifier) && dialect.isIndexed(at)
        ? sql`${keys} as weft_k ${dialect.fromKeys} ${table(from)} on ${dialect.finds(at, key(i))}`
        : sql`${table(from)} ${dialect.fromKeys} (select weft_k.*, ${dialect.hashed(key(i))} as weft_h from ${keys} as weft_k limit ${dialect.unlimited}) as weft_k on weft_h = ${dialect.hashed(comparable(dialect, identifier))}`;
    return sql`select ${outputs} from ${rows} where ${same[i]}${sql.join(others, sql``)} and (${where})`;
  });
  return sql.join(
    branches,
    sql`
union all `,
  );
}

export function keysJson(keys: Keys, masks?: readonly string[]): string {
  const rows = Array.from({ length: keys.size }, (_, at) => [
    masks?.[at] ?? "",
    ...keys.columns.map((column) => column[at] ?? ""),
  ]);
  return jsonText(rows);
}

export function personWhere(wording: Wording): Fragment {
  return condition(wording.dialect, personTable(wording), wording.mapping.config.types[PERSON]?.where);
}
