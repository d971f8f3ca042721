import type { SignedAgreement } from "#libs/policy";
import type { AgreementId, OrgId, PurposeCode } from "#libs/terms";
import type { RegistryAccess } from "#libs/token";

/** What may be asked for: each part narrows, none widens. */
export interface Allowed {
  /** Agreements in force, by purpose. */
  readonly agreed: ReadonlyMap<PurposeCode, ReadonlySet<AgreementId>>;
  /** Purposes that the client is registered for. */
  readonly client: ReadonlySet<PurposeCode>;
  /** Purposes of the officer's roles; undefined where no officer is behind the request. */
  readonly officer: ReadonlySet<PurposeCode> | undefined;
}

/**
 * asked ∩ allowed: the purpose whole or not at all, of the agreements named those that are in force for it. Undefined where nothing is
 * left. Case and consent receipts only narrow, and are the adapter's to judge.
 */
export function grantedAccess(asked: RegistryAccess, allowed: Allowed): RegistryAccess | undefined {
  const { purpose, agreements } = asked;
  const inForce = allowed.agreed.get(purpose);
  if (inForce === undefined || inForce.size === 0) return undefined;
  if (!allowed.client.has(purpose) || allowed.officer?.has(purpose) === false) return undefined;
  if (agreements === undefined) return asked;
  const left = agreements.filter((agreement) => inForce.has(agreement));
  return left.length === 0 ? undefined : { ...asked, agreements: left };
}

/** By purpose: the agreements that an organisation consumes under, in force now. */
export function agreedFor(org: OrgId, agreements: readonly SignedAgreement[], now: Date): Allowed["agreed"] {
  const agreed = new Map<PurposeCode, Set<AgreementId>>();
  for (const { agreement } of agreements) {
    const { consumer, state, valid } = agreement;
    const inForce = Date.parse(valid.from) <= now.getTime() && now.getTime() <= Date.parse(valid.until);
    if (consumer !== org || state !== "active" || !inForce) continue;
    for (const { purpose } of agreement.grants)
      agreed.set(purpose, (agreed.get(purpose) ?? new Set<AgreementId>()).add(agreement.agreement));
  }
  return agreed;
}
