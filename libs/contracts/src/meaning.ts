import type { Agreement } from "#libs/policy";
import { coordinate, type Coordinate, type Digest, digestOf, jcs } from "#libs/terms";
import { Kind, print } from "graphql";
import { definitionOf } from "./coordinate-rules.js";
import { directivesOf, type FieldModel, namedOf, type SchemaModel } from "./schema-model.js";

/** Every coordinate that an agreement names, once, in order. */
export function grantedCoordinates(agreement: Agreement): readonly Coordinate[] {
  const named = agreement.grants.flatMap((grant) =>
    Object.entries(grant.fields).flatMap(([type, fields]) => fields.map((field) => coordinate(type, field))),
  );
  return [...new Set(named)].sort();
}

/**
 * What both sides understood by the fields they signed for: the digest over JCS of {coordinate: definition}. A definition is the
 * field as GraphQL prints it, with description, arguments, type, directives and the release rules that hold for it, followed by
 * the closed lists and inputs that it uses. A later change of any of it ends the grant until both sign again.
 */
export function proposeMeaning(agreement: Agreement, model: SchemaModel): Digest {
  const definitions = grantedCoordinates(agreement).map((it) => {
    const field = model.byCoordinate.get(it);
    return [it, field ? meaningOf(field, model) : null] as const;
  });
  return digestOf(jcs(Object.fromEntries(definitions)));
}

function meaningOf(field: FieldModel, model: SchemaModel): string {
  const inherited = directivesOf(field.node, "release").length > 0 ? [] : directivesOf(field.part.node, "release");
  const node = { ...field.node, directives: [...(field.node.directives ?? []), ...inherited] };
  return [print(node), ...usedTypes(field, model)].join("\n");
}

function usedTypes(field: FieldModel, model: SchemaModel): readonly string[] {
  const names = new Set<string>();
  const pending = [field.named, ...(field.node.arguments ?? []).map(({ type }) => namedOf(type))];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const type = definitionOf(name, model);
    if (type?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
      pending.push(...(type.fields ?? []).map((it) => namedOf(it.type)));
  }
  return [...names].sort().flatMap((name) => {
    const type = definitionOf(name, model);
    const closed = type?.kind === Kind.ENUM_TYPE_DEFINITION || type?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION;
    return closed ? [print(type)] : [];
  });
}
