import inspector from "node:inspector";
import { isIP } from "node:net";
import { WeftError } from "#libs/terms";

/**
 * Refuses to start with a setting that would undo what the rest is careful about. Pure: facts in, problems out.
 */
export interface SelfCheckFacts {
  readonly production: boolean;
  /** Where the process listens. */
  readonly host: string;
  readonly tls: boolean;
  /** Addresses that it calls with personal data or records. */
  readonly calls?: readonly string[];
  readonly debug?: boolean;
  readonly sandboxKeys?: boolean;
  readonly introspection?: boolean;
  readonly graphiql?: boolean;
  readonly telemetry?: boolean;
  /** A debugger can read memory. */
  readonly inspector?: boolean;
  readonly certificatesUnchecked?: boolean;
  /** Meant for known machines only, and asks callers for no certificate. */
  readonly callersUnchecked?: boolean;
}

export interface SelfCheckProblem {
  readonly wrong: string;
  readonly right: string;
}

interface Rule extends SelfCheckProblem {
  readonly when: "always" | "production";
  readonly holds: (facts: SelfCheckFacts) => boolean;
}

const rules: readonly Rule[] = [
  {
    when: "always",
    holds: ({ host, tls }) => !tls && !isLoopback(host),
    wrong: "It would listen off loopback without TLS.",
    right: "Set WEFT_TLS_CERT_FILE and WEFT_TLS_KEY_FILE, or listen on 127.0.0.1.",
  },
  {
    when: "always",
    holds: ({ calls = [] }) => calls.some(isPlainOffLoopback),
    wrong: "It would call another machine over plain HTTP.",
    right: "Give https addresses; http is for loopback only.",
  },
  {
    when: "always",
    holds: ({ telemetry }) => telemetry === true,
    wrong: "A library would send telemetry to its maker.",
    right: "Set APOLLO_TELEMETRY_DISABLED=1.",
  },
  {
    when: "always",
    holds: ({ certificatesUnchecked }) => certificatesUnchecked === true,
    wrong: "Certificates would not be checked.",
    right: "Unset NODE_TLS_REJECT_UNAUTHORIZED.",
  },
  {
    when: "production",
    holds: ({ callersUnchecked, host }) => callersUnchecked === true && !isLoopback(host),
    wrong: "Any machine could call it.",
    right: "Set WEFT_TLS_CA_FILE to the authority of the certificates of those who may.",
  },
  {
    when: "production",
    holds: ({ debug }) => debug === true,
    wrong: "Debugging is on.",
    right: "Unset DEBUG and NODE_DEBUG, and log at info or above.",
  },
  {
    when: "production",
    holds: ({ inspector }) => inspector === true,
    wrong: "A debugger may attach and read memory.",
    right: "Start without --inspect.",
  },
  {
    when: "production",
    holds: ({ sandboxKeys }) => sandboxKeys === true,
    wrong: "It would trust the sandbox's keys, which are public.",
    right: "Use contracts that the country's own authority signed.",
  },
  {
    when: "production",
    holds: ({ introspection }) => introspection === true,
    wrong: "The schema would be open to introspection.",
    right: "Turn introspection off; partners get the public schema with the contracts.",
  },
  {
    when: "production",
    holds: ({ graphiql }) => graphiql === true,
    wrong: "GraphiQL would be served.",
    right: "Turn it off; it belongs to the sandbox.",
  },
];

export function selfCheck(facts: SelfCheckFacts): readonly SelfCheckProblem[] {
  return rules
    .filter(({ when, holds }) => (when === "always" || facts.production) && holds(facts))
    .map(({ wrong, right }) => ({ wrong, right }));
}

export function refuseIfUnsafe(facts: SelfCheckFacts): void {
  const problems = selfCheck(facts);
  if (problems.length === 0) return;
  const message = problems.map(({ wrong, right }) => `${wrong} ${right}`).join("\n");
  throw new WeftError("CONFIG_INVALID", { message, detail: message });
}

/** What the process itself tells; the app adds what it knows. */
export function processFacts(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Pick<SelfCheckFacts, "production" | "debug" | "telemetry" | "inspector" | "certificatesUnchecked"> {
  return {
    production: env["NODE_ENV"] === "production",
    debug: isSet(env["DEBUG"]) || isSet(env["NODE_DEBUG"]),
    telemetry: env["APOLLO_TELEMETRY_DISABLED"] !== "1",
    inspector: inspector.url() !== undefined,
    certificatesUnchecked: env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0",
  };
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 4) return bare.startsWith("127.");
  return bare === "::1" || bare === "localhost";
}

function isPlainOffLoopback(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !isLoopback(hostname);
}
