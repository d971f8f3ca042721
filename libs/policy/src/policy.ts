import type { AgreementId, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import { WeftError } from "#libs/terms";
import type { SignedAgreement } from "./agreement.js";
import type { StrongSignIn } from "./decision.js";
import { type CompiledGrant, byEase, compileGrants } from "./grant.js";
import type { ArgumentRule, CoordinateRule } from "./rule.js";
import { type Shape, shapeOf } from "./shape.js";

/** Rules and agreements of one version of the contracts, indexed for questions. It never changes once made. */
export interface Policy {
  readonly shape: Shape;
  /** `Type.field(argument:)` -> its rule. */
  readonly arguments: ReadonlyMap<string, ArgumentRule>;
  /** consumer -> provider -> all grants between the two, the easiest first. */
  readonly grants: ReadonlyMap<OrgId, ReadonlyMap<OrgId, readonly CompiledGrant[]>>;
  /** Undefined: no way to sign in is strong, and nobody is asked on the basis of vital interest. */
  readonly strongSignIn: StrongSignIn | undefined;
}

/** Throws CONTRACT_INVALID where two rules or two agreements speak about the same thing at the same time. */
export function compilePolicy(
  rules: Iterable<CoordinateRule>,
  agreements: Iterable<SignedAgreement>,
  strongSignIn?: StrongSignIn,
): Policy {
  const signed = [...agreements];
  const [overlap] = findOverlaps(signed);
  if (overlap !== undefined) throw new WeftError("CONTRACT_INVALID", { detail: `${overlap.join(" and ")} overlap` });
  const shape = shapeOf(rules);
  return { shape, arguments: argumentsOf(shape), grants: indexGrants(signed, shape), strongSignIn };
}

export function grantsBetween(policy: Policy, consumer: OrgId, provider: OrgId): readonly CompiledGrant[] {
  return policy.grants.get(consumer)?.get(provider) ?? [];
}

function argumentsOf(shape: Shape): Policy["arguments"] {
  const found = new Map<string, ArgumentRule>();
  for (const rule of shape.rules.values()) {
    for (const argument of rule.arguments) found.set(`${rule.coordinate}(${argument.name}:)`, argument);
  }
  return found;
}

function indexGrants(signed: readonly SignedAgreement[], shape: Shape): Policy["grants"] {
  const index = new Map<OrgId, Map<OrgId, CompiledGrant[]>>();
  for (const it of signed) {
    const { consumer, provider } = it.agreement;
    const ofConsumer = index.get(consumer) ?? new Map<OrgId, CompiledGrant[]>();
    index.set(consumer, ofConsumer);
    const grants = [...(ofConsumer.get(provider) ?? []), ...compileGrants(it, shape)];
    ofConsumer.set(provider, grants.sort(byEase));
  }
  return index;
}

/**
 * Pairs of agreements between which no question could choose: the same name, or the same parties and purpose at the same time.
 * One purpose between two parties has one grant, one legal basis, one set of limits; a suspended agreement keeps its place.
 */
export function findOverlaps(agreements: readonly SignedAgreement[]): (readonly [AgreementId, AgreementId])[] {
  return agreements.flatMap(({ agreement: a }, index) =>
    agreements
      .slice(index + 1)
      .filter(({ agreement: b }) => a.agreement === b.agreement || overlap(a, b))
      .map(({ agreement: b }) => [a.agreement, b.agreement] as const),
  );
}

type Terms = SignedAgreement["agreement"];

function overlap(a: Terms, b: Terms): boolean {
  return (
    a.consumer === b.consumer &&
    a.provider === b.provider &&
    a.state !== "terminated" &&
    b.state !== "terminated" &&
    Date.parse(a.valid.from) <= Date.parse(b.valid.until) &&
    Date.parse(b.valid.from) <= Date.parse(a.valid.until) &&
    a.grants.some((grant) => grantsPurpose(b, grant.purpose))
  );
}

function grantsPurpose(agreement: Terms, purpose: PurposeCode): boolean {
  return agreement.grants.some((grant) => grant.purpose === purpose);
}

export function findRule(policy: Policy, coordinate: Coordinate): CoordinateRule | undefined {
  return policy.shape.rules.get(coordinate);
}
