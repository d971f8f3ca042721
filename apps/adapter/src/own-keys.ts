import type { Contracts } from "#libs/contracts";
import { jcs, type OrgId, WeftError } from "#libs/terms";

/**
 * The ministry's own agreement keys are those that it pinned itself, outside the contracts. Else whoever signs the registry could
 * give the ministry another key there, and agree in its name. Throws CONTRACT_INVALID.
 */
export function assertOwnKeys(
  provider: OrgId,
  { registry }: Pick<Contracts, "registry">,
  pinned: readonly object[],
): void {
  const own = new Set(pinned.map((jwk) => jcs(jwk)));
  const listed = registry.organisations[provider]?.keys.filter(({ use }) => use === "agreement") ?? [];
  const foreign = listed.find(({ jwk }) => !own.has(jcs(jwk)));
  if (foreign === undefined) return;
  throw new WeftError("CONTRACT_INVALID", {
    detail: `registry.yaml gives ${provider} the agreement key ${foreign.kid}, which it has not pinned`,
  });
}
