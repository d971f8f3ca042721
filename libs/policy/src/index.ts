export * from "./agreement.js";
export * from "./decision.js";
export * from "./legal-basis.js";
export * from "./policy.js";
export * from "./rule.js";
