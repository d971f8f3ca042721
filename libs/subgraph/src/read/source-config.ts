import { z } from "zod";

/** The `source` part of adapter.yaml: one schema for each kind of MIS. Secrets are named (`env:NAME`), never written. */
const env = z.string().regex(/^env:[A-Z][A-Z0-9_]*$/, "env:NAME, a variable of the adapter's environment");
const urlOrEnv = z.union([env, z.url({ protocol: /^https?$/ })]);
const timezone = z
  .string()
  .regex(/^([+-]\d{2}:\d{2}|Z|[A-Za-z]+(\/[A-Za-z_+-]+)+|UTC)$/)
  .optional()
  .describe("Where the MIS's clock is; default UTC");

const postgres = z.strictObject({
  kind: z.literal("postgres"),
  url: env,
  schema: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .optional(),
  timezone,
});

const charset = z
  .strictObject({
    declared: z.enum(["utf8mb4", "latin1"]).describe("What the columns say of themselves"),
    bytes: z.enum(["latin1", "utf8mb4"]).describe("What was written into them"),
  })
  .refine(({ declared, bytes }) => declared !== bytes, "two different character sets")
  .optional()
  .describe(
    "Where programs wrote as if the tables had another character set: é is kept as Ã©. Columns of `declared` are read as meant",
  );
const mariadb = z.strictObject({
  kind: z.literal("mariadb").describe("MariaDB 10.6 and later, MySQL 8"),
  url: env,
  charset,
  timezone,
});
const sqlite = z.strictObject({
  kind: z.literal("sqlite"),
  file: env.describe("The variable that holds the file's path"),
  timezone,
});

const template = z.record(z.string(), z.json());
const rows = z.string().regex(/^\$/).describe("JSONPath (RFC 9535) of the rows in the answer");
const request = z.strictObject({
  method: z.enum(["GET", "POST"]).default("POST"),
  path: z.string().regex(/^\//),
  query: z.record(z.string(), z.string()).optional(),
  body: template.optional(),
  rows,
  next: z
    .string()
    .regex(/^\$/)
    .optional()
    .describe("JSONPath of what asks for the next page; sent as `nextAs`. Absent in the answer: last page"),
  nextAs: z.string().optional().describe("Query parameter (GET) or body member (POST) that carries `next`"),
  maxPages: z.int().min(1).max(50).default(10),
});
const resource = z.strictObject({
  identify: request.optional().describe("Keys to identifiers only. Needed where a row has more than one identifier"),
  values: request.describe("Keys to the columns asked"),
  page: request.optional().describe("For `lists`"),
});
const auth = z.union([
  z.strictObject({ bearer: env }),
  z.strictObject({ header: z.string().regex(/^[A-Za-z0-9-]+$/), value: env }),
  z.strictObject({ basic: z.strictObject({ user: env, password: env }) }),
]);
const rest = z.strictObject({
  kind: z.literal("rest"),
  url: urlOrEnv,
  auth: auth.optional(),
  maxAnswer: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe("Bytes of one answer"),
  resources: z.record(z.string(), resource),
  health: z.string().regex(/^\//).optional().describe("Path that answers 2xx while the MIS is up"),
  timezone,
});

const files = z.record(z.string(), env).describe("Table name to the variable that holds the file's path");
const headerRow = z.int().min(1).max(50).default(1).describe("The row that names the columns, counted from 1");
const csv = z.strictObject({
  kind: z.literal("csv"),
  files,
  delimiter: z.string().length(1).default(","),
  quote: z.string().length(1).default('"'),
  encoding: z.enum(["utf-8", "windows-1252", "iso-8859-1", "utf-16le"]).default("utf-8"),
  headerRow,
  timezone,
});
const xlsx = z.strictObject({
  kind: z.literal("xlsx"),
  files,
  sheet: z.string().optional().describe("Default: the first"),
  headerRow,
  timezone,
});

export const sourceSchema = z.discriminatedUnion("kind", [postgres, mariadb, sqlite, rest, csv, xlsx]);
export type SourceConfig = z.infer<typeof sourceSchema>;
export type PostgresConfig = z.infer<typeof postgres>;
export type MariadbConfig = z.infer<typeof mariadb>;
export type SqliteConfig = z.infer<typeof sqlite>;
export type RestConfig = z.infer<typeof rest>;
export type RestResource = z.infer<typeof resource>;
export type RestRequest = z.infer<typeof request>;
export type FileConfig = z.infer<typeof csv> | z.infer<typeof xlsx>;
