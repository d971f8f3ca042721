import type { Logger, Metrics } from "#libs/server";
import { type FetchReply, serveFetch } from "#libs/subgraph";
import { WeftError } from "#libs/terms";
import type { RunningMinistry } from "./running-ministry.js";

export const ADAPTER = Symbol("adapter");

/** All ministries of one process, by the name in their address. */
export interface Adapter {
  serve(name: string, body: unknown, signal: AbortSignal): Promise<FetchReply>;
}

/** A gateway that is sent away with one of these is broken, or is not the gateway. */
const suspicious: ReadonlySet<string> = new Set(["RECORD_REJECTED", "PROOF_REJECTED", "NOT_RECORDED", "REPLAYED"]);

export function openAdapter(
  ministries: ReadonlyMap<string, RunningMinistry>,
  metrics: Metrics,
  logger: Logger,
): Adapter {
  const fetches = metrics.counter("weft_adapter_fetches_total", "Fetches by what became of them.", [
    "provider",
    "outcome",
    "code",
  ]);
  const seconds = metrics.histogram("weft_adapter_fetch_seconds", "Time to serve a fetch.", ["provider"]);
  return {
    async serve(name, body, signal) {
      const ministry = ministries.get(name);
      if (!ministry) throw new WeftError("NOT_FOUND");
      const { provider } = ministry;
      const stop = seconds.startTimer({ provider });
      try {
        const reply = await serveFetch(body, ministry.served(), new Date(), signal);
        fetches.inc({ provider, outcome: "answered", code: "none" });
        return reply;
      } catch (error) {
        const { code, detail } = error instanceof WeftError ? error : { code: "INTERNAL", detail: undefined };
        fetches.inc({ provider, outcome: "refused", code });
        const level = suspicious.has(code) ? "warn" : "debug";
        logger[level]({ event: "refused", provider, code, detail }, "A fetch was refused.");
        throw error;
      } finally {
        stop();
      }
    },
  };
}
