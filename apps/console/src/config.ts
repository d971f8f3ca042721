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
import { parseOrgId } from "#libs/terms";
import { WatchConfig } from "#libs/vigilance";

const seconds = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, "not a whole number above 0")
  .transform(Number)
  .describe("seconds");

const addresses = z
  .string()
  .transform((text, context) => {
    const parsed = z.record(z.string().regex(/^org:[a-z0-9._-]+$/), httpUrl).safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("not an object of organisation and address");
    return z.NEVER;
  })
  .describe('JSON such as {"org:civil":"https://…"}; what it does not name is taken from registry.yaml');

const organisation = z
  .string()
  .regex(/^(?=.{3,64}$)org:[a-z0-9._-]+$/, "not an organisation (org:…)")
  .transform(parseOrgId);

const watchRules = z
  .string()
  .transform((text, context) => {
    const parsed = WatchConfig.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("not a configuration of the rules");
    return z.NEVER;
  })
  .describe('JSON such as {"registrationDays":5}; what it does not name has its default');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the console is told by its environment. Who may sign in, and who supervises, is in the contracts. */
const schema = z.object({
  WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
  WEFT_PORT: portNumber.default(4600),
  WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
  WEFT_PUBLIC_URL: httpUrl.describe("the origin that browsers know the console by; no other page may ask it"),
  WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
  WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
  WEFT_STATE_DIR: z.string().describe("a folder of this process's own, for the highest contracts version seen"),
  WEFT_REVIEW_ID: z.string().describe("this console's name in registry.yaml, for example review:main"),
  WEFT_SIGNING_KEY_FILE: secretFile.describe(
    "the name of a file with the console's private Ed25519 JWK, kid included; registry.yaml lists it under reviews",
  ),
  WEFT_SEAL_MASTER_FILE: secretFile.describe('the name of a file with {"p1":"32 bytes in base64url"}'),
  WEFT_LOG_URL: httpUrl.describe("the address of the access log"),
  WEFT_CONSENT_URL: httpUrl.optional().describe("the consent register; nothing is said of consents without it"),
  WEFT_ISSUERS: addresses.default({}),
  WEFT_PAGES: z.string().optional().describe("the folder with the pages; only the API is served without it"),
  WEFT_STAFF_FILE: z
    .string()
    .optional()
    .describe("the name of a file with the house's pseudonyms and staff numbers, readable by its owner only"),
  WEFT_WATCH_FOR: organisation
    .optional()
    .describe("the house in whose name the rules read the log; the one that supervises all sees all"),
  WEFT_WATCH_EVERY: seconds.default(60),
  WEFT_WATCH_DELAY: seconds.default(120),
  WEFT_WATCH_RULES: watchRules.default(WatchConfig.parse({})),
  WEFT_CASE_REGISTERS: addresses.default({}),
  WEFT_HOUSEHOLDS_URL: httpUrl
    .optional()
    .describe("the adapter of the house that registry.yaml says knows who lives together; nobody is asked without it"),
  WEFT_IDLE: seconds.default(900),
  WEFT_SESSION: seconds.default(28_800),
  DATABASE_URL: z.string().optional().describe("the address of the console's PostgreSQL"),
  DATABASE_URL_FILE: secretFile.optional().describe("the name of a file with that address, where it has a password"),
  WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  ...operationsVariables,
  ...tlsVariables,
  ...clientTlsVariables,
});

export type ConsoleConfig = Readonly<z.output<typeof schema>>;

export function readConsoleConfig(env: Readonly<Record<string, string | undefined>> = process.env): ConsoleConfig {
  return readConfig(schema, env);
}

/** From the file where there is one: a password is better not in the environment. */
export function databaseUrl({ DATABASE_URL_FILE: file, DATABASE_URL: url }: ConsoleConfig): string | undefined {
  return file?.reveal() ?? url;
}
