import { mkdirSync } from "node:fs";
import { createLogger, stopOnSignal } from "#libs/server";
import { WeftError } from "#libs/terms";
import { startAccessLog } from "./access-log.module.js";
import { readAccessLogConfig } from "./config.js";
import { watchRegistry } from "./registry.js";

try {
  const config = readAccessLogConfig();
  const logger = createLogger({ name: "access-log", level: config.WEFT_LOG_LEVEL });
  mkdirSync(config.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const server = await startAccessLog(config, await watchRegistry(config, logger), logger);
  stopOnSignal(() => server.close(), logger);
  logger.info({ event: "listening", url: server.url }, "The access log takes records.");
} catch (error) {
  if (!(error instanceof WeftError)) throw error;
  process.stderr.write(`The access log does not start. ${error.message}\n`);
  process.exit(1);
}
