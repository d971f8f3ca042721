import { createLogger, stopOnSignal } from "#libs/server";
import { startAdapter } from "./adapter.module.js";
import { readAdapterConfig } from "./config.js";

const config = readAdapterConfig();
const logger = createLogger({ name: "adapter", level: config.WEFT_LOG_LEVEL });
const server = await startAdapter(config, logger);
stopOnSignal(() => server.close(), logger);
logger.info({ event: "listening", url: server.url }, "The adapter answers.");
