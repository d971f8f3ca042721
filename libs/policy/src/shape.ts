import type { Coordinate } from "#libs/terms";
import { WeftError } from "#libs/terms";
import type { CoordinateRule } from "./rule.js";

/** The coordinates of the supergraph and how they hang together, as far as policy must know. */
export interface Shape {
  readonly rules: ReadonlyMap<Coordinate, CoordinateRule>;
  readonly fieldsOf: ReadonlyMap<string, readonly CoordinateRule[]>;
}

export function typeOf(coordinate: Coordinate): string {
  return coordinate.slice(0, coordinate.indexOf("."));
}

export function shapeOf(rules: Iterable<CoordinateRule>): Shape {
  const byCoordinate = new Map<Coordinate, CoordinateRule>();
  const fieldsOf = new Map<string, CoordinateRule[]>();
  for (const rule of [...rules].sort(byCoordinateName)) {
    if (byCoordinate.has(rule.coordinate)) throw twice(rule.coordinate);
    byCoordinate.set(rule.coordinate, rule);
    const type = typeOf(rule.coordinate);
    const fields = fieldsOf.get(type);
    if (fields === undefined) fieldsOf.set(type, [rule]);
    else fields.push(rule);
  }
  return { rules: byCoordinate, fieldsOf };
}

/** The personal fields whose type a companion describes, of the same dataController. */
export function siblingsOf(companion: CoordinateRule, shape: Shape): readonly CoordinateRule[] {
  return (shape.fieldsOf.get(typeOf(companion.coordinate)) ?? []).filter(
    (field) => field.controller === companion.controller && (field.kind === "value" || field.kind === "reaching"),
  );
}

/**
 * The nearest personal fields that a reaching field leads to: those of the type that it returns, and those behind pages and other
 * structure. It stops at `Person`: whose fields belong to everybody, and a field that returns `Person` is a value of its own.
 */
export function fieldsBeneath(reaching: CoordinateRule, shape: Shape): readonly CoordinateRule[] {
  const found: CoordinateRule[] = [];
  const seen = new Set(["Person"]);
  const pending = [reaching.named];
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    if (seen.has(type)) continue;
    seen.add(type);
    for (const field of shape.fieldsOf.get(type) ?? []) {
      if (field.kind === "structural" || field.kind === "companion") pending.push(field.named);
      else if (field.controller === reaching.controller) found.push(field);
    }
  }
  return found;
}

function byCoordinateName(a: CoordinateRule, b: CoordinateRule): number {
  return a.coordinate < b.coordinate ? -1 : 1;
}

function twice(coordinate: Coordinate): WeftError {
  return new WeftError("CONTRACT_INVALID", { detail: `two rules for ${coordinate}` });
}
