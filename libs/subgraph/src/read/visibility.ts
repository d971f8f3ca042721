import type { GraphQLSchema } from "graphql";
import type { Coordinate } from "#libs/terms";
import { isPersonal, namedTypeOf, PERSON, possibleTypes } from "./schema.js";
import type { Withheld } from "./port.js";
import type { Visit } from "./walk.js";

/**
 * Which coordinates of a plan are visible for one person. Consent names single fields; an object is withheld with all that is
 * beneath it when every value beneath it is, and a field is withheld when every way to it is.
 */
export interface Visibility {
  visible(coordinate: Coordinate): boolean;
  /** No value of the plan is visible; where it has none, nothing that leads anywhere. */
  readonly nothing: boolean;
}

export interface PlanShape {
  /** For each type but Person: the coordinates that lead to it, in this plan. */
  readonly reachedBy: ReadonlyMap<string, ReadonlySet<Coordinate>>;
  /** For each such type: the classed leaves beneath it, in this plan. */
  readonly beneath: ReadonlyMap<string, ReadonlySet<Coordinate>>;
  /** The classed leaves of the plan. */
  readonly values: ReadonlySet<Coordinate>;
}

export function planShape(visits: readonly Visit[], schema: GraphQLSchema): PlanShape {
  const reachedBy = new Map<string, Set<Coordinate>>();
  const leaves = new Map<string, Set<Coordinate>>();
  const steps = new Map<string, Set<string>>();
  for (const visit of visits) {
    const returned = possibleTypes(schema, namedTypeOf(visit.field)).filter((type) => type.name !== PERSON);
    for (const type of returned) {
      add(reachedBy, type.name, visit.coordinate);
      add(steps, visit.type.name, type.name);
    }
    const entry = visit.type === schema.getQueryType();
    if (returned.length === 0 && !entry && isPersonal(schema, visit.field))
      add(leaves, visit.type.name, visit.coordinate);
  }
  const beneath = new Map([...reachedBy.keys()].map((type) => [type, leavesBeneath(type, leaves, steps)] as const));
  return { reachedBy, beneath, values: new Set([...leaves.values()].flatMap((set) => [...set])) };
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  map.set(key, (map.get(key) ?? new Set<T>()).add(value));
}

function leavesBeneath(
  type: string,
  leaves: ReadonlyMap<string, ReadonlySet<Coordinate>>,
  steps: ReadonlyMap<string, ReadonlySet<string>>,
) {
  const found = new Set<Coordinate>();
  const types = new Set([type]);
  for (const each of types) {
    for (const leaf of leaves.get(each) ?? []) found.add(leaf);
    for (const next of steps.get(each) ?? []) types.add(next);
  }
  return found;
}

export const nothingVisible: Visibility = { visible: () => false, nothing: true };

export function visibilityOf(shape: PlanShape, withheld: Withheld): Visibility {
  if (withheld === "everything") return nothingVisible;
  const emptied = (type: string) => {
    const beneath = shape.beneath.get(type);
    return beneath !== undefined && beneath.size > 0 && [...beneath].every((leaf) => withheld.has(leaf));
  };
  const ways = [...shape.reachedBy].flatMap(([type, from]) => [...from].map((way) => ({ way, open: !emptied(type) })));
  const open = new Set(ways.filter((way) => way.open).map(({ way }) => way));
  const closed = new Set(ways.map(({ way }) => way).filter((way) => !open.has(way)));
  const known = new Map<string, boolean>();
  const reachable = (type: string): boolean => {
    const before = known.get(type);
    if (before !== undefined) return before;
    // Types may lead to each other: a way that comes round to its own beginning is no way.
    known.set(type, false);
    const from = shape.reachedBy.get(type);
    const alive = from === undefined || [...from].some(visible);
    known.set(type, alive);
    return alive;
  };
  const visible = (coordinate: Coordinate): boolean => {
    if (withheld.has(coordinate) || closed.has(coordinate)) return false;
    return reachable(coordinate.slice(0, coordinate.indexOf(".")));
  };
  return { visible, nothing: ![...(shape.values.size > 0 ? shape.values : open)].some(visible) };
}
