import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parseType,
  type TypeNode,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  valueFromAST,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
  isInputType,
} from "graphql";

/**
 * Lifting: every literal of an operation becomes a variable, and a variable's default becomes a value. What is left is shape
 * alone: it can be cached, recorded, hashed and sent on without holding anything about a person.
 *
 *     person(key: {scheme: NATIONAL_ID, value: "…"})  ->  person(key: $l0)     values: { l0: {scheme: …, value: …} }
 *     payments(from: $f, page: {size: 3, at: $at})    ->  payments(from: $f, page: {size: $l1, at: $at})
 */
export interface Lifted {
  /** Locations are kept, for refusals; a lifted value has its literal's. */
  readonly document: DocumentNode;
  /** Of lifted literals; by variable name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Former defaults; used where the caller gave no value. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Whether the text held nothing to lift: only then may it serve as a cache key itself. */
  readonly unchanged: boolean;
}

/** Undefined where a literal does not fit its place; the operation is then not valid. */
export function liftLiterals(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Lifted | undefined {
  const lifting = new Lifting(operation.variableDefinitions ?? []);
  const typeInfo = new TypeInfo(schema);
  const visited = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Argument: (node) => {
        const type = typeInfo.getInputType();
        if (type) return { ...node, value: lifting.lift(node.value, type) };
        lifting.fits = false;
        return undefined;
      },
      Variable: (node, _key, parent) => {
        const definition = parent && "kind" in parent && parent.kind === Kind.VARIABLE_DEFINITION;
        if (!definition && isNonNullType(typeInfo.getInputType())) lifting.demanded.add(node.name.value);
      },
    }),
  );
  if (!lifting.fits) return undefined;
  const lifted = visit(visited, {
    OperationDefinition: (node) => ({ ...withoutDescription(node), variableDefinitions: lifting.definitions(schema) }),
    FragmentDefinition: withoutDescription,
  });
  if (!lifting.fits) return undefined;
  const described = document.definitions.some((definition) => "description" in definition && definition.description);
  const unchanged = lifting.count === 0 && !described;
  return { document: lifted, values: lifting.values, defaults: lifting.defaults, unchanged };
}

class Lifting {
  readonly values: Record<string, unknown> = {};
  readonly defaults: Record<string, unknown> = {};
  /** Variables used where null is not allowed. */
  readonly demanded = new Set<string>();
  fits = true;
  readonly #given: readonly VariableDefinitionNode[];
  readonly #taken: ReadonlySet<string>;
  readonly #added: VariableDefinitionNode[] = [];
  #next = 0;

  constructor(given: readonly VariableDefinitionNode[]) {
    this.#given = given;
    this.#taken = new Set(given.map((definition) => definition.variable.name.value));
  }

  get count(): number {
    return this.#added.length + this.#given.filter((definition) => definition.defaultValue).length;
  }

  lift(value: ValueNode, type: GraphQLInputType): ValueNode {
    if (value.kind === Kind.VARIABLE) return value;
    if (!holdsVariable(value)) return this.#variable(value, type);
    const inner = getNullableType(type);
    if (value.kind === Kind.LIST && isListType(inner)) {
      return { ...value, values: value.values.map((item) => this.lift(item, inner.ofType)) };
    }
    if (value.kind === Kind.OBJECT && isInputObjectType(inner)) {
      const fields = inner.getFields();
      return {
        ...value,
        fields: value.fields.map((field) => {
          const known = fields[field.name.value];
          if (!known) this.fits = false;
          return known ? { ...field, value: this.lift(field.value, known.type) } : field;
        }),
      };
    }
    this.fits = false;
    return value;
  }

  #variable(value: ValueNode, type: GraphQLInputType): ValueNode {
    const read = valueFromAST(value, type);
    if (read === undefined) this.fits = false;
    let name = `l${this.#next++}`;
    while (this.#taken.has(name)) name = `l${this.#next++}`;
    this.values[name] = read;
    const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name }, ...located(value) } as const;
    this.#added.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable,
      type: parseType(String(type), { noLocation: true }),
    });
    return variable;
  }

  /** A default made its variable safe where null is not allowed; without it the variable must say so itself. */
  definitions(schema: GraphQLSchema): readonly VariableDefinitionNode[] {
    const given = this.#given.map((definition): VariableDefinitionNode => {
      if (!definition.defaultValue) return definition;
      const name = definition.variable.name.value;
      const type = inputTypeOf(schema, definition.type);
      const read = type && valueFromAST(definition.defaultValue, type);
      if (read === undefined) this.fits = false;
      this.defaults[name] = read;
      const { defaultValue: _lifted, ...rest } = definition;
      return this.demanded.has(name) ? { ...rest, type: demanded(rest.type) } : rest;
    });
    return [...given, ...this.#added];
  }
}

function inputTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLInputType | undefined {
  const type = typeFromAST(schema, node);
  return isInputType(type) ? type : undefined;
}

function demanded(type: TypeNode): TypeNode {
  return type.kind === Kind.NON_NULL_TYPE ? type : { kind: Kind.NON_NULL_TYPE, type };
}

function holdsVariable(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(holdsVariable);
  return value.kind === Kind.OBJECT && value.fields.some((field) => holdsVariable(field.value));
}

function located(value: ValueNode): { loc: NonNullable<ValueNode["loc"]> } | Record<never, never> {
  return value.loc ? { loc: value.loc } : {};
}

function withoutDescription<T extends object>(node: T): T {
  const { description: _dropped, ...rest } = node as T & { description?: unknown };
  return rest as T;
}
