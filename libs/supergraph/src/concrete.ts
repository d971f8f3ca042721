import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  type SelectionSetNode,
  Kind,
} from "graphql";

/**
 * The object types that a value may have at one place of an operation.
 *
 * Access is judged on coordinates of object types alone: a selection on an interface or a union counts once for each type that
 * the value may have there, and a fragment narrows what came before it (`cashTransfer { ... on Enrolment { status } }` touches
 * one programme, not all).
 */
export type Concrete = ReadonlySet<GraphQLObjectType>;

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const none: Concrete = new Set();
const known = new WeakMap<GraphQLSchema, Map<string, Concrete>>();

export function concreteTypes(schema: GraphQLSchema, typeName: string): Concrete {
  let types = known.get(schema);
  if (!types) known.set(schema, (types = new Map()));
  let found = types.get(typeName);
  if (!found) types.set(typeName, (found = findConcreteTypes(schema, typeName)));
  return found;
}

function findConcreteTypes(schema: GraphQLSchema, typeName: string): Concrete {
  const type = schema.getType(typeName);
  if (isObjectType(type)) return new Set([type]);
  return isAbstractType(type) ? new Set(schema.getPossibleTypes(type)) : none;
}

export function narrowed(schema: GraphQLSchema, types: Concrete, condition: string | undefined): Concrete {
  if (condition === undefined) return types;
  const allowed = concreteTypes(schema, condition);
  return types.isSubsetOf(allowed) ? types : types.intersection(allowed);
}

/** What a field of these types may return, object types only; empty for a leaf. */
export function returnedTypes(schema: GraphQLSchema, types: Concrete, fieldName: string): Concrete {
  const names = new Set<string>();
  for (const type of types) {
    const field = type.getFields()[fieldName];
    if (field) names.add(getNamedType(field.type).name);
  }
  const [first, ...rest] = names;
  if (first === undefined) return none;
  return rest.reduce<Concrete>((all, name) => all.union(concreteTypes(schema, name)), concreteTypes(schema, first));
}

export function fieldOf(types: Concrete, fieldName: string): GraphQLField<unknown, unknown> | undefined {
  for (const type of types) {
    const field = type.getFields()[fieldName];
    if (field) return field;
  }
  return undefined;
}

export interface FieldVisit {
  readonly field: FieldNode;
  readonly types: Concrete;
  /** 0 for a root field. */
  readonly depth: number;
}

/** Visits every field below, through fragments, whatever `@skip` and `@include` say; `__typename` is no field here. */
export function visitFields(
  schema: GraphQLSchema,
  selectionSet: SelectionSetNode,
  types: Concrete,
  fragments: Fragments,
  visit: (found: FieldVisit) => void,
  depth = 0,
): void {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value.startsWith("__")) continue;
      visit({ field: selection, types, depth });
      if (!selection.selectionSet) continue;
      const below = returnedTypes(schema, types, selection.name.value);
      visitFields(schema, selection.selectionSet, below, fragments, visit, depth + 1);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (!fragment) continue;
    const within = narrowed(schema, types, fragment.typeCondition?.name.value);
    visitFields(schema, fragment.selectionSet, within, fragments, visit, depth);
  }
}
