import { createLogger, stopOnSignal } from "#libs/server";
import { startAccessLog } from "./access-log.module.js";
import { readAccessLogConfig } from "./config.js";

const config = readAccessLogConfig();
const logger = createLogger({ name: "access-log", level: config.WEFT_LOG_LEVEL });
const server = await startAccessLog(config, logger);
stopOnSignal(() => server.close(), logger);
logger.info({ event: "listening", url: server.url }, "The access log takes records.");
