import { compilePolicy, type SignedAgreement } from "#libs/policy";
import { type AgreementId, type Digest, digestOf, jcs, type OrgId } from "#libs/terms";
import type { Contracts } from "./contracts.js";

/** A provider's word, from outside of the folder, that one version of its agreement is not to be used any more. */
export interface AgreementSuspension {
  readonly provider: OrgId;
  readonly agreement: AgreementId;
  readonly version: number;
  readonly digest: Digest;
}

/** The same contracts with what was suspended in suspension. A suspension by another than the provider, or of another version, is none. */
export function withSuspensions(contracts: Contracts, suspensions: readonly AgreementSuspension[]): Contracts {
  const stopped = contracts.agreements.filter((signed) => suspensions.some((it) => covers(it, signed)));
  if (stopped.length === 0) return contracts;
  const agreements = contracts.agreements.map((signed) => (stopped.includes(signed) ? suspended(signed) : signed));
  return {
    ...contracts,
    agreements,
    policy: compilePolicy(contracts.rules.values(), agreements, contracts.registry.strongSignIn),
    policyDigest: digestOf(jcs({ policy: contracts.policyDigest, suspended: stopped.map(({ digest }) => digest) })),
  };
}

export function covers(it: AgreementSuspension, { agreement, digest }: SignedAgreement): boolean {
  return (
    it.provider === agreement.provider &&
    it.agreement === agreement.agreement &&
    it.version === agreement.version &&
    it.digest === digest
  );
}

function suspended(signed: SignedAgreement): SignedAgreement {
  return { ...signed, agreement: { ...signed.agreement, state: "suspended" } };
}
