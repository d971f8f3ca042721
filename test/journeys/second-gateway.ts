import path from "node:path";
import { mkdirSync } from "node:fs";
import { type AppProcess, createApp } from "../../apps/sandbox/src/app-process.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { defaultContracts } from "../../apps/sandbox/src/network.js";
import type { Orvanda } from "./orvanda.js";

/** Gateways are stateless replicas: one more beside the network's own, with the same keys, the same log, and lines of its own. */
export async function startSecondGateway(
  { dataDir, urls }: Orvanda,
  settings: Readonly<Record<string, string>>,
  ready: "/health/ready" | "/health/live" = "/health/ready",
): Promise<AppProcess> {
  const port = await reservePort(0);
  const key = (name: string) => path.join(dataDir, "keys", name);
  const state = path.join(dataDir, "seen", "second-gateway");
  mkdirSync(state, { recursive: true });
  const gateway = createApp({
    name: "second-gateway",
    script: "bin/gateway.js",
    port,
    ready,
    logFile: path.join(dataDir, "logs", "second-gateway.log"),
    env: {
      WEFT_HOST: "127.0.0.1",
      WEFT_PORT: String(port),
      WEFT_MODE: "sandbox",
      WEFT_CONTRACTS: defaultContracts,
      WEFT_AUTHORITY_FILE: key("authority.jwk"),
      WEFT_STATE_DIR: state,
      APOLLO_TELEMETRY_DISABLED: "1",
      WEFT_PUBLIC_URL: urls.gateway,
      WEFT_GATEWAY_ID: "gateway:main",
      WEFT_SIGNING_KEY_FILE: key("gateway.jwk"),
      WEFT_SEAL_MASTER_FILE: key("seal-master.json"),
      WEFT_LOG_URL: urls.log,
      ...settings,
    },
  });
  await gateway.start();
  return gateway;
}
