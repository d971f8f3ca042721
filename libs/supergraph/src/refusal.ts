import { WeftError } from "#libs/terms";
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  recommendedRules,
  specifiedRules,
  validate,
  type ValidationRule,
} from "graphql";

/**
 * Refusals of an operation: a sentence and a place, never a word of the schema that the caller did not write, never a value.
 * graphql-js would name parent types, expected types and what else there is; its messages go nowhere.
 */
const rules: readonly ValidationRule[] = [...new Set([...specifiedRules, ...recommendedRules])];

const sentences: Readonly<Record<string, string>> = {
  FieldsOnCorrectTypeRule: "A field is not known at this place.",
  KnownArgumentNamesRule: "An argument is not known at this place.",
  KnownDirectivesRule: "A directive is not known at this place.",
  KnownFragmentNamesRule: "A fragment is not defined.",
  KnownTypeNamesRule: "A type is not known.",
  LoneAnonymousOperationRule: "Send exactly one operation a request.",
  MaxIntrospectionDepthRule: "The question about the schema nests too deep.",
  NoFragmentCyclesRule: "A fragment contains itself.",
  NoUndefinedVariablesRule: "A variable is not defined.",
  NoUnusedFragmentsRule: "A fragment is not used.",
  NoUnusedVariablesRule: "A variable is not used.",
  OverlappingFieldsCanBeMergedRule: "Two fields under one name differ; give one an alias.",
  PossibleFragmentSpreadsRule: "A fragment can never apply at this place.",
  ProvidedRequiredArgumentsRule: "A required argument is missing.",
  ScalarLeafsRule: "A field needs a selection, or may not have one.",
  UniqueArgumentNamesRule: "An argument is given twice.",
  UniqueInputFieldNamesRule: "An input field is given twice.",
  UniqueVariableNamesRule: "A variable is defined twice.",
  ValuesOfCorrectTypeRule: "A value does not fit its place.",
  VariablesAreInputTypesRule: "A variable has a type that cannot be given.",
  VariablesInAllowedPositionRule: "A variable does not fit its place.",
};

export function isValidOperation(schema: GraphQLSchema, document: DocumentNode): boolean {
  return validate(schema, document, rules, { maxErrors: 1, hideSuggestions: true }).length === 0;
}

/** Rule by rule, so that the broken one is known; `document` is as the caller wrote it, with locations. */
export function explainRefusal(schema: GraphQLSchema, document: DocumentNode): WeftError {
  for (const rule of rules) {
    const [error] = validate(schema, document, [rule], { maxErrors: 1, hideSuggestions: true });
    if (error) return invalid(sentences[rule.name] ?? "The operation is not valid.", error);
  }
  return invalid("The operation is not valid.");
}

export function invalid(sentence: string, error?: GraphQLError): WeftError {
  const at = error?.locations?.[0];
  const place = at ? ` (line ${at.line}, column ${at.column})` : "";
  return new WeftError("OPERATION_INVALID", { message: sentence.replace(/\.$/, `${place}.`) });
}
