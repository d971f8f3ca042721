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

const caseRegisters = z
  .string()
  .transform((text, context) => {
    const parsed = z.record(z.string().regex(/^[a-z0-9._-]{1,58}$/), z.string().min(1)).safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("not an object of name and file");
    return z.NEVER;
  })
  .describe('JSON such as {"welfare":"/etc/weft/welfare.yaml"}: houses whose own registers explain their accesses');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What an adapter is told by its environment. What it may release is in the contracts; whom it believes is in the pins file, which
 * the ministry itself writes and which no contracts folder can change. The variables that adapter.yaml names (`env:NAME`) are
 * read beside these.
 */
const schema = z.object({
  WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
  WEFT_PORT: portNumber.default(4200),
  WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
  WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
  WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
  WEFT_MINISTRIES: commaList.describe(
    "the ministries to serve, by their folders' names; a country gives each its own process",
  ),
  WEFT_STATE_DIR: z.string().describe("a folder of this process's own, for its stores"),
  WEFT_PINS_FILE: z
    .string()
    .describe(
      'the name of a file with {"gateways":[{"id","kid","jwk"}],"logs":["vkey"],"witnesses":{"quorum","vkeys"},"ministries":{"org:civil":[jwk]}}: whom the ministry believes, and its own agreement keys',
    ),
  WEFT_SEAL_KEYS_FILE: secretFile.describe('the name of a file with {"org:civil":{"p1":"64 bytes in base64url"}}'),
  WEFT_SIGNING_KEYS_FILE: secretFile.describe(
    'the name of a file with {"org:civil": private Ed25519 JWK with its kid}',
  ),
  WEFT_CONSENT_URL: httpUrl.describe("the address of the consent register"),
  WEFT_CONSENT_AUDIENCE: httpUrl
    .optional()
    .describe("the register's public address, where it is called by another one"),
  WEFT_LOG_URL: httpUrl.describe("the address of the access log"),
  WEFT_GATEWAY_URLS: commaList
    .optional()
    .describe("the gateways' public addresses, which callers' tokens are for; those of registry.yaml unless told"),
  WEFT_CASE_REGISTERS: caseRegisters.default({}),
  WEFT_HOUSEHOLDS: caseRegisters
    .default({})
    .describe('JSON such as {"civil":"/etc/weft/households.yaml"}: the house that knows who lives together'),
  WEFT_HOUSEHOLD_KEYS_FILE: secretFile
    .optional()
    .describe('the name of a file with {"org:civil": private X25519 JWK}: what pairs for that house are opened with'),
  WEFT_PAGE_PORT: portNumber
    .optional()
    .describe("a port of loopback for the page of who runs it, 0 for any free one; without it there is none"),
  WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  ...operationsVariables,
  ...tlsVariables,
  ...clientTlsVariables,
});

export type AdapterAppConfig = Readonly<z.output<typeof schema>>;

export function readAdapterConfig(env: Readonly<Record<string, string | undefined>> = process.env): AdapterAppConfig {
  return readConfig(schema, env);
}
