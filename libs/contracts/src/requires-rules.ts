import type { CoordinateRule } from "#libs/policy";
import { coordinate, type Coordinate, type OrgId, type PurposeCode } from "#libs/terms";
import { type FieldNode, GraphQLError, Kind, parse, type SelectionSetNode } from "graphql";
import type { Draft } from "./draft.js";
import { type Problem, problemAt } from "./problem.js";
import { argumentOf, directivesOf, type FieldModel, type SchemaModel } from "./schema-model.js";

/**
 * `@requires` hands one ministry's value to another whenever the field is asked. Therefore the receiving ministry must itself have
 * an agreement that grants it each required field, for every purpose for which its own field may be released.
 */
export function checkRequires(draft: Draft, rules: ReadonlyMap<Coordinate, CoordinateRule>): readonly Problem[] {
  return draft.model.fields.flatMap((field) =>
    directivesOf(field.node, "requires").flatMap((node) => {
      const inputs = requiredBy(field, String(argumentOf(node, "fields")), draft.model);
      const foreign = inputs.filter((it) => isForeign(rules.get(it), field.subgraph.provider));
      return foreign.flatMap((input) =>
        purposesOf(field)
          .filter((purpose) => !isGranted(draft, rules.get(input)!, field.subgraph.provider, purpose))
          .map((purpose) => {
            const wrong = `${field.coordinate} requires ${input}, which ${field.subgraph.provider} may not have for ${purpose}`;
            const right = `an agreement in which ${rules.get(input)!.controller} grants it, or no @requires of it`;
            return problemAt(node, wrong, right);
          }),
      );
    }),
  );
}

function isForeign(rule: CoordinateRule | undefined, receiver: OrgId): boolean {
  return rule !== undefined && rule.controller !== receiver && (rule.kind === "value" || rule.kind === "entry");
}

function purposesOf(field: FieldModel): readonly PurposeCode[] {
  return [...new Set(field.releases.flatMap((release) => release.purposes))];
}

function isGranted(draft: Draft, input: CoordinateRule, consumer: OrgId, purpose: PurposeCode): boolean {
  return draft.agreements.some(
    ({ file: { value } }) =>
      value.state === "active" &&
      value.provider === input.controller &&
      value.consumer === consumer &&
      value.grants.some((grant) => grant.purpose === purpose && names(grant.fields, input.coordinate)),
  );
}

function names(fields: Readonly<Record<string, readonly string[]>>, wanted: Coordinate): boolean {
  return Object.entries(fields).some(([type, list]) => list.some((field) => coordinate(type, field) === wanted));
}

/** Every coordinate that a field set names. What does not parse is composition's to refuse. */
function requiredBy(field: FieldModel, fieldSet: string, model: SchemaModel): readonly Coordinate[] {
  try {
    const [operation] = parse(`{ ${fieldSet} }`).definitions;
    return operation?.kind === Kind.OPERATION_DEFINITION ? selected(operation.selectionSet, field.type, model) : [];
  } catch (error) {
    if (error instanceof GraphQLError) return [];
    throw error;
  }
}

function selected(set: SelectionSetNode, type: string, model: SchemaModel): readonly Coordinate[] {
  return set.selections.flatMap((it) => {
    if (it.kind === Kind.FIELD) return fieldAndBelow(it, type, model);
    return it.kind === Kind.INLINE_FRAGMENT
      ? selected(it.selectionSet, it.typeCondition?.name.value ?? type, model)
      : [];
  });
}

function fieldAndBelow(node: FieldNode, type: string, model: SchemaModel): readonly Coordinate[] {
  const own = coordinate(type, node.name.value);
  const named = model.byCoordinate.get(own)?.named;
  return node.selectionSet && named !== undefined ? [own, ...selected(node.selectionSet, named, model)] : [own];
}
