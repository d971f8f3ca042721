import type { Plan, PlannedCodes, PlannedField, PlannedIdentifier, PlannedTest, PlannedType } from "./plan.js";
import { quoted, remarkLines } from "./schema-text.js";

export interface SourceText {
  readonly provider: string;
  /** `source` of adapter.yaml: kind, variable, schema, time zone; or its lines, for a service. */
  readonly source: Readonly<Record<string, string>> | string;
  /** What stands for the register in every answer. */
  readonly register: string;
}

export function adapterText(title: string, plan: Plan, about: SourceText): string {
  const codes = plan.codes.length === 0 ? "" : `codes:\n${plan.codes.map(codesText).join("")}`;
  return `# ${title}. Drafted: look at each \`guess\`, answer each \`ask\`, then delete the remark. What is not mapped here is never read.
adapter: 1
provider: ${about.provider}
source:${typeof about.source === "string" ? `\n${about.source.trimEnd()}` : ` ${flow(Object.entries(about.source))}`}
# ask: what may be done to this machine at most?
protect: { connections: 2, statementTimeout: PT1S, queue: PT1S, personsPerMinute: 600 }
${codes}types:
${personText(plan)}${plan.types.map((type) => typeText(type, plan.person.table, about.register)).join("")}`;
}

function personText({ person, types }: Plan): string {
  const fields = types.map((type) => `      ${personFieldText(type)}\n`).join("");
  return `  Person:
${remarkLines(person.remarks, "    ")}    from: ${scalar(person.table)}
    identifiers:
${person.identifiers.map(identifierText).join("")}${whereText(person.where)}    duplicates: withhold
    fields:
${fields}`;
}

function identifierText({ column, scheme, spelling, steps, remarks }: PlannedIdentifier): string {
  const more: [string, string][] =
    spelling.as === "stored"
      ? [["stored", quoted(spelling.pattern)]]
      : spelling.as === "pad"
        ? [["pad", String(spelling.length)]]
        : spelling.as === "normalise"
          ? [["normalise", `[${steps.join(", ")}]`]]
          : [];
  return `${remarkLines(remarks, "      ")}      - ${flow([["scheme", scalar(scheme)], ["column", scalar(column)], ...more])}\n`;
}

/** What leads from Person to a type, in one line. */
export function personFieldText({ personField, name, list }: PlannedType): string {
  if (!list) return `${personField}: { type: ${name} }`;
  const newest: [string, string][] = list.newest === undefined ? [] : [["newest", scalar(list.newest)]];
  const members: [string, string][] = [
    ["of", name],
    ...newest,
    ["keyset", `[${list.keyset.map(scalar).join(", ")}]`],
    ["maxRows", "50"],
  ];
  return `${personField}: { list: ${flow(members)} }`;
}

export function typeText(type: PlannedType, person: string, register: string): string {
  const on = Object.entries(type.on).map(([here, there]) => [scalar(here), scalar(`${person}.${there}`)] as const);
  const own = type.isOwn ? "" : `    from: ${scalar(type.table)}\n    on: ${flow(on)}\n${whereText(type.where)}`;
  const asOf = type.asOf
    ? `    asOf: ${flow([
        ["column", scalar(type.asOf.column)],
        ["date", type.asOf.date],
      ])} # guess\n`
    : "    # ask: which column says when a row was last changed? asOf: COLUMN\n";
  return `  ${type.name}:
${remarkLines(type.remarks, "    ")}${own}${asOf}    quality: declared # ask: or verified? who checked these records?
    fields:
      source: { value: ${quoted(register)} }
${type.fields.map((field) => `      ${fieldText(field)}\n`).join("")}${leftOutText(type)}`;
}

export function fieldText({ name, column, codes, date, nulls }: PlannedField): string {
  const more: [string, string][] = [
    ...(codes === undefined ? [] : [["codes", codes] as [string, string]]),
    ...(date === undefined ? [] : [["date", scalar(date)] as [string, string]]),
    ...(nulls === undefined || nulls.length === 0
      ? []
      : [["nulls", `[${nulls.map(quoted).join(", ")}]`] as [string, string]]),
  ];
  return `${name}: ${flow([["column", scalar(column)], ...more])}`;
}

function leftOutText({ leftOut }: PlannedType): string {
  if (leftOut.length === 0) return "";
  const byWhy = new Map<string, string[]>();
  for (const { column, why } of leftOut) byWhy.set(why, [...(byWhy.get(why) ?? []), commented(column)]);
  return [...byWhy].map(([why, columns]) => `      # not mapped (${why}): ${columns.join(", ")}\n`).join("");
}

export function codesText({ name, from, inline, remarks }: PlannedCodes): string {
  const entries: (readonly [string, string])[] = from
    ? [
        ["from", scalar(from.table)],
        ...(from.where.length === 0 ? [] : [["where", whereFlow(from.where)] as const]),
        ["code", scalar(from.code)],
        ["label", scalar(from.label)],
      ]
    : (inline ?? []).map(([code, value]) => [quoted(code), value] as const);
  return `${remarkLines(remarks, "  ")}  ${name}: ${flow(entries)}\n`;
}

function whereText(tests: readonly PlannedTest[]): string {
  return tests.length === 0 ? "" : `    where: ${whereFlow(tests)} # guess: only these rows count\n`;
}

function whereFlow(tests: readonly PlannedTest[]): string {
  return flow(
    tests.map(({ column, test }) => [scalar(column), test === "isNull" ? '{ "null": true }' : "{ not: true }"]),
  );
}

export function flow(entries: readonly (readonly [string, string])[]): string {
  return entries.length === 0 ? "{}" : `{ ${entries.map(([name, value]) => `${name}: ${value}`).join(", ")} }`;
}

/** A name of the database as YAML: as it is where no reader could take it for anything else. */
export function scalar(text: string): string {
  const plain = /^[A-Za-z_][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|nan|inf)$/i.test(text);
  return plain ? text : quoted(text);
}

function commented(name: string): string {
  return name.replaceAll(/[\p{C}\s]+/gu, " ");
}
