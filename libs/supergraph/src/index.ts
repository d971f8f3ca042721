export { type CollapsedError, rangesOf } from "./execute/failures.js";
export { type Dispatch, type SubgraphAnswer, type SubgraphError } from "./execute/run.js";
export { introspect } from "./introspection.js";
export { defaultLimits, type OperationLimits } from "./limits.js";
export {
  type Operation,
  type OperationRequest,
  prepareOperation,
  type PreparedOperation,
  resolveOperation,
  type Root,
} from "./operation.js";
export { type CompiledPlan, type Executed, planFor, type PlannedFetch } from "./plan.js";
export { type Denial } from "./prune.js";
export { type ScalarTranslation, Supergraph, type SupergraphOptions } from "./supergraph.js";
export { type ArgumentUse } from "./touched.js";
