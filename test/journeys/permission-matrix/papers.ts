import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  type ConstDirectiveNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse as parseSdl,
  type TypeNode,
  valueFromASTUntyped,
} from "graphql";
import { parse as parseYaml } from "yaml";

/**
 * What the parties wrote, read anew from the text of the contracts folder: nothing of how Weft loads, compiles or judges it is used
 * here, so that the two can be held against each other.
 */
export interface Papers {
  readonly purposes: readonly string[];
  readonly agreements: readonly Agreement[];
  /** Every field that a ministry answers, by `Type.field`. */
  readonly fields: ReadonlyMap<string, Field>;
}

/** `agreement.yaml`, as far as it says what may be asked. */
export interface Agreement {
  readonly agreement: string;
  readonly state: string;
  readonly provider: string;
  readonly consumer: string;
  readonly valid: { readonly from: string; readonly until: string };
  readonly grants: readonly Grant[];
  readonly limits: { readonly personsPerRequest: number };
}

export interface Grant {
  readonly purpose: string;
  readonly basis: string;
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly filters: readonly string[];
  readonly arguments?: Readonly<Record<string, readonly string[]>>;
}

export interface Field {
  /** `Type.field` */
  readonly at: string;
  readonly type: string;
  readonly name: string;
  /** The organisation whose schema declares it. */
  readonly ministry: string;
  readonly returns: string;
  /** Its answer is one of a closed list. */
  readonly closed: boolean;
  /** It may not be null. */
  readonly always: boolean;
  /**
   * `value`: says something about a person. `leading`: leads to a record of values. `beside`: accompanies the values of its record
   * (source, day, quality, programme, of how many parts it speaks). `list`: a list of persons. `structure`: pages; nothing about a person.
   */
  readonly kind: "value" | "leading" | "beside" | "list" | "structure";
  /** `@release`: its own, else its type's. */
  readonly releases: readonly Release[];
  /** `@finding(unresolved:)` */
  readonly unresolved: string | undefined;
  readonly arguments: readonly { readonly name: string; readonly filter: boolean; readonly closed: boolean }[];
}

export interface Release {
  readonly purposes: readonly string[];
  readonly bases: readonly string[];
  readonly mode: string;
}

export function readPapers(dir: string): Papers {
  const text = (...names: string[]) => readFileSync(path.join(dir, ...names), "utf8");
  const prelude = text("prelude.graphql");
  const ministries = readdirSync(path.join(dir, "subgraphs")).filter((name) => name !== "weft");
  const fields = ministries.flatMap((name) =>
    fieldsOf(`org:${name}`, text("subgraphs", name, "schema.graphql"), prelude),
  );
  return {
    purposes: Object.keys((parseYaml(text("purposes.yaml")) as { list: object }).list),
    agreements: readdirSync(path.join(dir, "agreements")).map(
      (name) => parseYaml(text("agreements", name, "agreement.yaml")) as Agreement,
    ),
    fields: new Map(fields.map((field) => [field.at, field])),
  };
}

function fieldsOf(ministry: string, sdl: string, prelude: string): Field[] {
  const { definitions } = parseSdl(sdl);
  const types = definitions.filter((it) => it.kind === Kind.OBJECT_TYPE_DEFINITION);
  const enums = [...definitions, ...parseSdl(prelude).definitions].filter(
    (it): it is EnumTypeDefinitionNode => it.kind === Kind.ENUM_TYPE_DEFINITION,
  );
  const closed = new Set(["Boolean", ...enums.map(({ name }) => name.value)]);
  return types.flatMap((type) =>
    (type.fields ?? [])
      .filter((field) => named(field.type) !== "PersonRef")
      .map((field) => ({
        at: `${type.name.value}.${field.name.value}`,
        type: type.name.value,
        name: field.name.value,
        ministry,
        returns: named(field.type),
        closed: closed.has(named(field.type)) && field.type.kind !== Kind.LIST_TYPE,
        always: field.type.kind === Kind.NON_NULL_TYPE,
        kind: kindOf(field, type, types),
        releases: releasesOf(field, type, types),
        unresolved: directives(field, "finding").map(({ unresolved }) => unresolved as string)[0],
        arguments: (field.arguments ?? []).map((argument) => ({
          name: argument.name.value,
          filter: directives(argument, "filterable").length > 0,
          closed: closed.has(named(argument.type)),
        })),
      })),
  );
}

function kindOf(
  field: FieldDefinitionNode,
  type: ObjectTypeDefinitionNode,
  types: readonly ObjectTypeDefinitionNode[],
): Field["kind"] {
  if (type.name.value === "Query") return "list";
  if (!type.fields?.some((it) => directives(it, "personal").length > 0)) return "structure";
  // P0 says nothing about a person, whoever classed it so.
  if (directives(field, "personal").every((it) => it["class"] === "P0")) return "beside";
  const returns = named(field.type);
  return returns !== "Person" && types.some(({ name }) => name.value === returns) ? "leading" : "value";
}

/** A field's own rules replace its type's; a list is released as the records on it. */
function releasesOf(
  field: FieldDefinitionNode,
  type: ObjectTypeDefinitionNode,
  types: readonly ObjectTypeDefinitionNode[],
): Release[] {
  const typeNamed = (name: string) => types.find((it) => it.name.value === name);
  const page = type.name.value === "Query" ? typeNamed(named(field.type)) : undefined;
  const nodes = page?.fields?.find(({ name }) => name.value === "nodes");
  const holder = nodes ? typeNamed(named(nodes.type)) : type;
  const own = directives(field, "release");
  return (own.length > 0 ? own : directives(holder ?? type, "release")).map((it) => ({
    purposes: it["purposes"] as string[],
    bases: it["bases"] as string[],
    mode: (it["mode"] as string | undefined) ?? "VALUE",
  }));
}

function directives(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): Record<string, unknown>[] {
  return (node.directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map(({ arguments: given }) =>
      Object.fromEntries((given ?? []).map((it) => [it.name.value, valueFromASTUntyped(it.value)])),
    );
}

function named(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type);
}
