import { mkdirSync } from "node:fs";
import { createLogger, stopOnSignal } from "#libs/server";
import { WeftError } from "#libs/terms";
import { readIssuerConfig } from "./config.js";
import { startIssuer } from "./issuer.module.js";

try {
  const config = readIssuerConfig();
  const logger = createLogger({ name: "issuer", level: config.WEFT_LOG_LEVEL });
  mkdirSync(config.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const server = await startIssuer(config, logger);
  stopOnSignal(() => server.close(), logger);
  logger.info({ event: "listening", url: server.url }, "The token service answers.");
} catch (error) {
  if (!(error instanceof WeftError)) throw error;
  process.stderr.write(`The token service does not start. ${error.message}\n`);
  process.exit(1);
}
