import { WeftError } from "#libs/terms";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  Kind,
} from "graphql";

/** What one operation may cost, counted before it is validated and with every fragment spread out. */
export interface OperationLimits {
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Selections. */
  readonly nodes: number;
  /** Digits in a row in a name that the caller chooses: names are kept and recorded, identifiers of persons must not hide there. */
  readonly digits: number;
  /** Whether the schema may be asked about. */
  readonly introspection: boolean;
}

export const defaultLimits: OperationLimits = {
  bytes: 32_768,
  tokens: 2000,
  depth: 12,
  aliases: 30,
  rootFields: 8,
  nodes: 600,
  digits: 5,
  introspection: true,
};

/** Asking about the schema reads no data and nests deep by nature. */
const introspectionDepth = 24;

export interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly nodes: number;
}

const emptyMeasure: Measure = { depth: 0, aliases: 0, rootFields: 0, nodes: 0 };

/** Linear in the text: a fragment is measured once, however often it is spread. */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Measure | "open">();

  function ofFragment(name: string): Measure {
    const found = measured.get(name);
    if (found === "open") throw new WeftError("OPERATION_INVALID", { message: "A fragment contains itself." });
    if (found) return found;
    measured.set(name, "open");
    const measure = ofSelections(fragments.get(name)?.selectionSet);
    measured.set(name, measure);
    return measure;
  }

  function ofSelections(selectionSet: SelectionSetNode | undefined): Measure {
    return (selectionSet?.selections ?? []).reduce<Measure>((sum, selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return add(sum, ofSelections(selection.selectionSet));
      if (selection.kind === Kind.FRAGMENT_SPREAD) return add(sum, ofFragment(selection.name.value));
      const below = ofSelections(selection.selectionSet);
      const aliases = below.aliases + (selection.alias ? 1 : 0);
      return add(sum, { depth: below.depth + 1, aliases, rootFields: 1, nodes: below.nodes });
    }, emptyMeasure);
  }

  return ofSelections(operation.selectionSet);
}

function add(a: Measure, b: Measure): Measure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    rootFields: a.rootFields + b.rootFields,
    nodes: a.nodes + b.nodes + 1,
  };
}

export function assertWithin(measure: Measure, limits: OperationLimits, introspection: boolean): void {
  const depth = introspection ? introspectionDepth : limits.depth;
  if (measure.depth > depth) throw tooComplex(`The operation is deeper than ${depth} levels.`);
  if (measure.aliases > limits.aliases) throw tooComplex(`The operation has more than ${limits.aliases} aliases.`);
  if (measure.rootFields > limits.rootFields) {
    throw tooComplex(`The operation has more than ${limits.rootFields} root fields.`);
  }
  if (measure.nodes > limits.nodes) throw tooComplex(`The operation has more than ${limits.nodes} selections.`);
}

export function tooComplex(message: string): WeftError {
  return new WeftError("OPERATION_TOO_COMPLEX", { message });
}
