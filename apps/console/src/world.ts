import type { Contracts } from "#libs/contracts";
import type { IdentityProvider } from "#libs/review";
import { type OrgId, Seals } from "#libs/terms";

/** What one version of the contracts means to the console: who may sign in, who supervises, how persons are sealed. */
export interface World {
  readonly contracts: Contracts;
  readonly seals: Seals;
  readonly identityProvider: (organisation: OrgId) => IdentityProvider | undefined;
  readonly isSupervisory: (organisation: string) => boolean;
}

export interface WorldOptions {
  readonly masters: ReadonlyMap<string, Uint8Array>;
  /** Where identity providers are reached, where that is not their name. */
  readonly addresses: Readonly<Record<string, string>>;
}

export function buildWorld(contracts: Contracts, { masters, addresses }: WorldOptions): World {
  const { organisations, person } = contracts.registry;
  const isSupervisory = (organisation: string) => organisations[organisation as OrgId]?.supervisory === true;
  return {
    contracts,
    seals: new Seals({ ...person, masters }),
    isSupervisory,
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
