import type { ArgumentRule, CoordinateKind, CoordinateRule, PersonalClass } from "#libs/policy";
import type { Coordinate } from "#libs/terms";
import { coordinate } from "#libs/terms";
import { type FieldDefinitionNode, type InputValueDefinitionNode, Kind, type TypeDefinitionNode } from "graphql";
import {
  type FieldModel,
  findDirective,
  isPage,
  isPersonal,
  KEY,
  namedOf,
  PERSON,
  recordTypeOf,
  releaseOf,
  directivesOf,
  type SchemaModel,
} from "./schema-model.js";
import { REGISTRY, WEFT } from "./sdl.js";

/** What policy judges: one rule for every coordinate of the supergraph, from the schemas alone. */
export function coordinateRules(model: SchemaModel): ReadonlyMap<Coordinate, CoordinateRule> {
  const rules = [...model.fields.map((field) => ruleOf(field, model)), keyRule(), ...preludeRules(model)];
  return new Map(rules.map((rule) => [rule.coordinate, rule]));
}

function ruleOf(field: FieldModel, model: SchemaModel): CoordinateRule {
  const kind = kindOf(field, model);
  return {
    coordinate: field.coordinate,
    controller: field.subgraph.provider,
    kind,
    ...classOf(field, kind, model),
    releases: kind === "entry" ? entryReleases(field, model) : field.releases,
    named: field.named,
    ...(field.unresolved === undefined ? {} : { unresolved: field.unresolved }),
    arguments: (field.node.arguments ?? []).map((argument) => argumentRule(argument, field, model)),
  };
}

function kindOf(field: FieldModel, model: SchemaModel): CoordinateKind {
  if (field.subgraph.name === WEFT) return "reference";
  if (field.type === "Query") return "entry";
  if (isPersonal(field)) return field.named !== PERSON && isObjectType(field.named, model) ? "reaching" : "value";
  return model.personalTypes.has(field.type) ? "companion" : "structural";
}

function isObjectType(name: string, model: SchemaModel): boolean {
  return model.parts.some((part) => part.name === name);
}

type Classed = Pick<CoordinateRule, "class" | "category">;

/** To appear on a list tells as much as the most sensitive field of its records. */
function classOf(field: FieldModel, kind: CoordinateKind, model: SchemaModel): Classed {
  if (kind !== "entry") return field.personal ?? { class: "P0" };
  const listed = recordTypeOf(field, model);
  const classes = model.fields.filter((it) => it.type === listed).map((it) => it.personal?.class ?? "P0");
  return field.personal ?? { class: classes.reduce((a, b) => (a > b ? a : b), "P0" as PersonalClass) };
}

/** A list's own rule, else that of the type of its records. */
function entryReleases(field: FieldModel, model: SchemaModel): CoordinateRule["releases"] {
  if (field.releases.length > 0) return field.releases;
  const listed = model.parts.find((part) => part.name === recordTypeOf(field, model));
  return listed ? directivesOf(listed.node, "release").map(releaseOf) : [];
}

function argumentRule(argument: InputValueDefinitionNode, field: FieldModel, model: SchemaModel): ArgumentRule {
  const name = argument.name.value;
  if (isPaging(field, name, model)) return { name, kind: "paging" };
  if (findDirective(argument, "filterable")) return { name, kind: "filter", ...touched(name, field, model) };
  return { name, kind: isEnum(namedOf(argument.type), model) ? "threshold" : "claim" };
}

function isPaging(field: FieldModel, name: string, model: SchemaModel): boolean {
  const paged = model.parts.some((part) => part.name === field.named && isPage(part.node));
  return paged && (name === "first" || name === "after");
}

/** A filter reads the field of the same name of the records that it narrows. */
function touched(name: string, field: FieldModel, model: SchemaModel): Pick<ArgumentRule, "touches"> {
  const read = coordinate(recordTypeOf(field, model), name);
  return model.byCoordinate.has(read) ? { touches: read } : {};
}

function isEnum(name: string, model: SchemaModel): boolean {
  return definitionOf(name, model)?.kind === Kind.ENUM_TYPE_DEFINITION;
}

export function definitionOf(name: string, model: SchemaModel): TypeDefinitionNode | undefined {
  return model.preludeTypes.get(name) ?? (model.otherTypes.get(name)?.[0]?.node as TypeDefinitionNode | undefined);
}

/** `ref` joins the subgraphs. It is sealed for each ministry and hidden from consumers. */
function keyRule(): CoordinateRule {
  return {
    coordinate: coordinate(PERSON, KEY),
    controller: REGISTRY,
    kind: "reference",
    class: "P1",
    category: "pseudonym",
    releases: [],
    named: "PersonRef",
    arguments: [],
  };
}

function preludeRules(model: SchemaModel): CoordinateRule[] {
  return [...model.preludeTypes.values()].flatMap((node) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION
      ? (node.fields ?? []).map((field) => structural(node.name.value, field))
      : [],
  );
}

function structural(type: string, field: FieldDefinitionNode): CoordinateRule {
  return {
    coordinate: coordinate(type, field.name.value),
    controller: REGISTRY,
    kind: "structural",
    class: "P0",
    releases: [],
    named: namedOf(field.type),
    arguments: [],
  };
}
