import { z } from "zod";
import {
  clientTlsVariables,
  flag,
  httpUrl,
  operationsVariables,
  portNumber,
  readConfig,
  secretFile,
  tlsVariables,
} from "#libs/server";

const milliseconds = z
  .string()
  .regex(/^\d{1,6}$/, "not a whole number")
  .transform(Number)
  .describe("milliseconds");

const count = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, "not a whole number above 0")
  .transform(Number)
  .describe("a whole number above 0");

const adapters = z
  .string()
  .transform((text, context) => {
    const parsed = z.record(z.string().regex(/^org:[a-z0-9._-]+$/), httpUrl).safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("not an object of organisation and address");
    return z.NEVER;
  })
  .describe('JSON such as {"org:civil":"https://…"}; what it does not name is taken from registry.yaml');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the gateway is told by its environment. Everything about who may ask what is in the contracts, not here. */
const schema = z.object({
  WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
  WEFT_PORT: portNumber.default(4000),
  WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
  WEFT_PUBLIC_URL: httpUrl.describe("the origin that callers know the gateway by; tokens and proofs name it"),
  WEFT_CONTRACTS: z.string().describe("the folder with the country's contracts"),
  WEFT_AUTHORITY_FILE: z.string().describe("the name of a file with the registry authority's public JWK"),
  WEFT_GATEWAY_ID: z.string().describe("this gateway's name in registry.yaml, for example gateway:main"),
  WEFT_SIGNING_KEY_FILE: secretFile,
  WEFT_SEAL_MASTER_FILE: secretFile,
  WEFT_LOG_URL: httpUrl.describe("the address of the access log"),
  WEFT_ADAPTERS: adapters.default({}),
  WEFT_STATE_DIR: z.string().describe("a folder of this replica's own, for the highest contracts version seen"),
  WEFT_DEADLINE: milliseconds.default(5000),
  WEFT_PROVIDER_DEADLINE: milliseconds.default(2000),
  WEFT_PROVIDER_CALLS: count.default(64),
  WEFT_BREAKER_REST: milliseconds.default(5000),
  WEFT_CLIENT_RATE: count.default(200),
  WEFT_BODY_LIMIT: count.default(100_000),
  WEFT_INTROSPECTION: flag.optional(),
  WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  ...operationsVariables,
  ...tlsVariables,
  ...clientTlsVariables,
});

export type GatewayConfig = Readonly<z.output<typeof schema>>;

export function readGatewayConfig(env: Readonly<Record<string, string | undefined>> = process.env): GatewayConfig {
  return readConfig(schema, env);
}
