import type { Plan, PlannedCodes, PlannedType } from "./plan.js";
import { quoted } from "./schema-text.js";

/** What people read, in one language of the registry. Names of a database are of one language: the others are to be translated. */
export function labelsText(language: string, plan: Plan): string {
  const note = language === "en" ? "ask: is this what people should read?" : `ask: translate into ${language}`;
  const lines = labelsOf(plan.types, plan.codes).map(labelLine);
  return `# ${note}\nlanguage: ${language}\nlabels:\n${lines.join("")}`;
}

export function labelsOf(
  types: readonly PlannedType[],
  codes: readonly PlannedCodes[],
): readonly (readonly [string, string])[] {
  return [
    ...types.flatMap(labelsOfType),
    ...codes.flatMap(({ enum: values, inline = [] }) =>
      (values?.values ?? []).map((value, i) => [`${values?.name ?? ""}.${value}`, inline[i]?.[0] ?? value] as const),
    ),
  ];
}

function labelsOfType({ name, personField, label, fields }: PlannedType): (readonly [string, string])[] {
  return [
    [`Person.${personField}`, label],
    [name, label],
    ...fields.map((field) => [`${name}.${field.name}`, field.label] as const),
  ];
}

export function labelLine([coordinate, label]: readonly [string, string]): string {
  return `  ${coordinate}: ${quoted(label)}\n`;
}
