import { type Contracts } from "#libs/contracts";
import { type PlannedFetch, type ScalarTranslation, Supergraph } from "#libs/supergraph";
import { type CanonicalPerson, type OrgId, parseOrgId, type Scheme, Seals } from "#libs/terms";
import { type Issuer, type ReplayCache, tokenConfig } from "#libs/token";
import type { World } from "./gateway.js";
import { References } from "./references.js";

export interface WorldOptions {
  /** What access tokens must be meant for. */
  readonly audience: string;
  /** Seal masters by kid. */
  readonly masters: ReadonlyMap<string, Uint8Array>;
  /** Of the world before: a proof that was used stays used. */
  readonly replay?: ReplayCache | undefined;
}

/** Derives all that a version of the contracts means. Throws rather than half-build: the world before it stays. */
export function buildWorld(contracts: Contracts, { audience, masters, replay }: WorldOptions): World {
  const references = new References(contracts);
  const seals = new Seals({ ...contracts.registry.person, masters });
  return {
    contracts,
    supergraph: new Supergraph(contracts.supergraphSdl, { scalars: { PersonRef: translationOf(references, seals) } }),
    references,
    seals,
    tokens: tokenConfig({ audience, issuers: issuersOf(contracts), ...(replay && { replay }) }),
    schemes: schemesOf(contracts),
  };
}

/**
 * A person's reference is sealed anew for each ministry. Inside the gateway it is the person, in memory, for one request; to the
 * gateway's own subgraph it is handed as it is.
 */
function translationOf(references: References, seals: Seals): ScalarTranslation {
  const party = ({ subgraph }: PlannedFetch) => references.providerOf(subgraph);
  return {
    receive: (value, fetch) => {
      const provider = party(fetch);
      return provider === undefined ? value : seals.open(provider, String(value));
    },
    send: (value, fetch) => {
      const provider = party(fetch);
      return provider === undefined ? value : seals.seal(provider, value as CanonicalPerson);
    },
  };
}

function schemesOf({ schemes }: Contracts): ReadonlyMap<string, Scheme> {
  return new Map([...schemes.values()].map((scheme) => [scheme.enum, scheme]));
}

/** Each organisation's own issuer, with its keys: none can assert another's `org`. */
function issuersOf({ registry }: Contracts): readonly Issuer[] {
  return Object.entries(registry.organisations).flatMap(([org, { issuer, keys }]) =>
    issuer ? [{ iss: issuer.iss, org: parseOrgId(org), keys: keys.filter(({ use }) => use === "issuer") }] : [],
  );
}

/** Where each ministry's adapter is: as this deployment says, else as the registry says. */
export function adapterUrls(
  { registry }: Contracts,
  overrides: Readonly<Record<string, string>>,
): ReadonlyMap<OrgId, string> {
  const urls = new Map<OrgId, string>();
  for (const [name, { adapter }] of Object.entries(registry.organisations)) {
    const org = parseOrgId(name);
    const url = overrides[org] ?? adapter;
    if (url !== undefined) urls.set(org, url);
  }
  return urls;
}
