import type { Contracts } from "#libs/contracts";
import type { IdentityProvider } from "#libs/review";
import { type OrgId, parseOrgId, Seals } from "#libs/terms";
import { type Issuer, type ReplayCache, type TokenConfig, tokenConfig } from "#libs/token";

/** What one version of the contracts means to the console: who may sign in, who supervises, how persons are sealed. */
export interface World {
  readonly contracts: Contracts;
  readonly seals: Seals;
  readonly identityProvider: (organisation: OrgId) => IdentityProvider | undefined;
  readonly isSupervisory: (organisation: string) => boolean;
  /** Whether it may ask for a person who signed in at its portal. */
  readonly isPortal: (organisation: string) => boolean;
  /** Of portals' systems; officers sign in. */
  readonly tokens: TokenConfig;
}

export interface WorldOptions {
  readonly masters: ReadonlyMap<string, Uint8Array>;
  /** Where identity providers are reached, where that is not their name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The origin that tokens are meant for. */
  readonly audience: string;
  readonly replay?: ReplayCache | undefined;
}

export function buildWorld(contracts: Contracts, { masters, addresses, audience, replay }: WorldOptions): World {
  const { organisations, person } = contracts.registry;
  const isSupervisory = (organisation: string) => organisations[organisation as OrgId]?.supervisory === true;
  return {
    contracts,
    seals: new Seals({ ...person, masters }),
    isSupervisory,
    isPortal: (organisation) => organisations[organisation as OrgId]?.portal === true,
    tokens: tokenConfig({ audience, issuers: issuersOf(contracts), ...(replay && { replay }) }),
    identityProvider(organisation) {
      const listed = organisations[organisation];
      if (!listed?.issuer) return undefined;
      const { iss } = listed.issuer;
      const address = (addresses[organisation] ?? iss).replace(/\/$/, "");
      const keys = listed.keys.filter(({ use }) => use === "issuer");
      return { organisation, iss, address, isSupervisory: isSupervisory(organisation), keys };
    },
  };
}

/** Each organisation's own issuer, with its keys: none can assert another's `org`. */
function issuersOf({ registry }: Contracts): readonly Issuer[] {
  return Object.entries(registry.organisations).flatMap(([org, { issuer, keys }]) =>
    issuer ? [{ iss: issuer.iss, org: parseOrgId(org), keys: keys.filter(({ use }) => use === "issuer") }] : [],
  );
}
