import { mkdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { parseEnv } from "node:util";
import { type AppProcess, createApp } from "../../apps/sandbox/src/app-process.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import type { Orvanda } from "./orvanda.js";

/** One ministry's adapter more, as a process of its own with a store of its own, told the same as the network's. */
export async function startAdapter(
  orvanda: Orvanda,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<AppProcess> {
  const adapter = await beginAdapter(orvanda, name, settings);
  await adapter.start();
  return adapter;
}

/** The same, not started yet. */
export async function beginAdapter(
  { dataDir }: Pick<Orvanda, "dataDir">,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<AppProcess> {
  const port = await reservePort(0);
  const state = path.join(dataDir, "state", name);
  mkdirSync(state, { recursive: true });
  const same = parseEnv(readFileSync(path.join(dataDir, "keys", "adapter.env"), "utf8")) as Record<string, string>;
  return createApp({
    name,
    script: "bin/adapter.js",
    port,
    ready: "/health/ready",
    logFile: path.join(dataDir, "logs", `${name}.log`),
    env: { ...same, WEFT_PORT: String(port), WEFT_STATE_DIR: state, ...settings },
  });
}

/** A wire to another server that can be cut, and mended. */
export interface Wire {
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): void;
}

export async function openWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  let whole = true;
  const server: Server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    return undefined;
  });
  const own = await reservePort(0);
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  const drop = () => open.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${own}`,
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    close() {
      server.close();
      drop();
    },
  };
}
