import { createPublicKey, type KeyObject } from "node:crypto";
import { type AdapterKeys, CodeHashes, registerKey } from "#libs/consent";
import { type Contracts, isValidAt } from "#libs/contracts";
import { type Coordinate, type OrgId, parseOrgId, Seals, WeftError } from "#libs/terms";
import { type Issuer, type ReplayCache, type TokenConfig, tokenConfig } from "#libs/token";

/** What one version of the contracts means to the register: whom it believes, how persons and fields are named. */
export interface World {
  readonly contracts: Contracts;
  readonly tokens: TokenConfig;
  readonly adapters: AdapterKeys;
  readonly seals: Seals;
  readonly controllerOf: (coordinate: Coordinate) => OrgId | undefined;
  readonly codes: CodeHashes;
  /** Of the tickets in the person's pages. */
  readonly pageKey: Buffer;
}

export interface WorldOptions {
  /** The register's public address. */
  readonly audience: string;
  readonly masters: ReadonlyMap<string, Uint8Array>;
  readonly replay?: ReplayCache | undefined;
}

export function buildWorld(contracts: Contracts, { audience, masters, replay }: WorldOptions): World {
  return {
    contracts,
    tokens: tokenConfig({ audience, issuers: issuersOf(contracts), ...(replay && { replay }) }),
    adapters: adaptersOf(contracts),
    seals: new Seals({ ...contracts.registry.person, masters }),
    codes: new CodeHashes({ ...contracts.registry.person, masters }),
    pageKey: pageKeyOf(contracts, masters),
    controllerOf: (coordinate) => contracts.rules.get(coordinate)?.controller,
  };
}

function pageKeyOf({ registry }: Contracts, masters: WorldOptions["masters"]): Buffer {
  const master = masters.get(registry.person.seal);
  if (!master) throw new WeftError("CONFIG_INVALID", { detail: `no seal master ${registry.person.seal}` });
  return registerKey(master, "weft/consent-page/v1");
}

/** Each organisation's own issuer, with its keys: none can assert another's `org`. */
function issuersOf({ registry }: Contracts): readonly Issuer[] {
  return Object.entries(registry.organisations).flatMap(([org, { issuer, keys }]) =>
    issuer ? [{ iss: issuer.iss, org: parseOrgId(org), keys: keys.filter(({ use }) => use === "issuer") }] : [],
  );
}

interface AdapterKey {
  readonly iss: string;
  readonly provider: OrgId;
  readonly key: KeyObject;
  readonly from: string;
  readonly until: string;
}

/** Keys of adapters, each while it holds. A kid that names two keys names none. */
function adaptersOf({ registry }: Contracts): AdapterKeys {
  const keys = new Map<string, AdapterKey | undefined>();
  for (const [org, organisation] of Object.entries(registry.organisations)) {
    for (const { kid, use, id, jwk, from, until } of organisation.keys) {
      if (use !== "adapter" || id === undefined) continue;
      const key = createPublicKey({ key: jwk, format: "jwk" });
      keys.set(kid, keys.has(kid) ? undefined : { iss: id, provider: parseOrgId(org), key, from, until });
    }
  }
  return (kid) => {
    const found = keys.get(kid);
    return found && isValidAt(found, new Date()) ? found : undefined;
  };
}
