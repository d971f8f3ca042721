export { verifyPassedOn } from "./access-token.js";
export {
  type ClientAssertionClaims,
  type Directory,
  isClientAssertion,
  type OfficerAssertionClaims,
  signClientAssertion,
  signOfficerAssertion,
  verifyOfficerAssertion,
} from "./assertion.js";
export type { Caller } from "./caller.js";
export { type AccessTokenClaims, accessTokenClaims, type RegistryAccess, registryAccess } from "./claims.js";
export { type PassedOnTokens, passedOnTokens, type TokenConfig, type TokenLimits, tokenConfig } from "./config.js";
export { type AccessTokenDraft, accessTokenOf, signAccessToken, signDpop, thumbprintOf } from "./issue.js";
export type { Issuer } from "./issuers.js";
export { printAccessTokenSchema } from "./json-schema.js";
export { tokenRequestOf } from "./received.js";
export { type ReplayCache, replayCache } from "./replay.js";
export { type TokenRequest, verifyAccessToken } from "./verify.js";
