import { z } from "zod";
import {
  commaList,
  httpUrl,
  operationsVariables,
  portNumber,
  readConfig,
  secretFile,
  tlsVariables,
} from "#libs/server";

const whole = (right: string) =>
  z
    .string()
    .regex(/^\d{1,6}$/, "not a whole number")
    .transform(Number)
    .describe(right);

/** What the token service is told by its environment. Its name (`iss`) and its public keys are in the contracts, not here. */
const schema = z.object({
  WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
  WEFT_PORT: portNumber.default(4400),
  WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
  WEFT_PUBLIC_URL: httpUrl.describe("the address that clients know the process by; proofs of possession name it"),
  WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
  WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
  WEFT_ORGANISATIONS: commaList.describe(
    "the organisations to issue for, such as org:welfare; a country gives each its own process",
  ),
  WEFT_CLIENTS_FILE: z.string().describe("the name of a file with each organisation's clients, directory and roles"),
  WEFT_SIGNING_KEYS_FILE: z
    .string()
    .describe("the name of a file with each organisation's private JWKs, readable by its owner only (chmod 600)"),
  WEFT_RESOURCES: commaList
    .optional()
    .describe("the addresses that tokens may be for, with commas; the registry's gateways unless told"),
  WEFT_STATE_DIR: z.string().describe("a folder of this process's own, for the highest contracts version seen"),
  WEFT_NONCE_SECRET_FILE: secretFile
    .optional()
    .describe("the name of a file with 32 bytes in base64url, the same for all replicas: proofs then need a nonce"),
  WEFT_TOKEN_LIFETIME: whole("seconds, 300 at most")
    .refine((seconds) => seconds >= 10 && seconds <= 300, "not from 10 to 300")
    .default(300),
  WEFT_KEY_LEAD: whole("seconds that a key is in the registry before it signs").default(900),
  WEFT_CLIENT_RATE: whole("tokens per second for each client").default(20),
  DATABASE_URL: z.string().optional().describe("the address of the issuer's PostgreSQL"),
  DATABASE_URL_FILE: secretFile.optional().describe("the name of a file with that address, where it has a password"),
  WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  ...operationsVariables,
  ...tlsVariables,
});

export type IssuerConfig = Readonly<z.output<typeof schema>>;

export function readIssuerConfig(env: Readonly<Record<string, string | undefined>> = process.env): IssuerConfig {
  return readConfig(schema, env);
}

/** From the file where there is one: a password is better not in the environment. */
export function databaseUrl({ DATABASE_URL_FILE: file, DATABASE_URL: url }: IssuerConfig): string | undefined {
  return file?.reveal() ?? url;
}
