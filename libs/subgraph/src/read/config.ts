import { z } from "zod";
import { sourceSchema } from "./source-config.js";

/**
 * `adapter.yaml`: how one MIS says what one subgraph asks. This zod schema is the format, its TypeScript type, and (generated
 * from it) contracts/schemas/adapter.schema.json. The worked example of every feature is README.md beside this file.
 *
 * Column names are data. Text in `where` is SQL that the ministry wrote; it becomes part of a constant statement.
 */
const name = z.string().regex(/^[_A-Za-z][_0-9A-Za-z]*$/, "a GraphQL name");
const enumValue = name;
const column = z
  .string()
  .min(1)
  .max(200)
  .describe("Column name; for REST a member name or a JSONPath beginning with $");
const text = z.string().max(200);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const duration = z.string().regex(/^P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/, "an ISO 8601 duration");

const condition = z
  .strictObject({
    eq: scalar.optional(),
    not: scalar.optional(),
    in: z.array(scalar).min(1).optional(),
    gte: scalar.optional(),
    lt: scalar.optional(),
    lte: scalar.optional(),
    gt: scalar.optional(),
    null: z.boolean().optional(),
  })
  .refine((tests) => Object.keys(tests).length === 1, "exactly one test");
/** Either the source's own SQL (where it is asked in SQL) or column by column, all of which must hold (every kind of source). */
const where = z.union([
  z
    .string()
    .min(1)
    .regex(/^(?![\s\S]*(--|\/\*))[^;$]*$/, "one condition, without ; $ and comments"),
  z.record(column, z.union([scalar, condition])),
]);

const dateFormats = z.union([text, z.array(text).min(1)]);
const codesInline = z.record(z.string(), z.union([z.string(), z.null()]));
const codesTable = z.strictObject({ from: text, where: where.optional(), code: column, label: column });
const codeList = z.union([codesTable, codesInline]);

/** How the text of one column becomes a value. Without any of these: trimmed, and empty is null. */
const decoding = {
  codes: name.optional().describe("A list of `codes`; a code that is not in it is SOURCE_INVALID"),
  date: dateFormats
    .optional()
    .describe("yyyy MM dd HH mm ss and literals; or iso, excel, epochSeconds, epochMillis. Several: tried in order"),
  nulls: z.array(z.string()).optional().describe("Spellings of nothing, beside those of the whole file"),
  number: z
    .strictObject({
      decimal: z.enum([".", ","]).optional(),
      group: z.enum([",", ".", " ", "'"]).optional(),
      scale: z
        .int()
        .min(-6)
        .max(6)
        .optional()
        .describe("Power of ten that the stored number is multiplied by: cents are -2"),
    })
    .optional(),
};

const constantField = z.strictObject({ value: z.union([scalar, z.null()]).describe("The same for everybody") });
/** What a value needs of the parts of its source. */
const stands = z
  .array(scalar)
  .default([])
  .describe("Of a type in parts: values that hold though some part did not answer. Any other needs all of them");
const partsField = z.strictObject({ parts: z.enum(["asked", "answered"]).describe("How many parts of the source") });
const columnField = z.strictObject({
  column,
  ...decoding,
  stands,
  absent: scalar.optional().describe("The fact where a known person's column is empty, e.g. NONE_RECORDED"),
});
const joinedField = z.strictObject({
  columns: z.array(column).min(2),
  join: z.string().max(3).default(" "),
  nulls: decoding.nulls,
});
const objectField = z.strictObject({ type: name.describe("A type of `types`") });

const thresholds = z.record(name, z.record(enumValue, z.union([z.number(), z.string()])));
const predicateField = z.strictObject({
  column,
  ...decoding,
  arguments: thresholds.describe("argument: { ENUM: number }; each value of the SDL enum and no other"),
  test: z.enum(["yearsAtLeast", "below", "atLeast", "equals"]),
  stands,
  absent: enumValue.default("NONE_RECORDED"),
});
const presentField = z.strictObject({
  present: column.describe("Is anything in this column?"),
  nulls: decoding.nulls,
  found: enumValue.default("YES"),
  none: enumValue.default("NONE_RECORDED"),
});

const bindPattern = /^(today|(?:days|months|years)Ago\([_A-Za-z][_0-9A-Za-z]*\)|argument\([_A-Za-z][_0-9A-Za-z]*\))$/;
const on = z
  .record(column, z.string())
  .refine(
    (columns) => Object.keys(columns).length >= 1 && Object.keys(columns).length <= 4,
    "columns of this table: columns of the person's table, at least one and at most four",
  );
const existsField = z.strictObject({
  exists: z.strictObject({
    from: text,
    on,
    where: where.optional(),
    date: text.optional().describe("How the MIS spells the days that `bind` gives; default yyyy-MM-dd"),
  }),
  arguments: thresholds.optional(),
  bind: z
    .record(
      name,
      z
        .string()
        .regex(bindPattern, "today, daysAgo(argument), monthsAgo(argument), yearsAgo(argument) or argument(name)"),
    )
    .optional(),
  found: enumValue.default("YES"),
  none: enumValue.default("NONE_RECORDED"),
});

const matchField = z.strictObject({
  match: z.strictObject({
    with: z
      .string()
      .regex(/^[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*)?$/)
      .describe("The claim: an argument of this field or of the field that led here; a member of it after a dot"),
    as: z.enum(["name", "date", "text", "identifier"]).describe("identifier and text never answer CLOSE"),
  }),
  column: column.optional(),
  columns: z.array(column).min(2).optional(),
  date: dateFormats.optional(),
  nulls: decoding.nulls,
});

