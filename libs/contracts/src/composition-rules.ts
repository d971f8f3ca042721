import {
  fieldsClassed,
  fieldsDescribed,
  findingsAreValues,
  personalNullable,
  personalReleased,
  releasesMakeSense,
} from "./class-rules.js";
import type { CompositionRule, SchemaEvidence } from "./composition-rule.js";
import { featuresSupported, preludeIsFixed, schemesNamed, typesAgree } from "./feature-rules.js";
import { listsArePaged } from "./list-rules.js";
import { entitiesArePersons, oneOwner, onlyOwnersRule } from "./ownership-rules.js";
import type { Problem } from "./problem.js";
import type { SchemaModel } from "./schema-model.js";

export const compositionRules: readonly CompositionRule[] = [
  featuresSupported,
  preludeIsFixed,
  typesAgree,
  fieldsClassed,
  personalReleased,
  personalNullable,
  oneOwner,
  onlyOwnersRule,
  entitiesArePersons,
  releasesMakeSense,
  findingsAreValues,
  listsArePaged,
  schemesNamed,
  fieldsDescribed,
];

export function checkComposition(model: SchemaModel, evidence: SchemaEvidence): readonly Problem[] {
  return compositionRules.flatMap((rule) => rule(model, evidence));
}
