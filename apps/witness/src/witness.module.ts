import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { Module } from "@nestjs/common";
import { z } from "zod";
import { cosignatureSigner, type NoteVerifier, parseVkey, witnessVerifier } from "#libs/access-log";
import {
  bootHttp,
  createHealth,
  createMetrics,
  type HttpServer,
  type Logger,
  operationsAddress,
  processFacts,
  refuseIfUnsafe,
  type Secret,
  tlsFiles,
} from "#libs/server";
import { WeftError } from "#libs/terms";
import { witnessRoutes } from "./add-checkpoint.endpoint.js";
import type { WitnessConfig } from "./config.js";
import type { Answer, Witness } from "./witness.js";
import { WitnessState } from "./witness-state.js";

@Module({})
class WitnessModule {}

const PinsFile = z.strictObject({ logs: z.array(z.string()).min(1) });

/** The witness's composition, by hand, in one place. */
export async function startWitness(config: WitnessConfig, logger: Logger): Promise<HttpServer> {
  const key = readKey(config.WEFT_WITNESS_KEY_FILE);
  const logs = readLogs(config.WEFT_PINS_FILE);
  refuseDangerousSettings(
    config,
    logs.some(({ name }) => name.includes("orvanda.example")),
  );
  const isNew = config.WEFT_WITNESS_FIRST || config.WEFT_MODE === "sandbox";
  const state = new WitnessState(config.WEFT_STATE_DIR, isNew);
  const witness: Witness = {
    signer: cosignatureSigner(config.WEFT_WITNESS_NAME, key),
    logs,
    state,
    now: () => Math.floor(Date.now() / 1000),
  };
  const metrics = createMetrics();
  const answers = metrics.counter("weft_witness_answers_total", "Checkpoints by what became of them.", ["outcome"]);
  const health = createHealth();
  health.check("state", () => void state.forks());
  health.fact("vkey", () => witnessVerifier(config.WEFT_WITNESS_NAME, key).vkey);
  health.fact("forks", () => state.forks().length);
  const onAnswer = (answer: Answer) => {
    answers.inc({ outcome: String(answer.status) });
    report(answer, logger);
  };
  const server = await bootHttp({
    module: WitnessModule,
    host: config.WEFT_HOST,
    port: config.WEFT_PORT,
    logger,
    tls: tlsFiles(config),
    operations: operationsAddress(config),
    health,
    metrics,
    routes: (scope) => witnessRoutes(scope, witness, { onAnswer }),
  });
  return {
    ...server,
    close: async () => {
      await server.close();
      state.close();
    },
  };
}

/** A conflict of sizes is everyday business: two writers, or one that has just started. */
function report(answer: Answer, logger: Logger): void {
  if (answer.status === 409 && answer.fork)
    logger.fatal({ event: "fork", size: answer.size }, "The log signed two trees of one size; both are kept.");
  else if (answer.status !== 200 && answer.status !== 409)
    logger.warn({ event: "refused", status: answer.status }, "A checkpoint was not cosigned.");
}

function readLogs(file: string): readonly NoteVerifier[] {
  try {
    return PinsFile.parse(JSON.parse(readFileSync(file, "utf8"))).logs.map((vkey) => parseVkey(vkey));
  } catch {
    throw new WeftError("CONFIG_INVALID", { message: 'WEFT_PINS_FILE does not hold {"logs":["vkey"]}.' });
  }
}

function readKey(file: Secret): KeyObject {
  try {
    const key = createPrivateKey({ key: JSON.parse(file.reveal()) as JsonWebKey, format: "jwk" });
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below.
  }
  throw new WeftError("CONFIG_INVALID", { message: "WEFT_WITNESS_KEY_FILE does not hold a private Ed25519 JWK." });
}

function refuseDangerousSettings(config: WitnessConfig, sandboxKeys: boolean): void {
  refuseIfUnsafe({
    ...processFacts(),
    production: config.WEFT_MODE === "production",
    host: config.WEFT_HOST,
    tls: tlsFiles(config) !== undefined,
    callersUnchecked: tlsFiles(config)?.caFile === undefined,
    telemetry: false,
    sandboxKeys,
  });
}
