import { z } from "zod";
import { WeftError } from "#libs/terms";
import type { JsonRow } from "../rest/json-row.js";
import { outcomeError } from "./outcome.js";

/** FHIR R4 Bundle of a search: as much as is looked at. */
const resource = z.looseObject({ resourceType: z.string(), id: z.string().optional() });
const bundle = z.looseObject({
  resourceType: z.literal("Bundle"),
  type: z.literal("searchset"),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).default([]),
  entry: z.array(z.looseObject({ resource })).default([]),
});
const patient = z.looseObject({
  identifier: z.array(z.looseObject({ system: z.string().optional(), value: z.string().optional() })).default([]),
});
const reference = z.looseObject({ reference: z.string() });

export type Resource = z.infer<typeof resource>;

export interface Page {
  readonly resources: readonly Resource[];
  /** Absolute; of the server's own origin. */
  readonly next: string | undefined;
}

export function readPage(answer: object, base: string): Page {
  const read = bundle.safeParse(answer);
  if (!read.success)
    throw outcomeError(answer) ?? new WeftError("SOURCE_INVALID", { detail: "not a bundle of a search" });
  const resources = read.data.entry.map((entry) => entry.resource);
  for (const one of resources) {
    const error = outcomeError(one);
    if (error) throw error;
  }
  const next = read.data.link.find(({ relation }) => relation === "next")?.url;
  return { resources, next: next === undefined ? undefined : ownPage(next, base) };
}

/** Credentials and numbers go to no other server, whatever an answer says. */
function ownPage(next: string, base: string): string {
  const url = URL.canParse(next, `${base}/`) ? new URL(next, `${base}/`) : undefined;
  if (url?.origin === new URL(base).origin) return url.href;
  throw new WeftError("SOURCE_INVALID", { detail: "a next page on another server" });
}

/** Each patient's numbers by scheme. Two of one system: two rows, and thus held twice; which of them is meant is not guessed. */
export function patientRows(
  resources: readonly Resource[],
  systems: Readonly<Record<string, string>>,
): readonly JsonRow[] {
  return resources.filter(isPatient).flatMap((one) => {
    const numbers = numbersOf(one, systems);
    const most = Math.max(1, ...Object.values(numbers).map(({ length }) => length));
    return Array.from({ length: most }, () => ({ ...one, ...firstOf(numbers) }));
  });
}

/** Resources of a type, each with the numbers of the patient to whom it refers. */
export function hangingRows(
  resources: readonly Resource[],
  systems: Readonly<Record<string, string>>,
  { type, element, base }: { readonly type: string; readonly element: string; readonly base: string },
): readonly JsonRow[] {
  const patients = new Map(resources.filter(isPatient).map((one) => [`Patient/${one.id ?? ""}`, one]));
  return resources
    .filter(({ resourceType }) => resourceType === type)
    .map((one) => {
      const found = reference.safeParse(one[element]).data?.reference ?? "";
      const at = found.startsWith(`${base}/`) ? found.slice(base.length + 1) : found;
      const of = patients.get(at.replace(/\/_history\/.*$/s, ""));
      if (!of) throw new WeftError("SOURCE_INVALID", { detail: "a resource of a patient who is not in the answer" });
      return { ...one, ...firstOf(numbersOf(of, systems)) };
    });
}

function isPatient({ resourceType }: Resource): boolean {
  return resourceType === "Patient";
}

type Numbers = Readonly<Record<string, readonly string[]>>;

function numbersOf(one: Resource, systems: Readonly<Record<string, string>>): Numbers {
  const read = patient.safeParse(one);
  if (!read.success) throw new WeftError("SOURCE_INVALID", { detail: "a patient whose identifiers cannot be read" });
  return Object.fromEntries(
    Object.entries(systems).map(([scheme, system]) => {
      const values = read.data.identifier.flatMap((each) => (each.system === system && each.value ? [each.value] : []));
      return [scheme, [...new Set(values)]];
    }),
  );
}

function firstOf(numbers: Numbers): JsonRow {
  return Object.fromEntries(Object.entries(numbers).map(([scheme, [first = null]]) => [scheme, first]));
}
