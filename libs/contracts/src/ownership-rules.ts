import { type ConstDirectiveNode, type FieldDefinitionNode, print } from "graphql";
import type { CompositionRule } from "./composition-rule.js";
import { type Problem, problemAt } from "./problem.js";
import { argumentOf, directivesOf, isExternal, KEY, PERSON, type SchemaModel, type TypePart } from "./schema-model.js";
import type { SubgraphSource } from "./sdl.js";

/** One coordinate names one dataController. Only `Person` and `Query` are put together from many ministries. */
export const oneOwner: CompositionRule = (model) => {
  const owners = new Map<string, SubgraphSource>();
  return model.fields.flatMap((field) => {
    const joint = field.type === PERSON || field.type === "Query";
    const what = joint ? field.coordinate : field.type;
    const owner = owners.get(what) ?? field.subgraph;
    owners.set(what, owner);
    if (owner === field.subgraph) return [];
    const wrong = `${what} belongs to ${owner.provider}; ${field.subgraph.provider} cannot own ${field.coordinate}`;
    return [problemAt(field.node, wrong, "a type of its own, or @external where @requires needs the field")];
  });
};

/** Rules of a coordinate are its owner's alone: repeated ones would add up, and the laxer one would hold. */
export const onlyOwnersRule: CompositionRule = (model) =>
  model.parts.flatMap((part) => [
    ...statementsOn(part.node).flatMap((node) => weakensType(part, node, model)),
    ...(part.node.fields ?? [])
      .filter((field) => isExternal(part, field) || isKey(part, field))
      .flatMap((field) => statementsOn(field).map((node) => weakensField(part, field, node))),
  ]);

function statementsOn(node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((it) =>
    ["personal", "release", "finding", "filterable"].includes(it.name.value),
  );
}

function weakensType(part: TypePart, node: ConstDirectiveNode, model: SchemaModel): Problem[] {
  const right = "rules on the ministry's own fields";
  if (part.name === PERSON || part.name === "Query")
    return [problemAt(node, `@${node.name.value} on ${part.name} would rule other ministries' fields`, right)];
  const owner = model.fields.find((field) => field.type === part.name)?.subgraph;
  if (owner === undefined || owner === part.subgraph) return [];
  return [problemAt(node, `@${node.name.value} on ${part.name}, which belongs to ${owner.provider}`, right)];
}

function weakensField(part: TypePart, field: FieldDefinitionNode, node: ConstDirectiveNode): Problem {
  const wrong = `@${node.name.value} on ${part.name}.${field.name.value}, which belongs to another`;
  return problemAt(node, wrong, "no rule on it: its owner's holds");
}

function isKey(part: TypePart, field: FieldDefinitionNode): boolean {
  return part.name === PERSON && field.name.value === KEY;
}

/** Persons are the only entity: a fetch by any other key would touch persons that no record names. */
export const entitiesArePersons: CompositionRule = (model) =>
  model.parts.flatMap((part) => {
    const keys = directivesOf(part.node, "key");
    const foreign = keys.filter((key) => part.name !== PERSON || argumentOf(key, "fields") !== KEY);
    const found = foreign.map((key) =>
      problemAt(key, `@key on ${part.name} (${String(argumentOf(key, "fields"))})`, `only Person @key(fields: "ref")`),
    );
    if (part.name !== PERSON) return found;
    const ref = part.node.fields?.find((field) => field.name.value === KEY);
    const joined = keys.length > 0 && ref !== undefined && print(ref.type) === "PersonRef!";
    return joined
      ? found
      : [...found, problemAt(part.node, "Person has no key", 'Person @key(fields: "ref") { ref: PersonRef! … }')];
  });
