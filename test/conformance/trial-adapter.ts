import { mkdirSync } from "node:fs";
import path from "node:path";
import { openSuite, prepare, type Result, type RunOptions } from "#libs/conformance";
import { type AppProcess, createApp } from "../../apps/sandbox/src/app-process.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { repository } from "../../apps/sandbox/src/repository.js";
import { readTrialPeople, type RunningSource, type SourceKind, vectors, writeMapping } from "./source-kinds.js";

/** Our own adapter, as it is built, over one kind of system; not started. */
export interface TrialAdapter {
  readonly app: AppProcess;
  readonly source: RunningSource;
  /** Where it takes fetches. */
  readonly url: string;
  run(options?: Partial<RunOptions>): Promise<readonly Result[]>;
  stop(): Promise<void>;
}

export async function openTrialAdapter(kind: SourceKind, folder: string): Promise<TrialAdapter> {
  const dir = path.join(folder, kind.name);
  mkdirSync(dir, { recursive: true });
  const source = await kind.start(readTrialPeople(), dir);
  const [port, worldPort] = [await reservePort(0), await reservePort(0)];
  const contracts = path.join(repository, "contracts");
  const { env } = await prepare(path.join(dir, "trial"), {
    vectors,
    contracts,
    world: `http://127.0.0.1:${worldPort}`,
    mapping: writeMapping(dir, source.source, kind.columns),
  });
  const app = createApp({
    name: kind.name,
    script: "bin/adapter.js",
    port,
    ready: "/health/live",
    logFile: path.join(dir, "adapter.log"),
    env: { ...env, ...source.env, WEFT_PORT: String(port), WEFT_LOG_LEVEL: "warn" },
  });
  const url = `${app.url}/trial/graphql`;
  const suite = await openSuite(path.join(dir, "trial"), vectors);
  return {
    app,
    source,
    url,
    run: (options = {}) => suite.run({ url, ...options }),
    async stop() {
      await app.stop();
      await suite.close();
      await source.stop();
    },
  };
}
