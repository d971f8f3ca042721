import type { GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import type { CoordinateRule, SignedAgreement, StrongSignIn } from "#libs/policy";
import { type Digest, digestOf, jcs, type OrgId, type Scheme, type SealKey, WeftError } from "#libs/terms";
import type { PassedOnTokens } from "#libs/token";
import { type JudgedAccount, judgedBy } from "./account/judge.js";
import { ownPolicy } from "./decide-again.js";
import type { ProtectLimits } from "./protect.js";
import { parseClosedHours } from "./protect-hours.js";
import { compileRead } from "./read/compile.js";
import { parseAdapterConfig } from "./read/check.js";
import type { AdapterConfig } from "./read/config.js";
import { milliseconds } from "./read/duration.js";
import { openMinistry } from "./read/ministry.js";
import type { ReadPlan } from "./read/port.js";
import { subgraphSchema } from "./read/schema.js";
import { type SmallCalls, smallCallsOf } from "./read/small-calls.js";
import type { ServingTerms } from "./served-ministry.js";

/** What one version of the contracts says about one provider. */
export interface TermsSource {
  readonly provider: OrgId;
  readonly version: number;
  /** Complete federation SDL of the provider's subgraph. */
  readonly sdl: string;
  /** `adapter.yaml` as JSON. */
  readonly adapter: unknown;
  readonly schemes: ReadonlyMap<string, Scheme>;
  /** Of the whole supergraph. */
  readonly rules: Iterable<CoordinateRule>;
  readonly agreements: Iterable<SignedAgreement>;
  /** Unless they are told, nobody is answered on the basis of vital interest, and no caller's token is believed. */
  readonly strongSignIn?: StrongSignIn | undefined;
  readonly callers?: PassedOnTokens | undefined;
}

export interface OwnMachine {
  /** Where `env:NAME` of adapter.yaml is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sealKey: SealKey;
}

export interface OpenedTerms extends ServingTerms, Reading {}

/** How the machine is read: apart from any agreement, so that most versions of the contracts leave it as it is. */
interface Reading extends Pick<ServingTerms, "schema" | "compile" | "ministry" | "deadline"> {
  readonly protect: ProtectLimits;
  /** What is wrong with the adapter's account. Throws `SOURCE_*` where the machine does not say. */
  readonly account: (signal: AbortSignal) => Promise<JudgedAccount>;
  readonly smallCalls: readonly SmallCalls[];
  /** Of all that it was opened from. */
  readonly readingDigest: Digest;
}

/** A plan holds no variable and no person, only a text that a gateway's planner makes: few are in use at one time. */
const MAX_PLANS = 1_000;

/**
 * Throws CONTRACT_INVALID where mapping and schema do not fit; a machine that is down does not matter yet. Where schema and mapping
 * are those of the terms before, the machine is not opened a second time: its connections are counted once.
 */
export async function openTerms(source: TermsSource, machine: OwnMachine, before?: OpenedTerms): Promise<OpenedTerms> {
  const { provider, version, rules, agreements, strongSignIn, callers } = source;
  const readingDigest = digestOfReading(source, machine);
  const reading = before?.readingDigest === readingDigest ? before : await openReading(source, machine, readingDigest);
  return { ...reading, provider, version, policy: ownPolicy(provider, rules, agreements, strongSignIn), callers };
}

async function openReading(source: TermsSource, machine: OwnMachine, readingDigest: Digest): Promise<Reading> {
  const { sdl, schemes } = source;
  const schema = subgraphSchema(sdl);
  const config = readConfig(source, schema);
  const ministry = await openMinistry({ config, schema, schemes, ...machine });
  return {
    schema,
    compile: cached((text) => compileRead(text, schema, config)),
    ministry,
    account: async (signal) => judgedBy(config, await ministry.account(signal)),
    smallCalls: smallCallsOf(config),
    deadline: deadlineOf(config),
    protect: limitsOf(config),
    readingDigest,
  };
}

function digestOfReading({ provider, sdl, adapter, schemes }: TermsSource, { sealKey }: OwnMachine): Digest {
  const spelt = [...schemes].map(([name, { pattern, normalise, decoys }]) => [name, pattern.source, normalise, decoys]);
  return digestOf(jcs({ provider, sdl, adapter, schemes: spelt, sealKey: sealKey.kid }));
}

function readConfig({ adapter, provider, schemes }: TermsSource, schema: GraphQLSchema): AdapterConfig {
  const config = parseAdapterConfig(adapter, schema, schemes);
  if (config.provider === provider) return config;
  throw new WeftError("CONTRACT_INVALID", { detail: `adapter.yaml of ${provider} names another provider` });
}

function cached(compile: (text: string) => ReadPlan): (text: string) => ReadPlan {
  const plans = new LRUCache<string, ReadPlan>({ max: MAX_PLANS });
  return (text) => {
    const known = plans.get(text);
    if (known) return known;
    const plan = compile(text);
    plans.set(text, plan);
    return plan;
  };
}

/** Identifiers, values, and one statement to spare: each has the statement's own time-out. */
function deadlineOf({ protect }: AdapterConfig): number {
  return 3 * milliseconds(protect.statementTimeout) + milliseconds(protect.queue);
}

function limitsOf({ protect, source }: AdapterConfig): ProtectLimits {
  const { connections, personsPerMinute, queue, closed } = protect;
  return {
    connections,
    personsPerMinute,
    queue: milliseconds(queue),
    closed: parseClosedHours(closed, source.timezone),
  };
}
