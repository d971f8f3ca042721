import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createApp } from "../../dist/apps/sandbox/src/app-process.js";
import { LOG_ORIGIN, writeKeyFiles } from "../../dist/apps/sandbox/src/key-files.js";
import { ministries } from "../../dist/apps/sandbox/src/compose-apps.js";
import { reservePort } from "../../dist/apps/sandbox/src/ports.js";
import { startPostgres } from "../../dist/apps/sandbox/src/postgres.js";
import { floorOptions } from "./floor.ts";
import { supergraphFile } from "./plan.ts";

/** What the bench measures, each a process of its own on loopback. `stop` ends all of them. */
export interface BenchNetwork {
  readonly weft: { readonly url: string; readonly pid: number };
  readonly stock: { readonly url: string; readonly pid: number };
  readonly floor: { readonly url: string; readonly pid: number };
  readonly log: { readonly url: string; readonly pid: number };
  readonly stop: () => Promise<void>;
}

const here = import.meta.dirname;
const contracts = path.join(here, "../../contracts");

/** `profile`: a folder for a CPU profile of Weft's gateway. */
export async function startNetwork(options: { readonly profile?: string | undefined } = {}): Promise<BenchNetwork> {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-bench-"));
  const running: (() => Promise<unknown> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of running.splice(0).toReversed()) await end();
  };
  try {
    const postgres = await startPostgres({ dataDir: path.join(folder, "postgres") });
    running.push(() => postgres.stop());
    await postgres.createDatabase("log");
    const servers = await startChild("subgraph-servers.ts");
    running.push(servers.stop);
    const stock = await startChild("stock-main.ts", stockOptions(servers.url));
    running.push(stock.stop);
    const floor = await startChild("floor-main.ts", floorOptions(servers.url));
    running.push(floor.stop);
    const apps = await composeApps(folder, postgres.superuserUrl("log"), servers.url, options.profile);
    for (const app of apps) {
      running.push(() => app.stop());
      await app.start();
    }
    const [log, gateway] = apps;
    return {
      weft: { url: `${gateway.url}/graphql`, pid: gateway.pid! },
      stock,
      floor,
      log: { url: log.url, pid: log.pid! },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function stockOptions(servers: string): object {
  const names = ["weft", ...ministries];
  return {
    // The stock gateway complains of a subgraph without an address: `weft`, which ours answers itself.
    supergraphSdl: readFileSync(supergraphFile, "utf8").replace('url: ""', 'url: "http://127.0.0.1"'),
    subgraphs: Object.fromEntries(names.map((name) => [name, `${servers}/${name}/graphql`])),
    port: 0,
  };
}

interface Child {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A script of the bench's own. It is told what it needs, tells its URL, and ends when we do. */
async function startChild(script: string, told?: object): Promise<Child> {
  const child = fork(path.join(here, script), { env: environment(), stdio: ["ignore", "ignore", "inherit", "ipc"] });
  if (told) child.send(told);
  const { url } = await messageOf(child, script);
  return {
    url,
    pid: child.pid!,
    async stop() {
      const gone = once(child, "exit");
      if (child.exitCode === null && child.kill()) await gone;
    },
  };
}

async function messageOf(child: ChildProcess, script: string): Promise<{ readonly url: string }> {
  const gone = once(child, "exit").then(() => {
    throw new Error(`${script} ended before it served`);
  });
  const [message] = (await Promise.race([once(child, "message"), gone])) as [{ url: string }];
  gone.catch(() => undefined);
  return message;
}

function environment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", TZ: "UTC", NODE_ENV: "production", NODE_NO_WARNINGS: "1" };
}

type Apps = readonly [ReturnType<typeof createApp>, ReturnType<typeof createApp>];

/** The access log and the gateway as the sandbox runs them; only what limits a caller's rate is wide open. */
async function composeApps(folder: string, database: string, servers: string, profile?: string): Promise<Apps> {
  const keys = writeKeyFiles(path.join(folder, "keys"), ministries);
  const [logPort, gatewayPort] = [await reservePort(), await reservePort()];
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const app = (name: string, port: number, env: Record<string, string>) => {
    const state = path.join(folder, "state", name);
    mkdirSync(state, { recursive: true });
    return createApp({
      name,
      script: `bin/${name}.js`,
      ready: "/health/ready",
      port,
      logFile: path.join(folder, `${name}.log`),
      env: {
        ...environment(),
        WEFT_HOST: "127.0.0.1",
        WEFT_PORT: String(port),
        WEFT_MODE: "sandbox",
        WEFT_CONTRACTS: contracts,
        WEFT_AUTHORITY_FILE: keys.authority,
        WEFT_STATE_DIR: state,
        APOLLO_TELEMETRY_DISABLED: "1",
        ...env,
      },
    });
  };
  const log = app("access-log", logPort, {
    DATABASE_URL_FILE: keys.secret("log.url", database),
    WEFT_LOG_ORIGIN: LOG_ORIGIN,
    WEFT_LOG_KEY_FILE: keys.logSigning,
  });
  const gateway = app("gateway", gatewayPort, {
    WEFT_PUBLIC_URL: at(gatewayPort),
    WEFT_GATEWAY_ID: "gateway:main",
    WEFT_SIGNING_KEY_FILE: keys.gatewaySigning,
    WEFT_SEAL_MASTER_FILE: keys.sealMaster,
    WEFT_LOG_URL: at(logPort),
    WEFT_CLIENT_RATE: "999999",
    // A busy machine must not turn a slow answer into a cheap one.
    WEFT_DEADLINE: "20000",
    WEFT_PROVIDER_DEADLINE: "10000",
    WEFT_ADAPTERS: JSON.stringify(Object.fromEntries(ministries.map((name) => [`org:${name}`, `${servers}/${name}`]))),
    ...(profile !== undefined && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` }),
  });
  return [log, gateway];
}
