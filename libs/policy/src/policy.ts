import type { SignedAgreement } from "./agreement.js";
import type { CoordinateRule } from "./rule.js";

export interface Policy {
  readonly agreements: readonly SignedAgreement[];
}

export declare function compilePolicy(rules: Iterable<CoordinateRule>, agreements: Iterable<SignedAgreement>): Policy;
