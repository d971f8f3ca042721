import { mkdirSync } from "node:fs";
import { createLogger, stopOnSignal } from "#libs/server";
import { WeftError } from "#libs/terms";
import { readConsentConfig } from "./config.js";
import { startConsent } from "./consent.module.js";

try {
  const config = readConsentConfig();
  const logger = createLogger({ name: "consent", level: config.WEFT_LOG_LEVEL });
  mkdirSync(config.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const server = await startConsent(config, logger);
  stopOnSignal(() => server.close(), logger);
  logger.info({ event: "listening", url: server.url }, "The consent register answers.");
} catch (error) {
  if (!(error instanceof WeftError)) throw error;
  process.stderr.write(`The consent register does not start. ${error.detail ?? error.message}\n`);
  process.exit(1);
}
