import type { Logger, Metrics } from "#libs/server";
import { type FetchReply, serveFetch } from "#libs/subgraph";
import { WeftError } from "#libs/terms";
import type { RunningMinistry } from "./running-ministry.js";

export const ADAPTER = Symbol("adapter");

/** All ministries of one process, by the name in their address. */
export interface Adapter {
  serve(name: string, body: unknown, signal: AbortSignal): Promise<FetchReply>;
}

/**
 * What an operator should see: a gateway that is broken, or is not the gateway; a machine or a log that does not answer. What the
 * agreements refuse is everyday business, counted only.
 */
const remarkable: ReadonlySet<string> = new Set([
  "RECORD_REJECTED",
  "PROOF_REJECTED",
  "NOT_RECORDED",
  "REPLAYED",
  "SOURCE_UNAVAILABLE",
  "SOURCE_REFUSED",
  "SOURCE_INVALID",
  "RECORD_UNAVAILABLE",
  "NOT_READY",
]);

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
        const level = remarkable.has(code) ? "warn" : "debug";
        logger[level]({ event: "refused", provider, code, detail }, "A fetch was refused.");
        throw error;
      } finally {
        stop();
      }
    },
  };
}
