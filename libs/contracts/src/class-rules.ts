import { type ConstDirectiveNode, Kind } from "graphql";
import type { CompositionRule, SchemaEvidence } from "./composition-rule.js";
import { type Problem, problemAt } from "./problem.js";
import {
  directivesOf,
  type FieldModel,
  findDirective,
  isPage,
  isPersonal,
  PERSON,
  releaseOf,
  type SchemaModel,
} from "./schema-model.js";

const RELEASE = "@release(purposes: […], bases: […]) on the field or its type";

export const fieldsClassed: CompositionRule = (model) =>
  model.fields
    .filter((field) => field.personal === undefined && field.type !== "Query" && !isPage(field.part.node))
    .map(({ coordinate, node }) =>
      problemAt(node, `${coordinate} has no class`, '@personal(class: …, category: "…") on the field'),
    );

export const personalReleased: CompositionRule = (model) =>
  atLeastP2(model)
    .filter((field) => field.releases.length === 0)
    .map((field) =>
      problemAt(
        field.node,
        `${field.coordinate} is of class ${field.personal!.class} and has no release rule`,
        RELEASE,
      ),
    );

export const personalNullable: CompositionRule = (model) =>
  atLeastP2(model)
    .filter((field) => field.nonNull)
    .map((field) =>
      problemAt(
        field.node,
        `${field.coordinate} is of class ${field.personal!.class} and non-null`,
        `a nullable type: what is not released is null`,
      ),
    );

function atLeastP2(model: SchemaModel): readonly FieldModel[] {
  return model.fields.filter((field) => isPersonal(field) && field.personal!.class !== "P1");
}

export const releasesMakeSense: CompositionRule = (model, { purposes }) => [
  ...model.parts
    .flatMap((part) => [part.node, ...(part.node.fields ?? [])])
    .flatMap((node) => directivesOf(node, "release"))
    .flatMap((node) => releaseProblems(node, purposes)),
  ...model.fields.flatMap((field) => predicateProblems(field)),
];

function releaseProblems(node: ConstDirectiveNode, purposes: SchemaEvidence["purposes"]): Problem[] {
  const release = releaseOf(node);
  return release.purposes.flatMap((code) => {
    const purpose = purposes.get(code);
    if (purpose === undefined)
      return [problemAt(node, `${code} is not a purpose`, `one of: ${[...purposes.keys()].join(", ")}`)];
    if (purpose.rows !== "none" || release.mode === "AGGREGATE") return [];
    return [problemAt(node, `${code} never sees a person`, `mode: AGGREGATE for ${code}`)];
  });
}

const openTypes = new Set(["String", "Int", "Float", "ID", "Date", "Decimal", "PersonRef", PERSON]);

function predicateProblems(field: FieldModel): Problem[] {
  if (!openTypes.has(field.named) || !isPersonal(field) || field.releases.length === 0) return [];
  if (field.releases.some((release) => release.mode !== "PREDICATE")) return [];
  const wrong = `${field.coordinate} is released as a predicate and returns ${field.named}`;
  return [problemAt(field.node, wrong, "a closed answer (Answer, Match or an enum), or another mode")];
}

export const findingsAreValues: CompositionRule = (model) =>
  model.fields.flatMap((field) => {
    if (field.unresolved === undefined) return [];
    const type = model.otherTypes.get(field.named)?.[0]?.node ?? model.preludeTypes.get(field.named);
    const values = type?.kind === Kind.ENUM_TYPE_DEFINITION ? (type.values ?? []).map((it) => it.name.value) : [];
    if (values.includes(field.unresolved)) return [];
    const wrong = `${field.coordinate} cannot answer ${field.unresolved}`;
    return [
      problemAt(findDirective(field.node, "finding")!, wrong, `one of: ${values.join(", ") || "an enum's values"}`),
    ];
  });

export const fieldsDescribed: CompositionRule = (model) =>
  model.fields
    .filter((field) => !field.node.description?.value.trim() && !isProvenance(field))
    .map((field) =>
      problemAt(field.node, `${field.coordinate} has no description`, "a first sentence that a citizen understands"),
    );

/** Classed P0 by an interface of the prelude, which describes it too. */
export function isProvenance(field: FieldModel): boolean {
  return field.personal?.class === "P0" && findDirective(field.node, "personal") === undefined;
}
