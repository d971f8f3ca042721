// Before anything of Apollo's is constructed: it would report to its maker.
process.env["APOLLO_TELEMETRY_DISABLED"] = "1";

const { createLogger, stopOnSignal } = await import("#libs/server");
const { readGatewayConfig } = await import("./config.js");
const { startGateway } = await import("./gateway.module.js");

const config = readGatewayConfig();
const logger = createLogger({ name: "gateway", level: config.WEFT_LOG_LEVEL });
const server = await startGateway(config, logger);
stopOnSignal(() => server.close(), logger);
logger.info({ event: "listening", url: server.url }, "The gateway answers.");
