import { existsSync } from "node:fs";
import axios from "axios";
import {
  checkContracts,
  type Contracts,
  ContractProblems,
  loadContracts,
  loadProposal,
  printProblem,
  type Registry,
  readGround,
} from "#libs/contracts";
import { WeftError } from "#libs/terms";
import { z } from "zod";
import { accountProblems } from "../account.js";
import { readEnvFile } from "../adapter.js";
import { adapterStatus } from "../adapter-page.js";
import { mappingProblems } from "../contract.js";
import { authorityKey, UsageError } from "../places.js";
import { publicKeysIn } from "./keys.js";
import type { JoinAgreement, JoinFacts } from "./state.js";

export interface StatusOptions {
  readonly contracts: string;
  readonly authority?: string;
  readonly keys: string;
  readonly env?: string;
  readonly gateway?: string;
  readonly wait?: number;
}

/** Looks at the folder, and where it is told of them at the ministry's machine and at the gateway. Nothing is written anywhere. */
export async function factsOf(ministry: string, options: StatusOptions): Promise<JoinFacts> {
  const { contracts: dir } = options;
  const { registry, own } = await readGround(dir, ministry);
  const provider = `org:${ministry}`;
  const drafted = own.has("schema.graphql") && own.has("adapter.yaml");
  const { contracts, problems } = await proposed(dir);
  const signed = await signedDigest(options);
  const env = options.env === undefined ? undefined : envAt(options.env);
  return {
    ministry,
    places: { contracts: dir, keys: options.keys, env: options.env ?? "adapter.env" },
    ownKeys: publicKeysIn(options.keys, provider).map(({ use }) => use),
    admitted: admittedAs(registry, provider),
    drafted,
    asks: [...own.values()].join("\n").match(/# ask: /g)?.length ?? 0,
    opened: purposesOpened(own.get("schema.graphql") ?? ""),
    problems,
    agreements: contracts === undefined ? [] : agreementsOf(contracts, provider),
    isSigned: signed !== undefined,
    missing: env === undefined ? undefined : env && missingIn(env),
    account: env && drafted ? await accountOf(ministry, dir, env) : undefined,
    adapter: env === undefined ? undefined : env && (await adapterAt(env["WEFT_STATE_DIR"])),
    version: registry.version,
    gateway: options.gateway === undefined ? undefined : await hasInForce(options.gateway, signed),
  };
}

type Env = Readonly<Record<string, string | undefined>>;

function admittedAs({ organisations }: Registry, provider: string): JoinFacts["admitted"] {
  const known = organisations[provider];
  return known ? { keyUses: known.keys.map(({ use }) => use), adapter: known.adapter !== undefined } : null;
}

async function proposed(dir: string) {
  const { contracts, problems } = await checkContracts(dir, { authorityKey: null, now: new Date() });
  const all = contracts ? mappingProblems(contracts) : problems;
  const [first] = all;
  return {
    contracts: contracts ?? (await readable(dir)),
    problems: { count: all.length, first: first ? printProblem(first).replaceAll("\n", "; ") : "" },
  };
}

async function readable(dir: string): Promise<Contracts | undefined> {
  try {
    return await loadProposal(dir, { unsigned: true, compose: false });
  } catch (error) {
    if (error instanceof ContractProblems) return undefined;
    throw error;
  }
}

async function signedDigest({ contracts, authority }: StatusOptions): Promise<string | undefined> {
  try {
    return (await loadContracts(contracts, { authorityKey: authorityKey(authority), compose: false })).digest;
  } catch (error) {
    if (error instanceof ContractProblems) return undefined;
    throw error;
  }
}

/** As the draft writes it and people edit it: a rule that names a purpose opens something. */
function purposesOpened(schema: string): readonly string[] {
  const rules = [...schema.matchAll(/@release\(\s*purposes: \[([^\]]*)\]/g)];
  const named = rules.flatMap(([, list = ""]) => [...list.matchAll(/"([^"]+)"/g)].map(([, purpose = ""]) => purpose));
  return [...new Set(named)].sort();
}

function agreementsOf({ agreements }: Contracts, provider: string): readonly JoinAgreement[] {
  return agreements
    .filter(({ agreement }) => agreement.provider === provider)
    .map(({ agreement, signedBy = [] }) => {
      const has = (side: string) => signedBy.some(({ organisation }) => organisation === side);
      return {
        id: agreement.agreement,
        consumer: agreement.consumer,
        hasSigned: has(provider),
        isCountersigned: has(agreement.consumer),
      };
    });
}

function envAt(file: string): Env | null {
  return existsSync(file) ? readEnvFile(file) : null;
}

/** What an adapter cannot start without, and the variables of its own system that stand empty. */
function missingIn(env: Env): readonly string[] {
  const files = ["WEFT_AUTHORITY_FILE", "WEFT_PINS_FILE", "WEFT_SEAL_KEYS_FILE", "WEFT_SIGNING_KEYS_FILE"];
  const lacking = files.filter((name) => env[name] === undefined || !existsSync(env[name]));
  return [...lacking, ...Object.keys(env).filter((name) => env[name] === "")];
}

async function accountOf(ministry: string, dir: string, env: Env): Promise<JoinFacts["account"]> {
  try {
    const { refused } = await accountProblems(ministry, dir, { ...process.env, ...env });
    return { count: refused.length, first: refused[0]?.wrong ?? "" };
  } catch (error) {
    if (error instanceof WeftError || error instanceof UsageError) return { count: 1, first: error.message };
    throw error;
  }
}

async function adapterAt(stateDir: string | undefined): Promise<NonNullable<JoinFacts["adapter"]> | null> {
  if (stateDir === undefined) return null;
  try {
    const { ministries } = await adapterStatus(stateDir);
    const [one] = ministries;
    return {
      stops: ministries.flatMap(({ lights }) =>
        lights.filter(({ colour }) => colour === "stop").map(({ says }) => says),
      ),
      contracts: one?.contracts ?? 0,
      served: one?.today?.served.reduce((sum, { fetches }) => sum + fetches, 0) ?? 0,
    };
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

const readiness = z.object({ facts: z.object({ contracts: z.string() }) });

async function hasInForce(gateway: string, digest: string | undefined): Promise<boolean | null> {
  try {
    const answer = await axios.get<unknown>(`${gateway.replace(/\/$/, "")}/health/ready`, {
      timeout: 5_000,
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
    });
    const read = readiness.safeParse(answer.data);
    return read.success && read.data.facts.contracts === digest;
  } catch (error) {
    if (axios.isAxiosError(error)) return null;
    throw error;
  }
}
