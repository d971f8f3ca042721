import { type Coordinate, coordinate } from "#libs/terms";
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLOutputType,
  type InlineFragmentNode,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { type Concrete, concreteTypes, fieldOf, narrowed, returnedTypes } from "./concrete.js";
import { conditionsOf, type PreparedOperation, responseNameOf } from "./operation.js";
import type { Supergraph } from "./supergraph.js";

/** A coordinate that was asked for and is not answered, at one place of the answer. */
export interface Denial {
  readonly coordinate: Coordinate;
  /** Response names; ends at the first list, whose every row it concerns. */
  readonly path: readonly string[];
  /** The denied coordinate that this one cannot do without; undefined where it is denied itself. */
  readonly dependsOn?: Coordinate;
}

/** The variables of `@skip` and `@include` that are true in one request. */
export type Switches = ReadonlySet<string>;

/** Denied coordinates; those denied only because they need another name it. */
export type Blocked = ReadonlyMap<Coordinate, Coordinate | undefined>;

export interface Pruned {
  /** What may be planned; undefined where nothing is left. Fragments are spread out, unused variables gone. */
  readonly document: DocumentNode | undefined;
  readonly denials: readonly Denial[];
}

/**
 * The operation without its denied coordinates, and without what `@skip` and `@include` leave out of this request.
 *
 * - A field whose whole selection is denied is not fetched: it is null. Where it may not be null it is asked for `__typename`
 *   alone, and only if something beside it is fetched anyway or it is a root field.
 * - A denied field that may not be null makes its nearest nullable parent null, and nothing under that parent is fetched. A
 *   list counts as one place here: an item that would be null makes its whole list null.
 */
export function prune(
  supergraph: Supergraph,
  operation: PreparedOperation,
  blocked: Blocked,
  switches: Switches,
): Pruned {
  const pruning = new Pruning(supergraph, operation, blocked, switches);
  const root = concreteTypes(supergraph.full, "Query");
  const kept = pruning.selections(operation.definition.selectionSet, root, []);
  const selections = kept.doomed ? [] : [...kept.selections, ...kept.bare];
  const document = selections.length > 0 ? documentOf(operation.definition, selections) : undefined;
  return { document, denials: pruning.denials };
}

interface Kept {
  readonly selections: SelectionNode[];
  /** Non-null fields of which nothing else is left. */
  readonly bare: SelectionNode[];
  /** Something of it was denied. */
  denied: boolean;
  /** The object that holds this selection can only be null. */
  doomed: boolean;
}

interface Place {
  readonly name: string;
  readonly list: boolean;
}

class Pruning {
  readonly denials: Denial[] = [];
  readonly #supergraph: Supergraph;
  readonly #operation: PreparedOperation;
  readonly #blocked: Blocked;
  readonly #switches: Switches;

  constructor(supergraph: Supergraph, operation: PreparedOperation, blocked: Blocked, switches: Switches) {
    this.#supergraph = supergraph;
    this.#operation = operation;
    this.#blocked = blocked;
    this.#switches = switches;
  }

  selections(selectionSet: SelectionSetNode, types: Concrete, above: readonly Place[]): Kept {
    const kept: Kept = { selections: [], bare: [], denied: false, doomed: false };
    for (const selection of selectionSet.selections) {
      if (!isOn(selection, this.#switches)) continue;
      if (selection.kind === Kind.FIELD) this.#field(selection, types, above, kept);
      else this.#fragment(selection, types, above, kept);
    }
    return kept;
  }

  #field(field: FieldNode, types: Concrete, above: readonly Place[], kept: Kept): void {
    const name = field.name.value;
    const type = fieldOf(types, name)?.type;
    if (name.startsWith("__") || !type) {
      kept.selections.push(unconditional(field));
      return;
    }
    const at = [...above, { name: responseNameOf(field), list: holdsList(type) }];
    if (this.#deny(name, types, at)) {
      kept.denied = true;
      kept.doomed ||= isNonNullType(type);
      return;
    }
    if (!field.selectionSet) {
      kept.selections.push(unconditional(field));
      return;
    }
    const below = this.selections(field.selectionSet, returnedTypes(this.#supergraph.full, types, name), at);
    kept.denied ||= below.denied;
    if (below.doomed) kept.doomed ||= isNonNullType(type);
    else if (below.selections.length > 0) kept.selections.push(withSelections(field, joined(below)));
    else if (!below.denied) kept.selections.push(withSelections(field, [typenameField]));
    else if (isNonNullType(type)) kept.bare.push(withSelections(field, [typenameField]));
  }

  /** Each type that the field may be on must pass. */
  #deny(name: string, types: Concrete, at: readonly Place[]): boolean {
    const denied = [...types].map((type) => coordinate(type.name, name)).filter((asked) => this.#blocked.has(asked));
    for (const asked of denied) {
      const dependsOn = this.#blocked.get(asked);
      this.denials.push({
        coordinate: asked,
        path: pathTo(at),
        ...(dependsOn === undefined ? {} : { dependsOn }),
      });
    }
    return denied.length > 0;
  }

  #fragment(selection: Exclude<SelectionNode, FieldNode>, types: Concrete, above: readonly Place[], kept: Kept): void {
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#operation.fragments.get(selection.name.value);
    if (!fragment) return;
    const condition = fragment.typeCondition;
    const within = narrowed(this.#supergraph.full, types, condition?.name.value);
    const below = this.selections(fragment.selectionSet, within, above);
    kept.denied ||= below.denied;
    if (below.doomed) kept.doomed ||= within.size === types.size;
    else {
      const spread = (selections: readonly SelectionNode[]): InlineFragmentNode => ({
        kind: Kind.INLINE_FRAGMENT,
        ...(condition ? { typeCondition: condition } : {}),
        selectionSet: { kind: Kind.SELECTION_SET, selections },
      });
      if (below.selections.length > 0) kept.selections.push(spread(joined(below)));
      else if (below.bare.length > 0) kept.bare.push(spread(below.bare));
    }
  }
}

const typenameField: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

function joined(kept: Kept): readonly SelectionNode[] {
  return kept.bare.length > 0 ? [...kept.selections, ...kept.bare] : kept.selections;
}

/** Each `if:` is a variable: literals were lifted. */
export function isOn(selection: SelectionNode, switches: Switches): boolean {
  return conditionsOf(selection.directives).every(({ variable, is }) => switches.has(variable) === is);
}

function unconditional(field: FieldNode): FieldNode {
  return field.directives?.length ? { ...field, directives: [] } : field;
}

function withSelections(field: FieldNode, selections: readonly SelectionNode[]): FieldNode {
  return { ...unconditional(field), selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function holdsList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function pathTo(at: readonly Place[]): readonly string[] {
  const list = at.findIndex((place) => place.list);
  return at.slice(0, list < 0 ? undefined : list + 1).map(({ name }) => name);
}

function documentOf(operation: OperationDefinitionNode, selections: readonly SelectionNode[]): DocumentNode {
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  const used = new Set<string>();
  visit(selectionSet, {
    Variable: ({ name }) => {
      used.add(name.value);
    },
  });
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) =>
    used.has(variable.name.value),
  );
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions, selectionSet }] };
}
