export * from "./agreement.js";
export {
  type ConsentGround,
  consentGround,
  type WhoAsks,
  type NoConsentGround,
  withCarriers,
} from "./consent-ground.js";
export { decide, rules } from "./decide.js";
export * from "./decision.js";
export * from "./legal-basis.js";
export { type Policy, compilePolicy, findOverlaps } from "./policy.js";
export { type RecordedDecision, recordedAs } from "./recorded.js";
export * from "./rule.js";
