export { type Case, readVectors, type Vectors } from "./cases.js";
export { prepare, type Prepared, type PrepareOptions } from "./prepare.js";
export { type Result, runSuite, type RunOptions } from "./run.js";
