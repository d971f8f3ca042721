import type { Plan, PlannedCodes, PlannedField, PlannedType, Remark } from "./plan.js";

/** Closed: a rule that names no purpose, so that no agreement can grant the field until somebody opens it. */
const CLOSED = "@release(purposes: [], bases: [])";

export function schemaText(title: string, plan: Plan): string {
  return `# ${title}. Drafted from what its system says of itself: look at each \`guess\`, answer each \`ask\`, then delete the remark.
# Nothing is released: ${CLOSED} names no purpose. Who opens a field names the purposes and grounds in law here, and
# grants it in an agreement. Classes: P2 identity, P3 socio-economic, P4 special category.

type Person @key(fields: "ref") {
  ref: PersonRef!
${plan.types.map(personField).join("\n")}
}

${schemaParts(plan.types, plan.codes).join("\n\n")}
`;
}

/** The types, pages and enums of a plan, each as its own text. */
export function schemaParts(types: readonly PlannedType[], codes: readonly PlannedCodes[]): readonly string[] {
  return [
    ...types.flatMap((type) => [typeText(type), ...(type.list ? [pageText(type)] : [])]),
    ...codes.flatMap(enumText),
  ];
}

/** The field of Person that leads to a type: as sensitive as the most sensitive thing there. */
export function personField(type: PlannedType): string {
  const [top] = [...type.fields].sort((a, b) => (a.class < b.class ? 1 : -1));
  const category = top?.category ?? "identity";
  const rule = `@personal(class: ${top?.class ?? "P2"}, category: ${quoted(category)}) ${CLOSED}`;
  const head = `  ${quoted(type.description)}\n`;
  if (!type.list) return `${head}  ${type.personField}: ${type.name} ${rule}`;
  return `${head}  ${type.personField}(
    "How many at most."
    first: Int!
    "The end of the page before."
    after: String
  ): ${type.name}Page ${rule}`;
}

function typeText(type: PlannedType): string {
  return `${quoted(type.description)}
type ${type.name} implements Sourced ${CLOSED} {
${type.fields.map((field) => fieldText(field)).join("\n")}
  source: String!
  asOf: Date
  quality: Quality!
}`;
}

/** `rule`: where the type may have been opened meanwhile, and the field must not be. */
export function fieldText(field: PlannedField, rule?: "closed"): string {
  const personal = `@personal(class: ${field.class}, category: ${quoted(field.category)})`;
  const isAsked = field.remarks.some(({ kind }) => kind === "ask");
  return `${remarkLines(field.remarks, "  ")}  ${quoted(field.description)}
  ${field.name}: ${field.type} ${personal}${rule === undefined ? "" : ` ${CLOSED}`}${isAsked ? "" : " # guess"}`;
}

function pageText({ name, label }: PlannedType): string {
  return `${quoted(`One page of ${label.toLowerCase()}.`)}
type ${name}Page {
  "The records on this page."
  nodes: [${name}!]!
  "Whether there is more."
  pageInfo: PageInfo!
}`;
}

function enumText({ enum: values }: PlannedCodes): string[] {
  if (!values) return [];
  return [
    `${quoted(values.description)}\nenum ${values.name} {\n${values.values.map((value) => `  ${value}`).join("\n")}\n}`,
  ];
}

export function remarkLines(remarks: readonly Remark[], indent: string): string {
  return remarks.map(({ kind, text }) => `${indent}# ${kind}: ${text}\n`).join("");
}

/** Both GraphQL and YAML read JSON's way of writing a text. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
