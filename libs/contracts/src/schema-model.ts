import type { Coordinate } from "#libs/terms";
import { coordinate } from "#libs/terms";
import type { PersonalClass, Release } from "#libs/policy";
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeDefinitionNode,
  type TypeNode,
  valueFromASTUntyped,
} from "graphql";
import type { SubgraphSource } from "./sdl.js";

/** All schemas of a folder as one model: who states what about which coordinate. No rule is judged here. */
export interface SchemaModel {
  readonly prelude: DocumentNode;
  readonly subgraphs: readonly SubgraphSource[];
  /** Types of the prelude, by name. */
  readonly preludeTypes: ReadonlyMap<string, TypeDefinitionNode>;
  /** Every object type's part in every ministry's schema. */
  readonly parts: readonly TypePart[];
  /** Every field that a ministry answers itself: not `@external`, not the key. */
  readonly fields: readonly FieldModel[];
  /** The first owner's; a second owner is a problem of its own. */
  readonly byCoordinate: ReadonlyMap<Coordinate, FieldModel>;
  /** Types with at least one field of class P1 or higher. */
  readonly personalTypes: ReadonlySet<string>;
  /** Scalars, enums, inputs, interfaces and unions of the ministries, by name. */
  readonly otherTypes: ReadonlyMap<string, readonly OwnedDefinition[]>;
}

export type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

export interface TypePart {
  readonly subgraph: SubgraphSource;
  readonly node: ObjectNode;
  readonly name: string;
}

export interface OwnedDefinition {
  readonly subgraph: SubgraphSource;
  readonly node: DefinitionNode & { readonly name: { readonly value: string } };
}

export interface FieldModel {
  readonly coordinate: Coordinate;
  readonly type: string;
  readonly name: string;
  readonly part: TypePart;
  readonly subgraph: SubgraphSource;
  readonly node: FieldDefinitionNode;
  /** Name of the returned type, without list and non-null. */
  readonly named: string;
  readonly nonNull: boolean;
  /** Stated on the field, or P0 by an interface of the prelude. */
  readonly personal: { readonly class: PersonalClass; readonly category: string } | undefined;
  /** The field's own release rules, else its type's. */
  readonly releases: readonly Release[];
  readonly unresolved: string | undefined;
}

export const PERSON = "Person";
export const KEY = "ref";

export function modelOf(prelude: DocumentNode, subgraphs: readonly SubgraphSource[]): SchemaModel {
  const parts = subgraphs.flatMap(partsOf);
  const provenance = provenanceOf(prelude);
  const fields = parts.flatMap((part) => fieldsOf(part, provenance));
  return {
    prelude,
    subgraphs,
    preludeTypes: new Map(prelude.definitions.filter(isTypeDefinition).map((node) => [node.name.value, node])),
    parts,
    fields,
    byCoordinate: new Map(fields.toReversed().map((field) => [field.coordinate, field])),
    personalTypes: new Set(fields.filter(isPersonal).map(({ type }) => type)),
    otherTypes: otherTypesOf(subgraphs),
  };
}

function partsOf(subgraph: SubgraphSource): TypePart[] {
  return subgraph.document.definitions
    .filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION)
    .map((node) => ({ subgraph, node, name: node.name.value }));
}

/** Interface name -> its fields that the prelude classifies itself: where a record comes from and how old it is. */
function provenanceOf(prelude: DocumentNode): ReadonlyMap<string, readonly FieldDefinitionNode[]> {
  const interfaces = prelude.definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION);
  return new Map(interfaces.map((node) => [node.name.value, classified(node)]));
}

function classified(node: InterfaceTypeDefinitionNode): readonly FieldDefinitionNode[] {
  return (node.fields ?? []).filter((field) => findDirective(field, "personal"));
}

