import { randomBytes } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { noteVerifier, witnessVerifier } from "#libs/access-log";
import { signFolder } from "#libs/contracts";
import { deriveSealKey, toB64u, WeftError } from "#libs/terms";
import { newKeys, printKeys, privateJwk, publicJwk, trialKeys, type TrialKeys } from "./keys.js";
import { LOG_ORIGIN, MINISTRY, PROVIDER, WITNESS } from "./names.js";

export interface PrepareOptions {
  /** Where the vectors are: contracts/vectors/adapter. */
  readonly vectors: string;
  /** A country's contracts, of which the prelude and the purposes are taken: contracts. */
  readonly contracts: string;
  /** Where the suite will play log, witness and consent register. */
  readonly world: string;
  /** An adapter.yaml of one's own in the place of the one for data/people.csv. */
  readonly mapping?: string;
}

/** What `prepare` wrote, and what the suite is pointed at. */
export interface Prepared {
  readonly dir: string;
  readonly contracts: string;
  /** The register's data, to be loaded into the MIS. */
  readonly people: string;
  /** What a Weft adapter is started with; its source's own variables come to it. */
  readonly env: Readonly<Record<string, string>>;
}

/** The file with the suite's own keys. Whoever has it can play the gateway, the log and the register of this trial country, and nothing else. */
export const WORLD_FILE = "world.json";

/**
 * Writes a country of one ministry, whose adapter is to be tested: signed contracts, the data to load, what the adapter is started with, and
 * the suite's own keys. Throws where the folder is not empty: an adapter that was started with it would meet a second past.
 */
export async function prepare(dir: string, options: PrepareOptions): Promise<Prepared> {
  if (existsSync(path.join(dir, WORLD_FILE)))
    throw new WeftError("CONFIG_INVALID", { message: `${dir} is prepared already: take an empty folder.` });
  const keys = newKeys();
  const master = randomBytes(32);
  const secret = (name: string, content: unknown): string => {
    const file = path.join(dir, name);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    return file;
  };
  await writeContracts(path.join(dir, "contracts"), keys, options);
  const people = path.join(dir, "data", "people.csv");
  mkdirSync(path.dirname(people), { recursive: true });
  copyFileSync(path.join(options.vectors, "data", "people.csv"), people);
  const seal = deriveSealKey("p1", master, PROVIDER);
  const own = { ...privateJwk(keys["trial-adapter-1"]), kid: "trial-adapter-1" };
  const env = {
    WEFT_MODE: "sandbox",
    WEFT_CONTRACTS: path.join(dir, "contracts"),
    WEFT_AUTHORITY_FILE: secret("keys/authority.jwk", publicJwk(keys["authority-1"])),
    WEFT_MINISTRIES: MINISTRY,
    WEFT_PINS_FILE: secret("keys/pins.json", pinsOf(keys)),
    WEFT_SEAL_KEYS_FILE: secret("keys/seal.json", { [PROVIDER]: { p1: toB64u(seal.bytes) } }),
    WEFT_SIGNING_KEYS_FILE: secret("keys/signing.json", { [PROVIDER]: own }),
    WEFT_LOG_URL: `${options.world}/log`,
    WEFT_CONSENT_URL: `${options.world}/consent`,
    WEFT_STATE_DIR: path.join(dir, "state"),
    TRIAL_PEOPLE_CSV: people,
  };
  mkdirSync(env.WEFT_STATE_DIR, { recursive: true, mode: 0o700 });
  const lines = Object.entries(env).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeFileSync(path.join(dir, "adapter.env"), lines.join(""), { mode: 0o600 });
  secret(WORLD_FILE, { url: options.world, master: toB64u(master), keys: printKeys(keys) });
  return { dir, contracts: env.WEFT_CONTRACTS, people, env };
}

async function writeContracts(dir: string, keys: TrialKeys, options: PrepareOptions): Promise<void> {
  cpSync(path.join(options.vectors, "country"), dir, { recursive: true });
  for (const file of ["prelude.graphql", "purposes.yaml"])
    copyFileSync(path.join(options.contracts, file), path.join(dir, file));
  if (options.mapping !== undefined)
    copyFileSync(options.mapping, path.join(dir, "subgraphs", MINISTRY, "adapter.yaml"));
  const registry = path.join(dir, "registry.yaml");
  writeFileSync(registry, withKeys(readFileSync(registry, "utf8"), keys));
  const kept: Readonly<Record<string, TrialKeys[keyof TrialKeys]>> = keys;
  await signFolder(dir, {
    authority: { kid: "authority-1", key: keys["authority-1"] },
    keyOf: (kid) => kept[kid]!,
  });
}

function withKeys(registry: string, keys: TrialKeys): string {
  return trialKeys.reduce(
    (text, name) =>
      text
        .replaceAll(`"KEY ${name}"`, `"${publicJwk(keys[name]).x}"`)
        .replaceAll(`"VKEY ${name}"`, `"${name === "witness-1" ? witnessKey(keys) : logKey(keys)}"`),
    registry,
  );
}

function pinsOf(keys: TrialKeys): object {
  return {
    gateways: [{ id: "gateway:main", kid: "gateway-1", jwk: publicJwk(keys["gateway-1"]) }],
    logs: [logKey(keys)],
    witnesses: { quorum: 1, vkeys: [witnessKey(keys)] },
    ministries: { [PROVIDER]: [publicJwk(keys["trial-agreement-1"])] },
  };
}

function logKey(keys: TrialKeys): string {
  return noteVerifier(LOG_ORIGIN, keys["log-1"]).vkey;
}

function witnessKey(keys: TrialKeys): string {
  return witnessVerifier(WITNESS, keys["witness-1"]).vkey;
}
