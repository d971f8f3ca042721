import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fingerprintOf, isValidAt, readGround, type Registry } from "#libs/contracts";
import { parseStrictYaml } from "#libs/terms";
import { UsageError } from "../places.js";
import { publicKeysIn } from "./keys.js";

export interface PrepareOptions {
  readonly contracts: string;
  readonly serves?: string;
  readonly authority: string;
  readonly keys: string;
  readonly seals: string;
  readonly log: string;
  readonly consent: string;
  readonly gateway?: string;
  readonly port: string;
  readonly mode: "production" | "sandbox";
  readonly out: string;
}

/**
 * `weft join prepare`: the adapter's environment and its pins, on the ministry's machine. Whom the ministry believes is taken from the
 * registry once, here, and stands outside the contracts from then on: so the fingerprints are printed, to be compared by voice.
 */
export async function prepareAdapter(ministry: string, options: PrepareOptions): Promise<number> {
  const { contracts, out } = options;
  const { registry, own } = await readGround(contracts, ministry);
  const provider = `org:${ministry}`;
  const [envFile, pinsFile] = [path.resolve(out, "adapter.env"), path.resolve(out, "pins.json")];
  for (const file of [envFile, pinsFile])
    if (existsSync(file)) throw new UsageError(`${file} is there already: edit it, or take it away.`);
  const signing = publicKeysIn(options.keys, provider).find(({ use }) => use === "adapter");
  const signingFile = signing && path.resolve(options.keys, `${signing.kid}.json`);
  if (signingFile === undefined || !existsSync(signingFile))
    throw new UsageError(`${options.keys} has no adapter's key of ${provider}: weft keys new --use adapter makes one.`);
  if (!existsSync(options.seals))
    throw new UsageError(
      `There is no ${options.seals}. Whoever runs the gateways makes it by weft keys seal --for ${provider}, and weft keys open opens it.`,
    );
  const pins = pinsOf(registry, publicAgreementKeys(options.keys, provider), provider);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  writeFileSync(pinsFile, `${JSON.stringify(pins, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  const env = {
    WEFT_MODE: options.mode,
    WEFT_PORT: options.port,
    WEFT_CONTRACTS: path.resolve(options.serves ?? contracts),
    WEFT_AUTHORITY_FILE: path.resolve(options.authority),
    WEFT_MINISTRIES: ministry,
    WEFT_STATE_DIR: path.resolve(out, "state"),
    WEFT_PINS_FILE: pinsFile,
    WEFT_SEAL_KEYS_FILE: path.resolve(options.seals),
    WEFT_SIGNING_KEYS_FILE: signingFile,
    WEFT_LOG_URL: options.log,
    WEFT_CONSENT_URL: options.consent,
    ...(options.gateway !== undefined && { WEFT_GATEWAY_URLS: options.gateway }),
    APOLLO_TELEMETRY_DISABLED: "1",
    ...sourceVariables(own.get("adapter.yaml") ?? ""),
  };
  writeFileSync(envFile, envText(env), { mode: 0o600, flag: "wx" });
  console.log(sayPrepared(env, envFile, pinsFile, registry));
  return 0;
}

/** Of one's own making, from one's own folder: whoever signs the registry could name others. */
function publicAgreementKeys(dir: string, provider: string): readonly object[] {
  const keys = publicKeysIn(dir, provider).filter(({ use }) => use === "agreement");
  if (keys.length === 0) throw new UsageError(`${dir} has no agreement key of ${provider}.`);
  return keys.map(({ jwk }) => jwk);
}

function pinsOf({ gateways, logs, witnesses }: Registry, own: readonly object[], provider: string): object {
  const now = new Date();
  return {
    gateways: gateways.flatMap(({ id, keys }) =>
      keys.filter((key) => isValidAt(key, now)).map(({ kid, jwk }) => ({ id, kid, jwk })),
    ),
    logs: logs.map(({ vkey }) => vkey),
    witnesses,
    ministries: { [provider]: own },
  };
}

/** What adapter.yaml names by `env:`: from this shell where it is set, else empty, to be filled in. */
function sourceVariables(adapter: string): Record<string, string> {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string")
      for (const [, name = ""] of value.matchAll(/^env:([A-Z][A-Z0-9_]*)$/g)) names.add(name);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk(adapter === "" ? {} : parseStrictYaml(adapter));
  return Object.fromEntries([...names].map((name) => [name, process.env[name] ?? ""]));
}

function envText(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

function sayPrepared(
  env: Readonly<Record<string, string>>,
  envFile: string,
  pinsFile: string,
  { gateways, logs, witnesses }: Registry,
): string {
  const empty = Object.keys(env).filter((name) => env[name] === "");
  return [
    `${envFile}: the adapter's environment${empty.length === 0 ? "." : `; fill in ${empty.join(", ")}.`}`,
    `${pinsFile}: whom the ministry believes from now on. Compare with what their operators read out:`,
    ...gateways.flatMap(({ keys }) => keys.map(({ kid, jwk }) => `  ${kid.padEnd(24)} ${fingerprintOf(jwk)}`)),
    ...logs.map(({ vkey }) => `  log      ${vkey}`),
    ...witnesses.vkeys.map((vkey) => `  witness  ${vkey}`),
  ].join("\n");
}
