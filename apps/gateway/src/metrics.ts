import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Code, OrgId } from "#libs/terms";

/** Few labels: provider, outcome, code. Never a coordinate, a person or an officer. */
export interface GatewayMetrics {
  readonly answered: (code: Code | "ok" | "partial", milliseconds: number) => void;
  readonly fetched: (provider: OrgId, outcome: Code | "ok", milliseconds: number) => void;
  readonly breaker: (provider: OrgId, state: "open" | "halfOpen" | "close") => void;
}

const breakerLevel = { close: 0, halfOpen: 1, open: 2 } as const;
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  const answers = new Counter({
    name: "weft_answers_total",
    help: "Answers by code.",
    labelNames: ["code"],
    registers,
  });
  const answerTime = new Histogram({ name: "weft_answer_seconds", help: "Time to an answer.", buckets, registers });
  const fetches = new Counter({
    name: "weft_fetches_total",
    help: "Fetches by provider and outcome.",
    labelNames: ["provider", "outcome"],
    registers,
  });
  const fetchTime = new Histogram({
    name: "weft_fetch_seconds",
    help: "Time of one fetch.",
    labelNames: ["provider"],
    buckets,
    registers,
  });
  const breakers = new Gauge({
    name: "weft_breaker_state",
    help: "Breaker of a provider: 0 closed, 1 half open, 2 open.",
    labelNames: ["provider"],
    registers,
  });
  return {
    answered: (code, milliseconds) => {
      answers.inc({ code });
      answerTime.observe(milliseconds / 1000);
    },
    fetched: (provider, outcome, milliseconds) => {
      fetches.inc({ provider, outcome });
      fetchTime.observe({ provider }, milliseconds / 1000);
    },
    breaker: (provider, state) => breakers.set({ provider }, breakerLevel[state]),
  };
}
