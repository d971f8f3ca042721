import { createLogger, stopOnSignal } from "#libs/server";
import { WeftError } from "#libs/terms";
import { readWitnessConfig } from "./config.js";
import { startWitness } from "./witness.module.js";

try {
  const config = readWitnessConfig();
  const logger = createLogger({ name: "witness", level: config.WEFT_LOG_LEVEL });
  const server = await startWitness(config, logger);
  stopOnSignal(() => server.close(), logger);
  logger.info({ event: "listening", url: server.url }, "The witness cosigns.");
} catch (error) {
  if (!(error instanceof WeftError)) throw error;
  process.stderr.write(`The witness does not start. ${error.message}\n`);
  process.exit(1);
}
