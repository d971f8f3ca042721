import { mkdirSync } from "node:fs";
import { createLogger, stopOnSignal } from "#libs/server";
import { WeftError } from "#libs/terms";
import { readConsoleConfig } from "./config.js";
import { startConsole } from "./console.module.js";

try {
  const config = readConsoleConfig();
  const logger = createLogger({ name: "console", level: config.WEFT_LOG_LEVEL });
  mkdirSync(config.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const server = await startConsole(config, logger);
  stopOnSignal(() => server.close(), logger);
  logger.info({ event: "listening", url: server.url }, "The console answers.");
} catch (error) {
  if (!(error instanceof WeftError)) throw error;
  process.stderr.write(`The console does not start. ${error.detail ?? error.message}\n`);
  process.exit(1);
}
