import { rmSync } from "node:fs";
import { vi } from "vitest";
import { ask, type AskAnswer, type Asked } from "../../apps/sandbox/src/ask.js";
import { type Network, type NetworkOptions, startNetwork } from "../../apps/sandbox/src/network.js";
import { personNamed } from "../../apps/sandbox/src/personas.js";
import type { Question } from "../../apps/sandbox/src/questions.js";
import { copyOfCountry } from "./country.js";
import { askUncut } from "./own-issuer.js";

/**
 * All of Orvanda for one test file: the built apps as processes of their own, 2,000 people, ports that no other file takes. Start it
 * in `beforeAll`, stop it in `afterAll`. The console is not among them unless it is asked for.
 */
export interface Orvanda extends Network {
  /** Asks as one of the personas and takes the envelope apart. */
  ask(asked: Asked | Question): Promise<Told>;
  /** The same with a token that no token service has cut: for any purpose. */
  askUncut(asked: Asked | Question): Promise<Told>;
  /** The key of somebody in the cast. */
  who(name: string): { readonly scheme: string; readonly value: string };
  /** The value of a gauge or a counter, 0 where it was never set; its series are summed. */
  metric(
    app: "gateway" | "adapter" | "log" | "consent" | "issuer",
    name: string,
    labels?: Readonly<Record<string, string>>,
  ): Promise<number>;
}

/** An answer as a caller sees it. */
export interface Told extends AskAnswer {
  readonly data: unknown;
  readonly errors: readonly ToldError[];
  readonly sources: readonly {
    readonly provider: string;
    readonly status: string;
    readonly retryAfter?: number;
    readonly maintenance?: { readonly from: string; readonly until: string };
  }[];
  /** Index of the access's first record, or of the refusal. */
  readonly record: number | undefined;
}

export interface ToldError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly coordinate?: string;
    readonly provider?: string;
    readonly retryAfter?: number;
  };
}

const PEOPLE = 2000;

// Ten processes and a database, on a machine that has other tests to run.
vi.setConfig({ testTimeout: 90_000 });

export async function startOrvanda(options: Omit<NetworkOptions, "dataDir" | "ports"> = {}): Promise<Orvanda> {
  const dataDir = await copyOfCountry(options.people ?? PEOPLE);
  const network = await startNetwork({ people: PEOPLE, ...options, dataDir, ports: ownPorts() }).catch((error) => {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  });
  return {
    ...network,
    ask: async (asked) => told(await ask(network, asked)),
    askUncut: async (asked) => told(await askUncut(network.urls.gateway, asked)),
    who: (name) => personNamed(network.country, name),
    metric: (app, name, labels = {}) => metricOf(network.operationsUrls[app], name, labels),
    async stop() {
      await network.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Below the ports that a system gives to outgoing calls, and other ones for each test process. */
function ownPorts(): NonNullable<NetworkOptions["ports"]> {
  const first = 20_000 + (process.pid % 800) * 14;
  const parts = [
    "gateway",
    "log",
    "consent",
    "adapter",
    "disability",
    "pay",
    "insurance",
    "employment",
    "postgres",
    "mariadb",
    "issuer",
    "witness",
    "console",
  ] as const;
  return Object.fromEntries(parts.map((part, at) => [part, first + at]));
}

interface Envelope {
  readonly data?: unknown;
  readonly errors?: readonly ToldError[];
  readonly extensions?: { readonly weft?: { readonly sources?: Told["sources"] } };
}

export function told(answer: AskAnswer): Told {
  const { data, errors = [], extensions } = answer.body as Envelope;
  const record = answer.headers.get("weft-record");
  return {
    ...answer,
    data,
    errors,
    sources: extensions?.weft?.sources ?? [],
    record: record === null ? undefined : Number(record),
  };
}

/** Codes of an answer, each once, in alphabetical order. */
export function codesOf({ errors }: Pick<Told, "errors">): string[] {
  return [...new Set(errors.map(({ extensions }) => extensions.code))].sort();
}

/** The same of any app. */
export async function metricOf(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => /^[\w:]+/.exec(line)?.[0] === name && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
