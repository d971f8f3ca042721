export { type Case, readVectors, type Vectors } from "./cases.js";
export { prepare, type Prepared, type PrepareOptions } from "./prepare.js";
export { openSuite, type Result, runSuite, type RunOptions, type Suite } from "./run.js";
