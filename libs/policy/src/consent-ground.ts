import type { Coordinate, OrgId, PurposeCode } from "#libs/terms";
import type { DenyReason } from "./decision.js";
import { type CompiledGrant, isInForce, needsConsent, opens } from "./grant.js";
import { findRule, grantsBetween, type Policy } from "./policy.js";
import { fieldsBeneath, type Shape, siblingsOf } from "./shape.js";

/** Whether a consumer may ask a person for a field: only where an agreement in force gives it to them on consent. */
export interface WhoAsks {
  readonly consumer: OrgId;
  readonly purpose: PurposeCode;
}

/** `carrier`: it tells nothing by itself and comes along with the fields that it leads to or describes. */
export type ConsentGround = { readonly controller: OrgId; readonly kind: "field" | "carrier" };
export type NoConsentGround = DenyReason | "CONSENT_NOT_NEEDED";

export function consentGround(
  question: WhoAsks,
  coordinate: Coordinate,
  policy: Policy,
  now: Date,
): ConsentGround | NoConsentGround {
  const rule = findRule(policy, coordinate);
  if (rule === undefined) return "FIELD_NOT_IN_AGREEMENT";
  if (["structural", "reference", "entry"].includes(rule.kind)) return "CONSENT_NOT_NEEDED";
  const compiled = grantOf(question, rule.controller, policy, now);
  if (compiled === undefined) return "AGREEMENT_INACTIVE";
  const finding = compiled.findings.get(coordinate);
  if (finding !== null) return finding ?? "FIELD_NOT_IN_AGREEMENT";
  if (!needsConsent(compiled)) return "CONSENT_NOT_NEEDED";
  const carries = rule.kind === "companion" || rule.kind === "reaching";
  return { controller: rule.controller, kind: carries ? "carrier" : "field" };
}

/** These fields, and what must come along for them to be read: the fields that lead to them, and those that say how old they are. */
export function withCarriers(
  question: WhoAsks,
  fields: readonly Coordinate[],
  policy: Policy,
  now: Date,
): readonly Coordinate[] {
  const taken = new Set(fields);
  const { shape } = policy;
  for (let before = -1; before < taken.size;) {
    before = taken.size;
    for (const rule of shape.rules.values()) {
      if (taken.has(rule.coordinate) || !carriesOne(rule.coordinate, taken, shape)) continue;
      const compiled = grantOf(question, rule.controller, policy, now);
      if (compiled && opens(compiled, rule.coordinate)) taken.add(rule.coordinate);
    }
  }
  return [...taken].sort();
}

function carriesOne(coordinate: Coordinate, taken: ReadonlySet<Coordinate>, shape: Shape): boolean {
  const rule = shape.rules.get(coordinate)!;
  if (rule.kind === "reaching") return fieldsBeneath(rule, shape).some((one) => taken.has(one.coordinate));
  return rule.kind === "companion" && siblingsOf(rule, shape).some((one) => taken.has(one.coordinate));
}

function grantOf(
  { consumer, purpose }: WhoAsks,
  controller: OrgId,
  policy: Policy,
  now: Date,
): CompiledGrant | undefined {
  return grantsBetween(policy, consumer, controller).find(
    (it) => it.grant.purpose === purpose && isInForce(it, now.getTime()),
  );
}
