export type * from "./read/port.js";
export type * from "./read/module/hook.js";
export { checkAdapterConfig, type MappingProblem, parseAdapterConfig } from "./read/check.js";
export { compileRead } from "./read/compile.js";
export { type AdapterConfig, adapterConfigSchema, adapterJsonSchema } from "./read/config.js";
export { dateFormat } from "./read/date-format.js";
export { openMinistry } from "./read/ministry.js";
export { describeWsdl } from "./read/soap/describe.js";
export type { SmallCalls } from "./read/small-calls.js";
export { tableColumns } from "./read/table-columns.js";
export { subgraphSchema } from "./read/schema.js";
export { grantStatements } from "./account/grants.js";
export {
  type AccountProblem,
  checkIndexes,
  checkRights,
  judgeAccount,
  type JudgedAccount,
  untolerated,
} from "./account/judge.js";
export type { AccountReport } from "./account/report.js";
export { adapterTry, type Trial, type TrialMinistry, type TrialRelease } from "./adapter-try.js";
export { argumentsDigest } from "./arguments.js";
export { ConsentUses } from "./consent-uses.js";
export { LogWatcher } from "./log-watcher.js";
export { stateTaken } from "./taken-statement.js";
export { type OpenedTerms, openTerms, type TermsSource } from "./open-terms.js";
export { type Maintenance, type Pause, pauseForm, pauseScope, type PauseScope, PauseSwitch } from "./pause.js";
export { PersonSeals } from "./person-seals.js";
export { Protection, type ProtectLoad } from "./protect.js";
export { type FetchReply, serveFetch } from "./serve.js";
export { readinessProblems, type ServedMinistry, type ServingTerms } from "./served-ministry.js";
export { type ServedToday, ServedTally } from "./served-tally.js";
export { AdapterStore } from "./store.js";
export type { Pins } from "./verify-record.js";
export { judgeRows } from "./withhold.js";
export { openHouseholdRegister, type Relation } from "./explain/households.js";
export type { Explained } from "./explain/judge.js";
export { openCaseRegister } from "./explain/register.js";
export { type RegisterConfig, registerConfigSchema } from "./explain/register-config.js";
export { type ExplainingHouse, type ExplainReply, serveExplain } from "./explain/serve-explain.js";
export { type OfficesReply, serveOffices } from "./explain/serve-offices.js";
export { type RelateReply, type RelatingHouse, serveRelate } from "./explain/serve-relate.js";
export { milliseconds } from "./read/duration.js";
export { parseClosedHours } from "./protect-hours.js";
