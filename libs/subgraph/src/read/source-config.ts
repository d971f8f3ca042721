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
const path = z.string().regex(/^\$/);
const paged = {
  rows: path.describe("JSONPath (RFC 9535) of the rows in the answer, or of their list"),
  next: path
    .optional()
    .describe(
      "JSONPath of what asks for the next page; sent as `nextAs`, or as `$next`. Absent in the answer: last page",
    ),
  maxPages: z.int().min(1).max(50).default(10),
  perCall: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("Persons that one call takes; default all. At most `protect.connections` calls at once"),
  asked: z
    .record(z.string(), z.string().regex(/^\$/))
    .optional()
    .describe("With `perCall: 1`: members that each row gets from the question, since the answer does not repeat them"),
};
type Perhaps = { readonly perCall?: number | undefined; readonly asked?: unknown };
const askedOfOne = ({ perCall, asked }: Perhaps) => asked === undefined || perCall === 1;
const onlyOfOne = "`asked` without `perCall: 1`: whose rows are these?";
const request = z
  .strictObject({
    method: z.enum(["GET", "POST"]).default("POST"),
    path: z
      .string()
      .regex(/^\//)
      .describe("A segment that is a word (`/persons/$nid`) is that one key; with `perCall: 1` alone"),
    query: z.record(z.string(), z.string()).optional(),
    body: template.optional(),
    ...paged,
    nextAs: z.string().optional().describe("Query parameter (GET) or body member (POST) that carries `next`"),
    none: z.array(z.int().min(400).max(499)).default([]).describe("Statuses that say that nobody was found: 404"),
  })
  .refine(askedOfOne, onlyOfOne)
  .refine(
    ({ path: text, perCall }) => perCall === 1 || !text.includes("/$"),
    "a word in `path` without `perCall: 1`: which of the keys?",
  );
const partName = z.string().regex(/^[a-z][a-z0-9-]*$/);
const parts = z
  .record(partName, urlOrEnv)
  .optional()
  .describe("Further services of the same kind, each with its address: the parts that some resources are asked of");
const questions = <Request extends z.ZodType>(one: Request) =>
  z.strictObject({
    parts: z.array(partName).min(1).optional().describe("Asked of each of these parts, and not of `url`"),
    identify: one.optional().describe("Keys to identifiers only. Needed where a row has more than one identifier"),
    values: one.describe("Keys to the columns asked"),
    page: one.optional().describe("For `lists`"),
  });
const basic = z.strictObject({ basic: z.strictObject({ user: env, password: env }) });
const bearer = z.strictObject({ bearer: env });
const header = z.strictObject({ header: z.string().regex(/^[A-Za-z0-9-]+$/), value: env });
const auth = z.union([bearer, header, basic]);
const maxAnswer = z
  .int()
  .min(1024)
  .max(64 * 1024 * 1024)
  .default(4 * 1024 * 1024)
  .describe("Bytes of one answer");
const rest = z.strictObject({
  kind: z.literal("rest"),
  url: urlOrEnv,
  auth: auth.optional(),
  parts,
  maxAnswer,
  resources: z.record(z.string(), questions(request)),
  health: z.string().regex(/^\//).optional().describe("Path that answers 2xx while the MIS is up"),
  timezone,
});

const operation = z
  .strictObject({
    operation: z.string().min(1).describe("As the WSDL names it"),
    body: template.default({}).describe("The operation's input; a list is an element as often as it has members"),
    ...paged,
    rows: path
      .regex(/[^\]]$|\[\d+\]$/, "without [*] at the end: one element or many")
      .describe("JSONPath of the elements in the operation's answer, of one or of many"),
    none: z
      .array(z.string().min(1))
      .default([])
      .describe("Faults that say that nobody was found: a code, or an element of `detail`"),
  })
  .refine(askedOfOne, onlyOfOne);
const usernameToken = z.strictObject({
  usernameToken: z.strictObject({
    user: env,
    password: env,
    digest: z.boolean().default(true).describe("WS-Security: PasswordDigest; else PasswordText"),
  }),
});
const soap = z.strictObject({
  kind: z.literal("soap"),
  url: urlOrEnv.describe("Where operations are asked, whatever address the WSDL names"),
  wsdl: urlOrEnv.describe(
    "A URL, or the variable that holds one or a file's path. Read once; imports from the same place only",
  ),
  port: z.string().optional().describe("Of several that have the operations; default the first"),
  version: z.enum(["1.1", "1.2"]).default("1.1"),
  auth: z.union([bearer, header, basic, usernameToken]).optional(),
  parts,
  maxAnswer,
  resources: z.record(z.string(), questions(operation)),
  timezone,
});

const reference = z.strictObject({
  idTypes: z
    .record(z.string(), z.string().min(1))
    .refine((types) => Object.keys(types).length > 0, "at least one scheme")
    .describe("Scheme: the registry's identifier type. Each person is one search for each of them"),
  criteria: template.default({}).describe("Further members of search_criteria: reg_type, reg_record_type, consent …"),
  rows: path.default("$").describe("JSONPath of the rows in one record, or of their list; default the record itself"),
  asked: z
    .record(z.string(), z.string().regex(/^\$/))
    .optional()
    .describe("Members that each row gets from its search, since the record does not repeat them: { ssn: $ssn }"),
  perCall: z.int().min(1).max(1000).optional().describe("Persons in one message; default all"),
  page: z
    .strictObject({
      filters: z
        .record(z.string(), z.string().min(1))
        .refine((filters) => [1, 2].includes(Object.keys(filters).length), "one filter or two")
        .describe("A list's filter: the registry's attribute that is asked to equal it"),
      sort: z.string().min(1).describe("The attribute by which pages are ordered: unique, never empty"),
    })
    .optional()
    .describe("For `lists`, by a predicate query. What it finds is read whole"),
  pageSize: z.int().min(1).max(1000).default(100),
  maxPages: paged.maxPages,
  none: z.array(z.string()).default([]).describe("Reason codes that say that nobody was found"),
});
const dci = z.strictObject({
  kind: z
    .literal("dci")
    .describe("Registries with the interface of the Digital Convergence Initiative (SPDCI), version 1.0.0"),
  url: urlOrEnv.describe("What stands before /registry/…"),
  auth: z.union([bearer, header, basic]).optional(),
  sender: z.string().min(1).describe("sender_id: as the registry knows this adapter"),
  receiver: z.string().min(1).describe("receiver_id: the registry"),
  sign: z.strictObject({
    key: env.describe("Ed25519 private key: PEM, or a JWK"),
    id: z
      .string()
      .regex(/^[^|"]+$/)
      .describe("The key's id in kidId"),
    namespace: z.string().regex(/^\w+$/).default("dci"),
  }),
  verify: env.optional().describe("The registry's Ed25519 public key: answers that it did not sign are refused"),
  search: z
    .enum(["sync", "async"])
    .default("sync")
    .describe("async: asked, then polled until protect.statementTimeout"),
  maxAnswer,
  resources: z.record(z.string(), reference),
  timezone,
});

const fhirResource = z
  .strictObject({
    type: z.string().regex(/^[A-Z][A-Za-z]+$/, "a FHIR resource type"),
    reference: z.string().min(1).optional().describe("Its element that refers to the patient: beneficiary, subject …"),
    by: z.string().default("patient").describe("The search parameter of that element"),
    page: z
      .strictObject({
        query: z
          .record(z.string().regex(/^(_has:|[A-Za-z])[\w:.-]*$/), z.string())
          .describe("Search parameters of Patient: a list's filter is `$FILTER`, anything else stands as it is"),
      })
      .optional()
      .describe("For `lists`. What the search finds is read whole"),
  })
  .refine(({ type, reference }) => (type === "Patient") === (reference === undefined), "`reference`, but for Patient")
  .refine(({ type, page }) => type === "Patient" || page === undefined, "`page` of Patient alone");
const fhir = z.strictObject({
  kind: z.literal("fhir").describe("A FHIR R4 server, by RESTful search"),
  url: urlOrEnv.describe("The base: what stands before /Patient"),
  auth: z.union([bearer, header, basic]).optional(),
  systems: z
    .record(z.string(), z.string().min(1))
    .describe(
      "Scheme: the system of Patient.identifier. Every row has a member of the scheme's name with its patient's number",
    ),
  elements: z.boolean().default(true).describe("Does the server take `_elements`?"),
  perCall: z.int().min(1).max(1000).optional().describe("Persons in one search; default all"),
  pageSize: z.int().min(1).max(1000).default(100).describe("`_count`"),
  maxPages: paged.maxPages,
  maxAnswer,
  resources: z.record(z.string(), fhirResource),
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

const ownModule = z.strictObject({
  kind: z
    .literal("module")
    .describe("A system that none of the other kinds can read, by a module of the ministry's own"),
  file: env.describe("The variable that holds the path of one JavaScript or TypeScript file that exports `read`"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("Of that file: a file that was changed is refused"),
  settings: z.record(z.string(), env).default({}).describe("What the module is told, by the variables that hold it"),
  lists: z.boolean().default(false).describe("It answers `page`. What its filters find is read whole"),
  maxAnswer,
  timezone,
});

export const sourceSchema = z.discriminatedUnion("kind", [
  postgres,
  mariadb,
  sqlite,
  rest,
  soap,
  dci,
  fhir,
  csv,
  xlsx,
  ownModule,
]);
export type SourceConfig = z.infer<typeof sourceSchema>;
export type PostgresConfig = z.infer<typeof postgres>;
export type MariadbConfig = z.infer<typeof mariadb>;
export type SqliteConfig = z.infer<typeof sqlite>;
export type RestConfig = z.infer<typeof rest>;
export type RestRequest = z.infer<typeof request>;
export type SoapConfig = z.infer<typeof soap>;
export type SoapOperation = z.infer<typeof operation>;
export type DciConfig = z.infer<typeof dci>;
export type DciResource = z.infer<typeof reference>;
export type FhirConfig = z.infer<typeof fhir>;
export type FhirResource = z.infer<typeof fhirResource>;
export type ModuleConfig = z.infer<typeof ownModule>;
export type HttpAuth = z.infer<typeof auth>;
/** What calls of every kind of service have. */
export type PagedConfig = Pick<RestRequest, keyof typeof paged>;
export type FileConfig = z.infer<typeof csv> | z.infer<typeof xlsx>;
