import type { Coordinate, PurposeCode } from "#libs/terms";
import { coordinate } from "#libs/terms";
import type { AgreementGrant, SignedAgreement } from "./agreement.js";
import type { DenyReason, Grant, Permission } from "./decision.js";
import { type FieldMatter, firstBroken, fieldRules } from "./field-rules.js";
import { legalBases, legalBasisWords } from "./legal-basis.js";
import type { Shape } from "./shape.js";

/** One grant of one signed agreement, with all that can be judged before a question is asked. */
export interface CompiledGrant {
  readonly grant: Grant;
  readonly signed: SignedAgreement;
  readonly subjects: AgreementGrant["subjects"];
  /** Milliseconds since the epoch, both inclusive. */
  readonly from: number;
  readonly until: number;
  readonly filters: ReadonlySet<string>;
  /** Argument coordinate -> the values that the grant leaves of its closed list. */
  readonly narrowed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every personal coordinate of the provider -> the field rule that it breaks, or null where it breaks none. */
  readonly findings: ReadonlyMap<Coordinate, DenyReason | null>;
  /** The one verdict of all coordinates that this grant permits. */
  readonly permission: Permission;
}

export function compileGrants(signed: SignedAgreement, shape: Shape): readonly CompiledGrant[] {
  return signed.agreement.grants.map((grant) => compileGrant(signed, grant, shape));
}

function compileGrant(signed: SignedAgreement, source: AgreementGrant, shape: Shape): CompiledGrant {
  const grant = citation(signed, source);
  const matter = { purpose: grant.purpose, basis: grant.basis, granted: grantedBy(source), shape };
  return {
    grant,
    signed,
    subjects: source.subjects,
    from: Date.parse(signed.agreement.valid.from),
    until: Date.parse(signed.agreement.valid.until),
    filters: new Set(source.filters),
    narrowed: new Map(Object.entries(source.arguments ?? {}).map(([name, values]) => [name, new Set(values)])),
    findings: findingsOf(matter, signed),
    permission: Object.freeze({ effect: grant.basis === "CONSENT" ? "permitIfConsent" : "permit", grant }),
  };
}

function citation(signed: SignedAgreement, source: AgreementGrant): Grant {
  const { agreement, digest } = signed;
  return Object.freeze({
    agreement: agreement.agreement,
    version: agreement.version,
    digest,
    provider: agreement.provider,
    purpose: source.purpose,
    basis: legalBases[legalBasisWords.indexOf(source.basis)]!,
    provision: source.provision,
    limits: agreement.limits,
    duties: agreement.duties,
    options: agreement.options,
  });
}

function grantedBy(source: AgreementGrant): ReadonlySet<Coordinate> {
  return new Set(Object.entries(source.fields).flatMap(([type, fields]) => fields.map((f) => coordinate(type, f))));
}

/** Only the provider's own coordinates: an agreement cannot grant what another organisation answers for. */
function findingsOf(matter: Omit<FieldMatter, "field">, signed: SignedAgreement): CompiledGrant["findings"] {
  const findings = new Map<Coordinate, DenyReason | null>();
  for (const field of matter.shape.rules.values()) {
    if (field.controller !== signed.agreement.provider) continue;
    findings.set(field.coordinate, firstBroken(fieldRules, { ...matter, field })?.code ?? null);
  }
  return findings;
}

/** Whether the grant's field rules let the coordinate through; arguments and limits aside. */
export function opens(compiled: CompiledGrant, field: Coordinate): boolean {
  return compiled.findings.get(field) === null;
}

export function isInForce(compiled: CompiledGrant, now: number): boolean {
  return compiled.signed.agreement.state === "active" && compiled.from <= now && now <= compiled.until;
}

export function needsConsent(compiled: CompiledGrant): boolean {
  return compiled.permission.effect === "permitIfConsent";
}

/** Alphabetical by purpose and agreement, those without consent first: an order that no input order can change. */
export function byEase(a: CompiledGrant, b: CompiledGrant): number {
  return (
    Number(needsConsent(a)) - Number(needsConsent(b)) ||
    compare(a.grant.purpose, b.grant.purpose) ||
    compare(a.grant.agreement, b.grant.agreement)
  );
}

function compare(a: string | PurposeCode, b: string | PurposeCode): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