function fieldsOf(part: TypePart, provenance: ReturnType<typeof provenanceOf>): FieldModel[] {
  const inherited = new Map(
    (part.node.interfaces ?? []).flatMap((it) => provenance.get(it.name.value) ?? []).map((it) => [it.name.value, it]),
  );
  return (part.node.fields ?? [])
    .filter((node) => !isExternal(part, node) && !(part.name === PERSON && node.name.value === KEY))
    .map((node) => fieldOf(part, node, inherited.get(node.name.value)));
}

function fieldOf(part: TypePart, node: FieldDefinitionNode, inherited: FieldDefinitionNode | undefined): FieldModel {
  const own = directivesOf(node, "release");
  const releases = own.length > 0 || part.name === PERSON ? own : directivesOf(part.node, "release");
  const finding = findDirective(node, "finding");
  return {
    coordinate: coordinate(part.name, node.name.value),
    type: part.name,
    name: node.name.value,
    part,
    subgraph: part.subgraph,
    node,
    named: namedOf(node.type),
    nonNull: node.type.kind === Kind.NON_NULL_TYPE,
    personal: personalOf(findDirective(node, "personal") ?? (inherited && findDirective(inherited, "personal"))),
    releases: releases.map(releaseOf),
    unresolved: finding && String(argumentOf(finding, "unresolved")),
  };
}

function personalOf(node: ConstDirectiveNode | undefined): FieldModel["personal"] {
  return (
    node && {
      class: String(argumentOf(node, "class")) as PersonalClass,
      category: String(argumentOf(node, "category")),
    }
  );
}

/** What the schema says, before anybody has checked it: composition refuses what is not of the directive's types. */
export function releaseOf(node: ConstDirectiveNode): Release {
  return {
    purposes: listOf(argumentOf(node, "purposes")) as readonly string[] as Release["purposes"],
    bases: listOf(argumentOf(node, "bases")) as Release["bases"],
    mode: textOf(argumentOf(node, "mode"), "VALUE") as Release["mode"],
  };
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function otherTypesOf(subgraphs: readonly SubgraphSource[]): SchemaModel["otherTypes"] {
  const found = new Map<string, OwnedDefinition[]>();
  for (const subgraph of subgraphs) {
    for (const node of subgraph.document.definitions) {
      if (!isTypeDefinition(node) || node.kind === Kind.OBJECT_TYPE_DEFINITION) continue;
      found.set(node.name.value, [...(found.get(node.name.value) ?? []), { subgraph, node }]);
    }
  }
  return found;
}

export function isTypeDefinition(node: DefinitionNode): node is TypeDefinitionNode {
  return node.kind.endsWith("TypeDefinition");
}

export function isPersonal(field: FieldModel): boolean {
  return field.personal !== undefined && field.personal.class !== "P0";
}

export function isExternal(part: TypePart, node: FieldDefinitionNode): boolean {
  return findDirective(node, "external") !== undefined || findDirective(part.node, "external") !== undefined;
}

interface Directed {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

export function directivesOf(node: Directed, name: string): readonly ConstDirectiveNode[] {
  return (node.directives ?? []).filter((it) => it.name.value === name);
}

export function findDirective(node: Directed, name: string): ConstDirectiveNode | undefined {
  return directivesOf(node, name)[0];
}

export function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const argument = directive.arguments?.find((it) => it.name.value === name);
  return argument && valueFromASTUntyped(argument.value);
}

export function namedOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedOf(type.type);
}

/** A page of a list: `nodes` and `pageInfo`, nothing else. Only such types may have fields without a class. */
export function isPage(node: ObjectNode): boolean {
  const names = (node.fields ?? []).map((field) => field.name.value).sort();
  return names.join() === "nodes,pageInfo";
}

/** The object type that a field returns, looking through a page to what it holds. */
export function recordTypeOf(field: FieldModel, model: SchemaModel): string {
  const page = model.parts.find((part) => part.name === field.named && isPage(part.node));
  const nodes = page?.node.fields?.find((it) => it.name.value === "nodes");
  return nodes ? namedOf(nodes.type) : field.named;
}
