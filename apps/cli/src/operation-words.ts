import type { CoordinateRule } from "#libs/policy";
import type { Coordinate, OrgId } from "#libs/terms";
import type { Names } from "#libs/review";

export interface Addition {
  /** What the operation asks. */
  readonly touched: ReadonlySet<Coordinate>;
  /** What the organisation's registered operations ask today. */
  readonly before: ReadonlySet<Coordinate>;
  readonly rules: ReadonlyMap<Coordinate, Pick<CoordinateRule, "controller">>;
  readonly consumer: OrgId;
}

/** What an operation adds to what its organisation asks today, in plain words; what only holds other fields is left out. */
export function additionInWords({ touched, before, rules, consumer }: Addition, names: Names): string {
  const asked = [...touched].filter((at) => !names.isStructure(at)).sort();
  const added = asked.filter((at) => !before.has(at));
  const who = names.organisation(consumer);
  if (added.length === 0) return `It adds nothing: the registered operations of ${who} ask all of it today.`;
  const line = (at: Coordinate) =>
    `  + ${names.field(at)}  (${at}), of ${names.organisation(rules.get(at)?.controller ?? "")}`;
  const known = asked.length - added.length;
  return [
    `It adds to what the registered operations of ${who} ask today:`,
    ...added.map(line),
    ...(known > 0 ? [`and asks ${known} ${known === 1 ? "field" : "fields"} that they ask already.`] : []),
  ].join("\n");
}
