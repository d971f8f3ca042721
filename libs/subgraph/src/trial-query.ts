import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import type { Policy } from "#libs/policy";
import { type Coordinate, coordinate } from "#libs/terms";

type CompiledGrant = NonNullable<ReturnType<NonNullable<ReturnType<Policy["grants"]["get"]>>["get"]>>[number];

export interface TrialQuery {
  /** Undefined where the grant has no field of a person that can be asked without an argument of one's own. */
  readonly text: string | undefined;
  /** Granted, but they need a claim or a date that only a real question has. */
  readonly skipped: readonly Coordinate[];
}

/** Everything that a grant gives of one person, as one `_entities` query; closed lists are asked with their first value. */
export function trialQuery(schema: GraphQLSchema, compiled: CompiledGrant, policy: Policy): TrialQuery {
  const skipped: Coordinate[] = [];
  const person = schema.getType("Person");
  const open = (type: string, field: string) => {
    const at = coordinate(type, field);
    return compiled.findings.get(at) === null || policy.shape.rules.get(at)?.kind === "structural";
  };
  const select = (type: GraphQLObjectType, above: readonly string[]): string => {
    const fields = Object.values(type.getFields()).filter((field) => open(type.name, field.name));
    return fields.map((field) => selectField(type, field, above)).join(" ");
  };
  const selectField = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, above: readonly string[]) => {
    const given = argumentsOf(field, compiled, coordinate(type.name, field.name));
    const named = getNamedType(field.type);
    if (given === undefined) {
      skipped.push(coordinate(type.name, field.name));
      return "";
    }
    if (isLeafType(named)) return field.name + given;
    if (!isObjectType(named) || above.includes(named.name)) return "";
    const inner = select(named, [...above, type.name]).trim();
    return inner === "" ? "" : `${field.name}${given}{${inner}}`;
  };
  const body = isObjectType(person) ? select(person, []).trim() : "";
  const text = `query($representations:[_Any!]!){_entities(representations:$representations){...on Person{${body}}}}`;
  return { text: body === "" ? undefined : text, skipped };
}

/** Undefined where a required argument has no value that one could choose for the asker. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  compiled: CompiledGrant,
  at: Coordinate,
): string | undefined {
  const values = field.args
    .filter(isRequiredArgument)
    .map((argument) => [argument.name, valueOf(argument, compiled, at)]);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return values.length === 0 ? "" : `(${values.map(([name, value]) => `${name}:${value}`).join(",")})`;
}

function valueOf(argument: GraphQLArgument, compiled: CompiledGrant, at: Coordinate): string | undefined {
  const type = getNamedType(argument.type);
  if (argument.name === "first") return "3";
  if (!isEnumType(type)) return undefined;
  const left = compiled.narrowed.get(`${at}(${argument.name}:)`);
  return type.getValues().find(({ name }) => left === undefined || left.has(name))?.name;
}
