import { type CanonicalPerson, type Coordinate, WeftError } from "#libs/terms";
import type { CodeLists } from "./codes.js";
import { argumentValues } from "./compile.js";
import type { FieldConfig, FilterConfig } from "./config.js";
import type { CursorBinding, CursorSealer } from "./cursor.js";
import { dateFormat, daysBefore, isDay, monthsBefore } from "./date-format.js";
import { dateFormats } from "./decode.js";
import type { Mapping } from "./mapping.js";
import type { SlotNeed } from "./need.js";
import type { ReadPlan, ReadRequest, Variables } from "./port.js";
import type { FilterRequest, SlotRequest } from "./source.js";

type ExistsMapping = Extract<FieldConfig, { exists: unknown }>;
type ListMapping = Extract<FieldConfig, { list: unknown }>;

export function slotMapping(mapping: Mapping, of: Coordinate): FieldConfig | undefined {
  const dot = of.indexOf(".");
  return mapping.config.types[of.slice(0, dot)]?.fields[of.slice(dot + 1)];
}

/** `:name` of the condition -> text, as the MIS spells it. */
export function bindsOf(
  mapping: ExistsMapping,
  args: Readonly<Record<string, unknown>>,
  today: string,
): Record<string, string> {
  const format = dateFormat(mapping.exists.date ?? "iso");
  const spell = (day: string) => format.write(day) ?? day;
  return Object.fromEntries(
    Object.entries(mapping.bind ?? {}).map(([name, expression]) => {
      const [, call = "today", argument = ""] = /^(\w+)(?:\((\w+)\))?$/.exec(expression) ?? [];
      const value = threshold(mapping, argument, args[argument]);
      if (call === "argument") return [name, String(value)];
      return [name, spell(dayBefore(call, today, Number(value)))];
    }),
  );
}

function threshold(mapping: ExistsMapping, argument: string, value: unknown): string | number {
  const found = mapping.arguments?.[argument]?.[String(value)];
  if (found !== undefined) return found;
  if (mapping.arguments?.[argument]) throw new WeftError("VARIABLES_INVALID");
  return typeof value === "number" ? value : typeof value === "string" ? value : "";
}

function dayBefore(call: string, today: string, count: number): string {
  if (call === "daysAgo") return daysBefore(today, count);
  if (call === "monthsAgo") return monthsBefore(today, count);
  return call === "yearsAgo" ? monthsBefore(today, count * 12) : today;
}

/** Only declared filters; those that the caller leaves out are not used. */
export function filtersOf(
  filters: Readonly<Record<string, FilterConfig>>,
  args: Readonly<Record<string, unknown>>,
  codes: CodeLists,
): readonly FilterRequest[] {
  return Object.entries(filters).map(([name, filter]) => ({
    name,
    filter,
    values: storedValues(filter, args[name], codes),
  }));
}

function storedValues(filter: FilterConfig, value: unknown, codes: CodeLists): readonly string[] | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (filter.codes !== undefined) return codes.find(filter.codes)?.encode(text) ?? [];
  if (filter.date === undefined) return [text];
  if (!isDay(text)) throw new WeftError("VARIABLES_INVALID", { message: "A day is written yyyy-MM-dd." });
  return dateFormats(filter.date).flatMap((format) => format.write(text) ?? []);
}

/** `first` within the list's bound. */
export function firstOf(args: Readonly<Record<string, unknown>>, maxRows: number): number {
  const first = args["first"] ?? maxRows;
  if (typeof first !== "number" || first < 1 || first > maxRows) {
    throw new WeftError("VARIABLES_INVALID", { message: `\`first\` is between 1 and ${maxRows}.` });
  }
  return first;
}

/** A cursor of this list: bound to all that chose the rows. `person` for a person's own list. */
export function bindingOf(
  plan: ReadPlan,
  request: ReadRequest,
  need: SlotNeed,
  args: Readonly<Record<string, unknown>>,
  person?: CanonicalPerson,
): CursorBinding {
  const { first: _first, after: _after, ...filters } = args;
  return { ...request.binding, operation: plan.digest, scope: [need.coordinate, { ...filters }, person ?? null] };
}

export interface SlotContext {
  readonly plan: ReadPlan;
  readonly request: ReadRequest;
  readonly mapping: Mapping;
  readonly cursors: CursorSealer;
  readonly variables: Variables;
  readonly today: string;
}

export interface OpenSlot extends SlotRequest {
  readonly need: SlotNeed;
  readonly args: Readonly<Record<string, unknown>>;
  readonly first: number;
  /** Whose cursor `after` is; undefined where there is none. */
  readonly cursorOf?: CanonicalPerson | undefined;
}

export function openSlots(context: SlotContext): ReadonlyMap<string, OpenSlot> {
  const { needs } = context.plan;
  return new Map([...needs.exists, ...needs.lists].map((need) => [need.key, openSlot(context, need)] as const));
}

function openSlot(context: SlotContext, need: SlotNeed): OpenSlot {
  const args = argumentValues(need, context.variables);
  const mapping = slotMapping(context.mapping, need.coordinate);
  if (mapping && "list" in mapping) return openList(context, need, args, mapping);
  const binds = mapping && "exists" in mapping ? bindsOf(mapping, args, context.today) : {};
  return { need, args, first: 0, binds };
}

function openList(context: SlotContext, need: SlotNeed, args: OpenSlot["args"], { list }: ListMapping): OpenSlot {
  const first = firstOf(args, list.maxRows);
  const after = typeof args["after"] === "string" ? findPlace(context, need, args, args["after"]) : undefined;
  const filters = filtersOf(list.filters, args, context.mapping.codes);
  return {
    need,
    args,
    first,
    binds: {},
    cursorOf: after?.person,
    list: { limit: first + 1, after: after?.place ?? null, filters, only: null },
  };
}

/** One cursor is one person's; the other persons of the request cannot use it. */
function findPlace(context: SlotContext, need: SlotNeed, args: OpenSlot["args"], cursor: string) {
  for (const person of context.request.persons) {
    const place = context.cursors.open(cursor, bindingOf(context.plan, context.request, need, args, person));
    if (place) return { person, place };
  }
  throw new WeftError("VARIABLES_INVALID", { message: "`after` is not a cursor of this question." });
}
