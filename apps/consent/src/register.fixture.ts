import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, type HttpServer, type Logger, Secret } from "#libs/server";
import { sandboxKey, sandboxPrivateJwk, sandboxSealMaster } from "../../sandbox/src/keys.js";
import { type PostgresServer, startPostgres } from "../../sandbox/src/postgres.js";
import type { ConsentConfig } from "./config.js";
import { startConsent } from "./consent.module.js";

/** Registers of the sandbox country on a real PostgreSQL, for tests. */
export interface Registers {
  readonly folder: string;
  readonly postgres: PostgresServer;
  /** A register on this database, which is made where there is none. */
  start(database: string, change?: Partial<ConsentConfig>, logger?: Logger): Promise<HttpServer>;
  stop(): Promise<void>;
}

export const publicUrl = "https://consent.orvanda.example";
const silent = createLogger({ name: "consent", level: "silent" });

export async function openRegisters(): Promise<Registers> {
  const folder = mkdtempSync(join(tmpdir(), "weft consent "));
  const authority = join(folder, "authority.jwk");
  writeFileSync(authority, JSON.stringify(sandboxKey("authority-1").publicJwk));
  const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
  return {
    folder,
    postgres,
    async start(database, change = {}, logger = silent) {
      await postgres.createDatabase(database);
      const url = postgres.superuserUrl(database);
      const state = join(folder, `state-${database}`);
      return startConsent({ ...settings, ...change, ...own(authority, state, url) }, logger);
    },
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const own = (authority: string, state: string, url: string) => ({
  WEFT_AUTHORITY_FILE: authority,
  WEFT_STATE_DIR: state,
  DATABASE_URL: url,
});

const settings = {
  WEFT_HOST: "127.0.0.1",
  WEFT_OPERATIONS_HOST: "127.0.0.1",
  WEFT_PORT: 0,
  WEFT_MODE: "sandbox",
  WEFT_PUBLIC_URL: publicUrl,
  WEFT_KEEPER: "org:registry",
  WEFT_SIGNING_KEY_FILE: new Secret(JSON.stringify(sandboxPrivateJwk("registry-consent-1"))),
  WEFT_SEAL_MASTER_FILE: new Secret(
    JSON.stringify({ [sandboxSealMaster.kid]: Buffer.from(sandboxSealMaster.bytes).toString("base64url") }),
  ),
  WEFT_RELATIONS_FROM: ["org:civil"],
  WEFT_PROTECTION_FROM: ["org:welfare"],
  WEFT_OFFICER_DAY: 50,
  WEFT_ASK_OFFICER_DAY: 30,
  WEFT_ASK_ORGANISATION_DAY: 200,
  WEFT_CONTRACTS: fileURLToPath(new URL("../../../contracts", import.meta.url)),
  WEFT_LOG_LEVEL: "silent",
} as const satisfies Partial<ConsentConfig>;
