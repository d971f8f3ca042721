import { z } from "zod";
import {
  clientTlsVariables,
  commaList,
  httpUrl,
  operationsVariables,
  portNumber,
  readConfig,
  secretFile,
  tlsVariables,
} from "#libs/server";

const count = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, "not a whole number above 0")
  .transform(Number)
  .describe("a whole number above 0");

/** What the consent register is told by its environment. Who takes part is in the contracts, not here. */
const schema = z
  .object({
    WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
    WEFT_PORT: portNumber.default(4300),
    WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
    WEFT_PUBLIC_URL: httpUrl.describe("the origin that callers know the register by; tokens and assertions name it"),
    WEFT_STATUS_URI: httpUrl
      .optional()
      .describe(
        "what receipts name as the status lists' address; never changed later. Unless set, under WEFT_PUBLIC_URL",
      ),
    WEFT_KEEPER: z.string().describe("the organisation that keeps the register, for example org:registry"),
    WEFT_SIGNING_KEY_FILE: secretFile.describe(
      "the name of a file with the register's private Ed25519 JWK, kid included; registry.yaml lists it, use: consent",
    ),
    WEFT_SEAL_MASTER_FILE: secretFile.describe('the name of a file with {"p1":"32 bytes in base64url"}'),
    WEFT_RELATIONS_FROM: commaList.optional().describe("providers who may tell that a guardian is no longer one"),
    WEFT_PROTECTION_FROM: commaList.optional().describe("organisations who may protect a person"),
    WEFT_OFFICER_DAY: count.default(200).describe("records that one officer may make in a day"),
    WEFT_ASK_OFFICER_DAY: count.default(60).describe("consents that one officer may ask for in a day"),
    WEFT_ASK_ORGANISATION_DAY: count.default(2000).describe("consents that one organisation may ask for in a day"),
    WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
    WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
    WEFT_STATE_DIR: z.string().describe("a folder of this process's own, apart from the database"),
    DATABASE_URL: z.string().optional().describe("the address of the register's PostgreSQL"),
    DATABASE_URL_FILE: secretFile.optional().describe("the name of a file with that address, where it has a password"),
    WEFT_LOG_URL: httpUrl
      .optional()
      .describe("the access log, which tells in figures whether anybody was read after their consent had ended"),
    WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    ...operationsVariables,
    ...tlsVariables,
    ...clientTlsVariables,
  })
  .readonly();

export type ConsentConfig = z.output<typeof schema>;

export function readConsentConfig(env: Readonly<Record<string, string | undefined>> = process.env): ConsentConfig {
  return readConfig(schema.unwrap(), env);
}

/** From the file where there is one: a password is better not in the environment. */
export function databaseUrl({ DATABASE_URL_FILE: file, DATABASE_URL: url }: ConsentConfig): string | undefined {
  return file?.reveal() ?? url;
}
