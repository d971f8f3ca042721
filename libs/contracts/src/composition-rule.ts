import type { Problem } from "./problem.js";
import type { Purpose } from "./purposes.js";
import type { SchemaModel } from "./schema-model.js";

/** What a ministry's schema must keep for the supergraph to be composed. Each rule looks at the whole and names what breaks it. */
export type CompositionRule = (model: SchemaModel, evidence: SchemaEvidence) => readonly Problem[];

export interface SchemaEvidence {
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** Values of `IdentifierScheme`, as the registry has them. */
  readonly schemes: readonly string[];
}
