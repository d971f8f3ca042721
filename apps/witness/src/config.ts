import { z } from "zod";
import { flag, operationsVariables, portNumber, readConfig, secretFile, tlsVariables } from "#libs/server";

/** What a witness is told by its environment. It reads no contracts: whom it vouches for, its operator pins by hand. */
const schema = z.object({
  WEFT_HOST: z.string().default("127.0.0.1").describe("the address to listen on"),
  WEFT_PORT: portNumber.default(4600),
  WEFT_MODE: z.enum(["production", "sandbox"]).default("production").describe("production or sandbox"),
  WEFT_WITNESS_NAME: z.string().min(1).describe("the witness's name, for example witness.orvanda.example/authority"),
  WEFT_WITNESS_KEY_FILE: secretFile.describe("the name of a file with the witness's private Ed25519 JWK"),
  WEFT_PINS_FILE: z
    .string()
    .describe('the name of a file with {"logs":["vkey"]}: the logs whose checkpoints it cosigns'),
  WEFT_STATE_DIR: z.string().describe("a folder of this process's own, for what it cosigned last"),
  WEFT_WITNESS_FIRST: flag
    .default(false)
    .describe("1 at the very first start of a new key, when there is no state yet; never again"),
  WEFT_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  ...operationsVariables,
  ...tlsVariables,
});

export type WitnessConfig = Readonly<z.output<typeof schema>>;

export function readWitnessConfig(env: Readonly<Record<string, string | undefined>> = process.env): WitnessConfig {
  return readConfig(schema, env);
}
