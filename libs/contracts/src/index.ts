export { type Change, changesBetween } from "./changes.js";
export * from "./check.js";
export type * from "./contracts.js";
export type { FileSigner } from "./detached-jws.js";
export * from "./fingerprint.js";
export { type Ground, readGround } from "./ground.js";
export { printJsonSchemas } from "./json-schemas.js";
export type { Labels } from "./labels.js";
export { type HighestVersion, highestVersion } from "./highest-version.js";
export { loadContracts, loadProposal, type LoadOptions, type ProposalOptions } from "./load.js";
export { ContractProblems, printProblem, type Problem } from "./problem.js";
export { registerOperation, suspendOperation } from "./register.js";
export * from "./propose-agreement.js";
export type { Purpose } from "./purposes.js";
export {
  isValidAt,
  logKeys,
  type NamedScheme,
  type Organisation,
  type OrganisationKey,
  organisationKeySchema,
  organisationSchema,
  type PublicJwk,
  type Registry,
} from "./registry.js";
export { countersignAgreement, type FolderKeys, signAgreement, signFolder, signRegistry } from "./sign.js";
export { signVersion, type SignedVersion } from "./sign-version.js";
export { covers, withSuspensions } from "./suspended.js";
export * from "./watch.js";
export { lineInYaml } from "./yaml-file.js";