const filter = z.strictObject({
  column,
  codes: name.optional(),
  date: dateFormats.optional(),
  test: z.enum(["equals", "atLeast", "atMost"]).default("equals"),
  touches: z
    .string()
    .regex(/^[_A-Za-z]\w*\.[_A-Za-z]\w*$/)
    .optional()
    .describe("The coordinate that this filter reveals; default: the item's field of the same name"),
});
const keyset = z.array(column).min(1).max(4).describe("A unique order; never empty");

const personListField = z.strictObject({
  list: z.strictObject({
    of: name,
    newest: column.optional().describe("Order by this, newest first, then by the keyset"),
    keyset,
    filters: z.record(name, filter).default({}),
    maxRows: z.int().min(1).max(1000).default(100),
  }),
});

const field = z.union([
  constantField,
  partsField,
  matchField,
  predicateField,
  columnField,
  joinedField,
  objectField,
  presentField,
  existsField,
  personListField,
]);

const identifier = z.strictObject({
  scheme: z.string(),
  column,
  normalise: z.array(z.enum(["trim", "digits", "upper", "lower", "alphanumeric"])).default([]),
  stored: z
    .string()
    .regex(/#/)
    .optional()
    .describe(
      "How the MIS spells it, # for each character: ###-###-####. Keys are sent in this form, so that its index serves",
    ),
  pad: z
    .int()
    .min(1)
    .max(31)
    .optional()
    .describe("The MIS lost leading zeros: pad to this length; keys are sent without"),
});
const duplicates = z.union([z.literal("withhold"), z.string().regex(/^newest\([^()]+\)$/)]);

const asOf = z.union([
  column,
  z.strictObject({ column, date: dateFormats }),
  z.strictObject({ live: z.literal(true).describe("As of the moment of the read") }),
  z.strictObject({ file: z.literal("modified") }),
]);
const qualityWord = z.enum(["verified", "declared", "disputed"]);
const quality = z.union([
  qualityWord,
  z.strictObject({
    verified: where.optional(),
    declared: where.optional(),
    disputed: where.optional(),
    otherwise: qualityWord,
  }),
]);

const combining = z.union([
  z.enum(["sum", "least"]).describe("sum: whole numbers are added. least: the first of them in order"),
  z.strictObject({ first: z.array(z.string()).min(1) }).describe("The first of these codes that any part says"),
]);

const type = z.strictObject({
  from: text.optional().describe("Its table; without: the person's own row"),
  on: on.optional().describe("{ COLUMN_HERE: PERSON_TABLE.COLUMN }"),
  where: where.optional(),
  parts: z
    .record(column, combining)
    .optional()
    .describe("Where `from` is asked of several parts: how each column of a person's rows in all of them becomes one"),
  identifiers: z.array(identifier).min(1).optional().describe("Person only: every identifier column, the best first"),
  duplicates: duplicates.default("withhold"),
  asOf: asOf.optional(),
  quality: quality.optional(),
  fields: z.record(name, field).default({}),
});

const list = z.strictObject({
  of: name.describe("The item's type; each item is one person's"),
  where: where.optional(),
  keyset,
  maxRows: z.int().min(1).max(5000),
  filters: z.record(name, filter).default({}),
});

export const adapterConfigSchema = z.strictObject({
  adapter: z.literal(1),
  provider: z.string().regex(/^org:[a-z0-9._-]+$/),
  source: sourceSchema,
  protect: z.strictObject({
    connections: z.int().min(1).max(100),
    statementTimeout: duration,
    personsPerMinute: z.int().min(1),
    queue: duration.default("PT0.5S").describe("How long a read waits for a connection before SOURCE_UNAVAILABLE"),
    closed: z
      .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/))
      .default([])
      .describe("Hours in which nothing is read, in source.timezone"),
    tolerates: z
      .array(z.enum(["moreRights", "tableScan"]))
      .default([])
      .describe(
        "What the adapter starts with all the same: an account that may do more than read the mapped columns; look-ups without an index",
      ),
  }),
  nulls: z.array(z.string()).default([]).describe("Spellings of nothing in the whole MIS"),
  codes: z.record(name, codeList).default({}),
  types: z.record(name, type),
  lists: z.record(name, list).default({}),
});

export type AdapterConfig = z.infer<typeof adapterConfigSchema>;
export type TypeConfig = AdapterConfig["types"][string];
export type FieldConfig = TypeConfig["fields"][string];
export type ListConfig = AdapterConfig["lists"][string];
export type FilterConfig = ListConfig["filters"][string];
export type IdentifierConfig = z.infer<typeof identifier>;
export type Where = z.infer<typeof where>;
export type Condition = z.infer<typeof condition>;
export type Joined = z.infer<typeof on>;
export type CodeListConfig = z.infer<typeof codeList>;
export type QualityConfig = z.infer<typeof quality>;

/** JSON Schema of the file, as committed in contracts/schemas/adapter.schema.json. */
export function adapterJsonSchema(): object {
  return {
    $id: "https://weft.example/schemas/adapter.schema.json",
    title: "adapter.yaml",
    ...z.toJSONSchema(adapterConfigSchema, { io: "input", target: "draft-2020-12" }),
  };
}
