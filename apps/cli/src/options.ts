import { Option } from "commander";
import { defaultContracts } from "./places.js";

/** What several commands take. */
export type Run = (work: () => Promise<number>) => Promise<void>;

export const contracts = () => new Option("--contracts <dir>", "the contracts folder").default(defaultContracts);
export const language = () => new Option("--language <code>", "of names and labels").default("en");
export const authority = () =>
  new Option("--authority <file>", "public JWK of the registry authority (default: the sandbox's)");
