import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type RecordSigners, reviewRightsOf } from "#libs/access-log";
import { type Contracts, isValidAt } from "#libs/contracts";
import {
  type ExplainingHouse,
  type ExplainReply,
  milliseconds,
  openCaseRegister,
  parseClosedHours,
  PersonSeals,
  Protection,
  serveExplain,
} from "#libs/subgraph";
import { parseOrgId, WeftError } from "#libs/terms";
import type { AdapterAppConfig } from "./config.js";
import { readSealKeys, type ReadPins } from "./key-files.js";
import { openStore } from "./running-ministry.js";

export const EXPLAINING = Symbol("explaining");

/** Houses that explain their accesses, by the name in their address. */
export interface ExplainingHouses {
  /** Throws NOT_FOUND where there is none of this name. */
  explain(name: string, body: unknown): Promise<ExplainReply>;
  close(): Promise<void>;
}

export async function openExplainingHouses(
  config: AdapterAppConfig,
  pins: ReadPins,
  contracts: () => Contracts,
): Promise<ExplainingHouses> {
  const names = Object.entries(config.WEFT_CASE_REGISTERS);
  const houses = new Map<string, ExplainingHouse>();
  for (const [name, file] of names) houses.set(name, await openHouse(name, file, { config, pins, contracts }));
  return {
    async explain(name, body) {
      const house = houses.get(name);
      if (!house) throw new WeftError("NOT_FOUND");
      return serveExplain(body, house, new Date());
    },
    async close() {
      for (const { register, store } of houses.values()) {
        await register.close();
        store.close();
      }
    },
  };
}

interface Around {
  readonly config: AdapterAppConfig;
  readonly pins: ReadPins;
  readonly contracts: () => Contracts;
}

async function openHouse(name: string, file: string, { config, pins, contracts }: Around): Promise<ExplainingHouse> {
  const organisation = parseOrgId(`org:${name}`);
  const register = await openCaseRegister(readYaml(file), contracts().schemes, process.env);
  if (register.config.provider !== organisation)
    throw new WeftError("CONFIG_INVALID", { detail: `the case register of ${name} names another house` });
  const { protect, source } = register.config;
  const limits = {
    connections: protect.connections,
    personsPerMinute: protect.personsPerMinute,
    queue: milliseconds(protect.queue),
    closed: parseClosedHours(protect.closed, source.timezone),
  };
  const keys = readSealKeys(config.WEFT_SEAL_KEYS_FILE, organisation);
  return {
    organisation,
    register,
    logs: pins.logs,
    consoles: () => consolesOf(contracts()),
    reviewRights: () => reviewRightsOf(contracts().registry),
    seals: new PersonSeals(keys, contracts().registry.person.seal),
    store: openStore(config, `${name}.explained`),
    protection: new Protection(limits),
    deadline: milliseconds(protect.statementTimeout) + limits.queue,
  };
}

/** No anchors and no tags, as in every file of the contracts. */
function readYaml(file: string): unknown {
  return parse(readFileSync(file, "utf8"), { schema: "core", uniqueKeys: true, maxAliasCount: 0 });
}

/** Whoever the registry lists under `reviews`, while their key holds. */
function consolesOf({ registry }: Contracts): RecordSigners {
  const now = new Date();
  const known = new Map<string, { iss: string; key: KeyObject }>();
  for (const { id, keys } of registry.reviews ?? [])
    for (const key of keys.filter((one) => isValidAt(one, now)))
      known.set(key.kid, { iss: id, key: createPublicKey({ key: key.jwk, format: "jwk" }) });
  return (kid) => known.get(kid);
}
