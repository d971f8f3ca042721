import type { OrgId, PartyId } from "#libs/terms";

/** Of the trial country, as contracts/vectors/adapter/country spells them. */
export const PROVIDER = "org:trial" as OrgId;
export const MINISTRY = "trial";
export const ADAPTER = "adapter:trial" as PartyId;
export const GATEWAY = "gateway:main" as PartyId;
export const GATEWAY_URL = "https://weft.trial.example";
export const REGISTER = "org:register" as OrgId;
export const LOG_ORIGIN = "log.trial.example/qt";
export const WITNESS = "witness.trial.example/one";
