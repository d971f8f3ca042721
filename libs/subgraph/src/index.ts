export type * from "./read/port.js";
export { type AdapterConfig, adapterConfigSchema, adapterJsonSchema } from "./read/config.js";
