import { randomBytes } from "node:crypto";
import { type Scheme, WeftError } from "#libs/terms";
import { dateFormats, nullTest } from "../read/decode.js";
import { readDate } from "../read/date-format.js";
import { identifierColumns, type IdentifierColumn } from "../read/identifier.js";
import { identifiersOf } from "../read/identify.js";
import type { Texts } from "../read/source.js";
import { openFileRows } from "./file-rows.js";
import type { CaseRow, StaffRow } from "./judge.js";
import type { KeyedRows, KeyedTable } from "./keyed-rows.js";
import { type RegisterConfig, registerConfigSchema } from "./register-config.js";

/** A house's case register and staff list, read in place. */
export interface CaseRegister {
  readonly config: RegisterConfig;
  rows(
    numbers: readonly (string | null)[],
    officers: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly cases: readonly CaseRow[]; readonly staff: readonly StaffRow[] | undefined }>;
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `json`: the house's own adapter.yaml. Throws CONTRACT_INVALID where it is none. */
export async function openCaseRegister(
  json: unknown,
  schemes: ReadonlyMap<string, Scheme>,
  env: Env,
): Promise<CaseRegister> {
  const parsed = registerConfigSchema.safeParse(json);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const at = first?.path.join(".") ?? "";
    throw new WeftError("CONTRACT_INVALID", { detail: `adapter.yaml of a case register: ${at}: ${first?.message}` });
  }
  const config = parsed.data;
  const persons = identifierColumns(config.cases.person, schemes);
  const officers = config.staff && identifierColumns(config.staff.person, schemes);
  const source = await openKeyed(config, env);
  const caseTable = tableOf(config.cases, config.cases.number, persons, [
    config.cases.opened.column,
    config.cases.closed.column,
    ...(config.cases.office === undefined ? [] : [config.cases.office]),
  ]);
  const staffTable = config.staff && officers && tableOf(config.staff, config.staff.officer, officers, []);
  return {
    config,
    close: () => source.close(),
    async rows(numbers, asked, signal) {
      const keys = numbers.map((number) => number ?? decoy());
      const [cases, staff] = await Promise.all([
        source.read(caseTable, keys, signal),
        staffTable && source.read(staffTable, asked, signal),
      ]);
      return {
        cases: cases.map((row) => caseRow(row, config, persons)),
        staff: config.staff && staff?.map((row) => staffRow(row, config.staff!.officer, officers!)),
      };
    },
  };
}

/** No case has such a number. */
export function decoy(): string {
  return `decoy-${randomBytes(9).toString("hex")}`;
}

function tableOf(
  { from, where }: { readonly from: string; readonly where?: KeyedTable["where"] },
  key: string,
  persons: readonly IdentifierColumn[],
  more: readonly string[],
): KeyedTable {
  const columns = [...new Set([key, ...persons.map(({ config }) => config.column), ...more])];
  return { from, where, key, columns };
}

function caseRow(row: Texts, { cases }: RegisterConfig, persons: readonly IdentifierColumn[]): CaseRow {
  const closed = row[cases.closed.column] ?? null;
  const isOpen = closed === null || nullTest(cases.closed.nulls, [])(closed);
  return {
    number: row[cases.number]?.trim() ?? "",
    persons: personsOf(row, persons),
    opened: dayOf(row[cases.opened.column] ?? null, cases.opened.date),
    closed: isOpen ? null : dayOf(closed, cases.closed.date),
    office: (cases.office !== undefined && row[cases.office]?.trim()) || undefined,
  };
}

function staffRow(row: Texts, officer: string, persons: readonly IdentifierColumn[]): StaffRow {
  return { officer: row[officer]?.trim() ?? "", persons: personsOf(row, persons) };
}

function personsOf(row: Texts, columns: readonly IdentifierColumn[]) {
  return identifiersOf(
    columns,
    columns.map(({ config }) => row[config.column] ?? null),
  );
}

function dayOf(text: string | null, date: string | readonly string[]): string | undefined {
  return text === null ? undefined : readDate(dateFormats(date), text.trim());
}

/** A table of the house's own, by its keys. Throws CONTRACT_INVALID for a source that has none. */
export async function openKeyed(config: Pick<RegisterConfig, "source" | "protect">, env: Env): Promise<KeyedRows> {
  const { source } = config;
  if (source.kind === "postgres")
    return (await import("./postgres-rows.js")).openPostgresRows(source, config.protect, env);
  if (source.kind === "csv" || source.kind === "xlsx") return openFileRows(source, env);
  throw new WeftError("CONTRACT_INVALID", {
    detail: "a register of a house's own is in PostgreSQL or in a register file",
  });
}
