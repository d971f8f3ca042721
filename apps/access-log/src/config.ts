import { z } from "zod";
import {
  clientTlsVariables,
  httpUrl,
  operationsVariables,
  portNumber,
  readConfig,
  secretFile,
  tlsVariables,
} from "#libs/server";

const entries = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, "not a number of entries")
  .transform(Number)
  .describe("a number of entries");

const witnesses = z
  .string()
  .transform((text, context) => {
    const parsed = z.record(z.string().min(1), httpUrl).safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("not an object of witness and address");
    return z.NEVER;
  })
  .describe('JSON such as {"witness.example/authority":"https://…"}: where each witness that registry.yaml pins is');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the access log is told by its environment. Whose records it takes is in the contracts, not here. */
const schema = z
  .object({
    WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
    WEFT_PORT: portNumber.default(4100),
    WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
    WEFT_LOG_ORIGIN: z.string().min(1).describe("the log's name, for example log.orvanda.example/qv"),
    WEFT_LOG_KEY_FILE: secretFile.describe("the name of a file with the log's private Ed25519 JWK, kid included"),
    WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
    WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
    WEFT_STATE_DIR: z.string().describe("a folder of this process's own, apart from the database"),
    WEFT_ADOPT_SIZE: entries
      .optional()
      .describe("the size of a database to continue although the state folder is empty; once, after checking it"),
    WEFT_WITNESSES: witnesses.optional(),
    DATABASE_URL: z.string().optional().describe("the address of the log's PostgreSQL"),
    DATABASE_URL_FILE: secretFile.optional().describe("the name of a file with that address, where it has a password"),
    WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    ...operationsVariables,
    ...tlsVariables,
    ...clientTlsVariables,
  })
  .readonly();

export type AccessLogConfig = z.output<typeof schema>;

export function readAccessLogConfig(env: Readonly<Record<string, string | undefined>> = process.env): AccessLogConfig {
  return readConfig(schema.unwrap(), env);
}

/** From the file where there is one: a password is better not in the environment. */
export function databaseUrl({ DATABASE_URL_FILE: file, DATABASE_URL: url }: AccessLogConfig): string | undefined {
  return file?.reveal() ?? url;
}
