import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { compileCache } from "../app-process.js";
import { sandboxKey, sandboxPrivateJwk } from "../keys.js";
import { defaultContracts, type Network, startNetwork } from "../network.js";
import { built } from "../repository.js";
import { removeState, writeState } from "../state-file.js";

/** A country that a ministry may join: its servers run, and beside them stand the folders of each party, as the chapter names them. */
export interface Ground {
  /** Where commands are given. */
  readonly workshop: string;
  readonly network: Network;
  /** `weft` and `ask` as commands; the country's servers. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface GroundOptions {
  readonly folder: string;
  readonly people: number;
  /** A country that was made before. */
  readonly dataDir?: string;
  /** The consumer, without `org:`. */
  readonly consumer: string;
  readonly onProgress?: (step: string) => void;
}

export async function openGround({ folder, people, consumer, dataDir, onProgress }: GroundOptions): Promise<Ground> {
  const workshop = path.join(folder, "workshop");
  const at = (...names: string[]) => path.join(workshop, ...names);
  mkdirSync(workshop, { recursive: true });
  for (const copy of ["contracts", "served"]) cpSync(defaultContracts, at(copy), { recursive: true });
  const secret = (name: string, content: unknown) => {
    mkdirSync(path.dirname(at(name)), { recursive: true, mode: 0o700 });
    writeFileSync(at(name), JSON.stringify(content), { mode: 0o600 });
  };
  secret("authority/authority.jwk", sandboxPrivateJwk("authority-1"));
  secret("authority/authority.public.jwk", sandboxKey("authority-1").publicJwk);
  secret("consumer/agreement.jwk", sandboxPrivateJwk(`${consumer}-agreement-1`));
  mkdirSync(at("operator"), { recursive: true, mode: 0o700 });
  // Last of what may fail: whoever gets no ground has nothing to stop.
  const network = await startNetwork({
    dataDir: dataDir ?? path.join(folder, "country"),
    people,
    contracts: at("served"),
    ...(onProgress && { onProgress }),
  });
  cpSync(path.join(network.dataDir, "keys", "seal-master.json"), at("operator", "seal-master.json"));
  const { gateway, issuer, log, consent } = network.urls;
  writeState(network.dataDir, { pid: process.pid, people, urls: { gateway, issuer, log } });
  return {
    workshop,
    network,
    env: {
      NODE_COMPILE_CACHE: compileCache,
      PATH: [commands(folder, network.dataDir), process.env["PATH"]].join(path.delimiter),
      LOG: log,
      CONSENT: consent,
      GATEWAY: gateway,
    },
    async stop() {
      removeState(network.dataDir);
      await network.stop();
    },
  };
}

/** Two words for the shell: the real command line, and the asking of a running sandbox. */
function commands(folder: string, dataDir: string): string {
  const dir = path.join(folder, "commands");
  mkdirSync(dir, { recursive: true });
  const program = (name: string, rest: string) => {
    const file = path.join(dir, name);
    const run = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${path.join(built, "bin", `${name}.js`)}'`;
    writeFileSync(file, `#!/bin/sh\n${run} "$@"${rest}\n`);
    chmodSync(file, 0o755);
  };
  program("weft", "");
  program("ask", ` --data '${dataDir}'`);
  return dir;
}
