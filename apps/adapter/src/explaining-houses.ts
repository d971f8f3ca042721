import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { type RecordSigners, reviewRightsOf } from "#libs/access-log";
import { type Contracts, isValidAt } from "#libs/contracts";
import {
  type ExplainingHouse,
  type ExplainReply,
  milliseconds,
  openCaseRegister,
  type OfficesReply,
  openHouseholdRegister,
  parseClosedHours,
  PersonSeals,
  Protection,
  type RegisterConfig,
  type RelateReply,
  type RelatingHouse,
  serveExplain,
  serveOffices,
  serveRelate,
} from "#libs/subgraph";
import { parseOrgId, parseStrictYaml, WeftError } from "#libs/terms";
import type { AdapterAppConfig } from "./config.js";
import { findSigner, readHouseholdKey, readSealKeys, type ReadPins } from "./key-files.js";
import { openStore } from "./running-ministry.js";

export const EXPLAINING = Symbol("explaining");

/** Houses that explain their accesses, by the name in their address. */
export interface ExplainingHouses {
  /** Throws NOT_FOUND where there is none of this name. */
  explain(name: string, body: unknown): Promise<ExplainReply>;
  /** Which of its offices keep cases, counted. */
  offices(name: string, body: unknown): Promise<OfficesReply>;
  /** The same, of the house that knows who lives together. */
  relate(name: string, body: unknown): Promise<RelateReply>;
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
  const relating = new Map<string, RelatingHouse>();
  for (const [name, file] of Object.entries(config.WEFT_HOUSEHOLDS))
    relating.set(name, await openRelating(name, file, { config, pins, contracts }));
  const houseOf = (name: string): ExplainingHouse => {
    const house = houses.get(name);
    if (!house) throw new WeftError("NOT_FOUND");
    return house;
  };
  return {
    async relate(name, body) {
      const house = relating.get(name);
      if (!house) throw new WeftError("NOT_FOUND");
      return serveRelate(body, house, new Date());
    },
    explain: async (name, body) => serveExplain(body, houseOf(name), new Date()),
    offices: async (name, body) => serveOffices(body, houseOf(name), new Date()),
    async close() {
      for (const { register, store } of [...houses.values(), ...relating.values()]) {
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

async function openHouse(name: string, file: string, around: Around): Promise<ExplainingHouse> {
  const { config, contracts } = around;
  const register = await openCaseRegister(readYaml(file), contracts().schemes, process.env);
  const { organisation, ...asked } = askedHouse(name, `${name}.explained`, register.config, around);
  const keys = readSealKeys(config.WEFT_SEAL_KEYS_FILE, organisation);
  const signer = findSigner(config.WEFT_SIGNING_KEYS_FILE, organisation);
  return {
    organisation,
    ...asked,
    register,
    seals: new PersonSeals(keys, contracts().registry.person.seal),
    pairing: signer && { signer, keyOf: (house) => contracts().registry.organisations[house]?.households },
  };
}

async function openRelating(name: string, file: string, around: Around): Promise<RelatingHouse> {
  const { config, contracts } = around;
  const register = await openHouseholdRegister(readYaml(file), contracts().schemes, process.env);
  const { organisation, ...asked } = askedHouse(name, `${name}.related`, register.config, around);
  const key = readHouseholdKey(config.WEFT_HOUSEHOLD_KEYS_FILE, organisation);
  return { organisation, ...asked, register, key, houses: () => housesOf(contracts()) };
}

/** What a house needs to be asked anything by a console's rules. */
function askedHouse(
  name: string,
  store: string,
  { provider, protect, source }: Pick<RegisterConfig, "provider" | "protect" | "source">,
  { config, pins, contracts }: Around,
) {
  const organisation = parseOrgId(`org:${name}`);
  if (provider !== organisation)
    throw new WeftError("CONFIG_INVALID", { detail: `the register of ${name} names another house` });
  const limits = {
    connections: protect.connections,
    personsPerMinute: protect.personsPerMinute,
    queue: milliseconds(protect.queue),
    closed: parseClosedHours(protect.closed, source.timezone),
  };
  return {
    organisation,
    logs: pins.logs,
    consoles: () => consolesOf(contracts()),
    reviewRights: () => reviewRightsOf(contracts().registry),
    store: openStore(config, store),
    protection: new Protection(limits),
    deadline: milliseconds(protect.statementTimeout) + limits.queue,
  };
}

/** By which keys a house pairs its own officers with persons: its adapter's. */
function housesOf({ registry }: Contracts): RecordSigners {
  const now = new Date();
  const known = new Map<string, { iss: string; key: KeyObject }>();
  for (const [house, { keys }] of Object.entries(registry.organisations))
    for (const key of keys.filter((one) => one.use === "adapter" && isValidAt(one, now)))
      known.set(key.kid, { iss: house, key: createPublicKey({ key: key.jwk, format: "jwk" }) });
  return (kid) => known.get(kid);
}

/** No anchors and no tags, as in every file of the contracts. */
function readYaml(file: string): unknown {
  return parseStrictYaml(readFileSync(file, "utf8"));
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
