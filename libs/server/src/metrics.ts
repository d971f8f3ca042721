import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/**
 * A label is one of these few, and its values are few: a coordinate, a person, an officer or a case is never one. Each process
 * has a registry of its own, so that several apps may live in one process under test.
 */
export type Label = "provider" | "outcome" | "code" | "route" | "status" | "state" | "kind";

export interface Metrics {
  readonly registry: Registry;
  counter<L extends Label>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends Label>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** Seconds, unless the name says otherwise. */
  histogram<L extends Label>(
    name: string,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ): Histogram<L>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.process ?? true) collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, labels = [], buckets = SECONDS) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers }),
  };
}
